# What the tests of doctor share: faults that are made on a private Postfix and
# our daemons, one at a time, and the lines that mend them.
# Variables that are used by the file which sources this one:
# shellcheck shell=dash disable=SC2034,SC2154

sandbox_has net || skip_all 'needs a network of its own'
SMTP_PORT=25
SUBMISSION_PORT=587
faketime=$(echo /usr/lib/*/faketime/libfaketime.so.1)

# What the lines call; the daemons of the test are no services.
service() {
	case $1:$2 in
	sekisho-authd:restart)
		[ -z "$authd_pid" ] || kill -CONT "$authd_pid"
		[ -z "$authd_pid" ] || authd_stop
		daemon_run "$AUTHD" "$AUTHCTL" "$T/authd.cf" "$T/authd.log"
		authd_pid=$daemon_pid
		;;
	sekisho-policyd:restart)
		[ -z "$policyd_pid" ] || kill -CONT "$policyd_pid"
		[ -z "$policyd_pid" ] || policyd_stop
		daemon_run "$POLICYD" "$POLICYCTL" "$T/policyd.cf" \
		    "$T/policyd.log"
		policyd_pid=$daemon_pid
		;;
	sekisho-authd:reload) authctl ask reload ;;
	sekisho-policyd:reload) policyctl ask reload ;;
	*) return 1 ;;
	esac
}

systemctl() {
	service "$2" "$1"
}

# apply LINE: type it, or write it; no root servers can be reached from here
apply() {
	case $1 in
	'write in '*)
		rest=${1#write in }
		line=${rest#*: }
		printf '%s\n' "${line%, then *}" |
		    sed 's/= recursive$/= 127.0.0.1/' >>"${rest%%: *}"
		eval "${line##*, then }"
		;;
	*' user '*NAME | *' user passwd '*)
		printf 'secret\n' | eval "$(echo "$1" | sed 's/NAME$/fred/')" \
		    --password-stdin
		;;
	*PROVIDER*) filter_end ;;
	*) eval "$(echo "$1" | sed "s,BACKUP,$T/good/auth/users.gdbm,")" ;;
	esac >"$T/applied" 2>&1
}

# With a clock that is late, until $late is empty.
doctor() {
	(
		[ -z "$late" ] || export LD_PRELOAD="$faketime" FAKETIME="$late"
		# shellcheck disable=SC2086 # words
		"$1" doctor $options "$T/postfix" 2>"$T/not-checked"
	)
}

timedatectl() {
	late=
}

good_keep() {
	mkdir -p "$T/good"
	cp -a "$T/postfix" "$T"/*.cf "$T/auth" "$T/good"
}

# What was changed; a daemon whose file was is started again, policyd also
# where it was main.cf, which it reads at its start.
good_restore() {
	main_cf_is_good=$(cmp -s "$T/good/postfix/main.cf" "$T/postfix/main.cf" &&
	    echo yes)
	cp -a "$T/good/postfix/"*.cf "$T/postfix"
	for daemon in authd policyd; do
		[ -e "$T/$daemon.cf" ] || continue
		cmp -s "$T/good/$daemon.cf" "$T/$daemon.cf" &&
		    { [ "$daemon" = authd ] || [ "$main_cf_is_good" ]; } && continue
		cp -a "$T/good/$daemon.cf" "$T/$daemon.cf"
		service "sekisho-$daemon" restart
	done
}

# finds_nothing TOOL: a busy machine may be too slow for it at first
finds_nothing() {
	doctor "$1" >"$T/found"
}

# fault TOOL ID WORDS COMMAND: made by the command
fault() {
	eval "$4" >"$T/broken" 2>&1 || bail_out "$(cat "$T/broken")"
	doctor "$1" >"$T/findings"
	is "$?" 1 "$2: $4: exit code"
	line=$(grep "^[a-z]* $2: " "$T/findings" | head -n 1)
	like "$line" "$3" "$2: $4: is named"
	apply "${line##*; fix: }"
	wait_for eval "${settled:-:}"
	settled=
	wait_for finds_nothing "$1"
	is "$(cat "$T/found")" 'no faults found' \
	    "$2: ${line##*; fix: }: mends it" ||
	    diag "$(cat "$T/findings" "$T/applied")"
	good_restore >"$T/restored" 2>&1
}

# faults TOOL <<ID|WORDS|COMMAND, a line each
faults() {
	tool=$1
	while IFS='|' read -r id words command; do
		fault "$tool" "$id" "$words" "$command" </dev/null
	done
}

main_cf() {
	postconf -c "$T/postfix" -e "$1"
}

submission() {
	postconf -c "$T/postfix" -P "127.0.0.1:587/inet/$1"
}

# provider_start: 192.0.2.9, a host in a network of its own, that takes mail
provider_start() {
	unshare --net sh -c 'ip link set lo up; : >"$0"; exec sleep 100000' \
	    "$T/provider" &
	provider=$!
	wait_for [ -e "$T/provider" ]
	ip link add provider0 type veth peer name host0 netns "$provider"
	ip addr add 192.0.2.1/24 dev provider0
	ip link set provider0 up
	in_provider ip addr add 192.0.2.9/24 dev host0
	in_provider ip link set host0 up
	ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev provider0
	for port in 25 587; do
		in_provider socat "TCP-LISTEN:$port,fork" SYSTEM:'echo 220 hello' &
		wait_for port_answers "$port"
	done
}

in_provider() {
	nsenter --net="/proc/$provider/ns/net" "$@"
}

port_answers() {
	echo | socat -T 1 - "TCP:192.0.2.9:$1"
}

# What goes to port 25 is stopped here, or lost at the provider, as KIND says.
filter_begin() {
	filter_at=$1
	$filter_at ip rule add pref 100 lookup local
	$filter_at ip rule del pref 0
	$filter_at ip rule add pref 50 ipproto tcp dport 25 "$2"
}

filter_end() {
	$filter_at ip rule del pref 50
}

socket_dead() {
	perl -MIO::Socket::UNIX -e \
	    'IO::Socket::UNIX->new(Listen => 1, Local => shift) or die' "$1"
	chmod 666 "$1"
}

# Its listener is a process of its own, that has to go.
socket_stranger() {
	socat "UNIX-LISTEN:$1,fork,mode=666" SYSTEM:"$2" &
	wait_for test -S "$1"
}

# The owner is root, so that the list counts for postfix.
socket_acl() {
	chown root "$1"
	python3 -c '
import os, pwd, struct, sys
def entry(tag, rights, who = 0xffffffff):
	return struct.pack("<HHI", tag, rights, who)
os.setxattr(sys.argv[1], "system.posix_acl_access", struct.pack("<I", 2) +
    entry(1, 6) + entry(2, 0, pwd.getpwnam("postfix").pw_uid) + entry(4, 6) +
    entry(16, 6) + entry(32, 0))' "$1"
}

setfacl() {
	python3 -c '
import os, sys
os.removexattr(sys.argv[1], "system.posix_acl_access")' "$2"
}

