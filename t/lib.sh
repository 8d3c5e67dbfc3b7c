# What the end-to-end tests and the demo share.  A test sources this file
# first, and is then run again in network, mount and process namespaces of its
# own (only a loopback; nothing it starts outlives it); it needs root.
#
#   $T                                    its directory, gone at the end
#   authd_start, policyd_start            our daemons; arguments: lines of
#                                         configuration
#   dnsbl, dns_start, postfix_start       what they work with
#   ask, smtp, user_add                   what clients say and hear
#   is, like, ok, exits, done_testing     TAP
#
# Nothing waits for a time: wait_for polls a condition.
# Variables that are used by the file which sources this one:
# shellcheck shell=dash disable=SC2034

BUILD=${BUILD:-$(cd "$(dirname "$0")/.." && pwd)}
AUTHD=$BUILD/authd/authd
AUTHCTL=$BUILD/authd/authctl
POLICYD=$BUILD/policyd/policyd
POLICYCTL=$BUILD/policyd/policyctl
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C
export BUILD PATH LC_ALL

# --- TAP ---------------------------------------------------------------------

# shellcheck source=t/tap.sh
. "$BUILD/t/tap.sh"

# Ends the test; daemons that still run have to end well, too.
done_testing() {
	if [ "$authd_pid" ]; then
		authd_stop
		is "$ended" 0 'authd ends well'
	fi
	if [ "$policyd_pid" ]; then
		policyd_stop
		is "$ended" 0 'policyd ends well'
	fi
	tests_end
}

logs_show() {
	for log in "$T"/*.log; do
		[ ! -s "$log" ] ||
		    diag "--- $log" "$(tail -n "${LOG_LINES:-25}" "$log")"
	done
}

# --- a place of its own --------------------------------------------------------

# sandbox KIND...: run this script again with the first kind of namespaces that
# can be had here, and take away its directory when it has ended, however it
# did.  A kind is made of the words pid, net, mounts.
# Returns 1 when there is none, 0 inside.
sandbox() {
	[ -z "$SANDBOX" ] || return 0
	[ "$(id -u)" = 0 ] || return 1
	for SANDBOX; do
		export SANDBOX
		set -- --fork --kill-child
		case $SANDBOX in *pid*) set -- "$@" --pid ;; esac
		case $SANDBOX in *net*) set -- "$@" --net ;; esac
		case $SANDBOX in
		*mounts*)
			propagation=$("$BUILD/t/mount-propagation") || continue
			set -- "$@" --mount --propagation "$propagation"
			;;
		esac
		! unshare "$@" true 2>/dev/null || sandbox_run "$@"
	done
	SANDBOX=
	return 1
}

# sandbox_run OPTION...: of unshare(1), which does not listen to TERM itself
sandbox_run() {
	directory_make
	env --default-signal=INT,QUIT timeout --foreground -k 0.1 \
	    "${TEST_TIMEOUT:-900}" unshare "$@" "$0" <&0 &
	trap 'kill $!; wait; exit 130' HUP INT TERM
	wait $!
	code=$?
	[ $code != 137 ] || diag "killed after ${TEST_TIMEOUT:-900} seconds"
	exit $code
}

directory_make() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/sekisho.XXXXXX") || exit 1
	export T
	trap 'rm -rf "$T"' EXIT
}

sandbox_has() {
	case $SANDBOX in
	*"$1"*) ;;
	*) return 1 ;;
	esac
}

# What the directory holds, and, in a network of our own, its loopback.
place_make() {
	if [ -z "$SANDBOX" ]; then
		directory_make
		trap place_clear EXIT
	fi
	trap 'exit 130' HUP INT TERM
	if sandbox_has mounts; then
		mount -t tmpfs -o mode=755 sekisho "$T"
		mount -t proc proc /proc
		# A bare chroot has none; for those who type a password.
		[ -e /dev/pts/ptmx ] || mount -t devpts \
		    -o newinstance,ptmxmode=0666 devpts /dev/pts
	fi
	chmod 755 "$T"
	if sandbox_has net; then
		ip link set lo up
		DNS_PORT=53
		SMTP_PORT=10025
		SUBMISSION_PORT=10587
	else
		DNS_PORT=$(free_port)
		SMTP_PORT=$(free_port)
		SUBMISSION_PORT=$(free_port)
	fi
	RBLDNSD_PORT=$(free_port)
	mkdir "$T/etc"
	echo 'nameserver 127.0.0.1' >"$T/etc/resolv.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$T/etc/hosts"
	if sandbox_has net && sandbox_has mounts; then
		for file in resolv.conf hosts; do
			[ ! -e /etc/$file ] || mount --bind "$T/etc/$file" \
			    "$(readlink -f /etc/$file)"
		done
	fi
	mkdir "$T/dns" "$T/postfix" "$T/queue" "$T/data" "$T/auth" "$T/policy" \
	    "$T/last"
	AUTH_SOCKET=$T/queue/private/sekisho-auth
	POLICY_SOCKET=$T/queue/private/sekisho-policy
	install -d -o postfix -m 700 "$T/queue/private"
	chown postfix "$T/data"
	chown root:sekisho-authd "$T/auth"
	chmod 750 "$T/auth"
	chown sekisho-authd:sekisho "$T/last"
	chmod 750 "$T/last"
	chown sekisho-policyd "$T/policy"
	chmod 700 "$T/policy"
}

# dev_make: a /dev of our own, with room for syslog's socket and for terminals
dev_make() {
	mkdir "$T/dev"
	for device in null zero random urandom tty; do
		: >"$T/dev/$device"
		mount --bind /dev/$device "$T/dev/$device"
	done
	mkdir "$T/dev/pts"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$T/dev/pts"
	ln -s pts/ptmx "$T/dev/ptmx"
	ln -s /proc/self/fd "$T/dev/fd"
	mount --rbind "$T/dev" /dev
}

# Without namespaces, what runs in one ends with it.
place_clear() {
	# shellcheck disable=SC2086 # words
	kill $authd_pid $policyd_pid $dns_pids 2>/dev/null
	[ -z "$postfix_runs" ] || postfix_stop
	rm -rf "$T"
}

free_port() {
	perl -MIO::Socket::INET -e '
		print IO::Socket::INET->new(Listen => 1,
		    LocalAddr => "127.0.0.1")->sockport'
}

# --- DNS -----------------------------------------------------------------------

# dnsbl ZONE TYPE <DATA: a zone for rbldnsd(8) (ip4set, ip6tset, dnset ...)
dnsbl() {
	cat >"$T/dns/$1"
	dnsbl_zones="$dnsbl_zones $1:$2:$T/dns/$1"
}

# unbound_start NAME <CONFIG: unbound(8) with that behind what all have in common
unbound_start() {
	{
		cat <<-END
		server:
			do-daemonize: no
			use-syslog: no
			username: ""
			chroot: ""
			directory: "$T/dns"
			pidfile: ""
			module-config: "iterator"
		remote-control:
			control-enable: no
		END
		cat
	} >"$T/dns/$1.conf"
	unbound -d -c "$T/dns/$1.conf" >"$T/$1.log" 2>&1 &
	dns_pids="$dns_pids $!"
	wait_for grep -q 'start of service' "$T/$1.log" ||
	    bail_out "the DNS server $1 does not start"
}

# dns_start <RECORDS: a server for the whole tree on 127.0.0.1@$DNS_PORT that
# knows these records, one a line, and the zones of dnsbl
dns_start() {
	{
		cat <<-END
		server:
			interface: 127.0.0.1@$DNS_PORT
			do-not-query-localhost: no
			local-zone: "." static
			local-data: ". 300 IN SOA a. b. 1 300 300 300 300"
		END
		for zone in $dnsbl_zones; do
			cat <<-END
			server:
				local-zone: "${zone%%:*}" transparent
			stub-zone:
				name: "${zone%%:*}"
				stub-addr: 127.0.0.1@$RBLDNSD_PORT
			END
		done
		echo 'server:'
		sed -e '/^$/d' -e "s/.*/	local-data: '&'/"
	} >"$T/dns/zones"
	if [ "$dnsbl_zones" ]; then
		# shellcheck disable=SC2086 # words
		rbldnsd -n -f -c 1s -w / -u rbldns -b "127.0.0.1/$RBLDNSD_PORT" \
		    $dnsbl_zones >"$T/rbldnsd.log" 2>&1 &
		dns_pids="$dns_pids $!"
	fi
	unbound_start unbound <"$T/dns/zones"
}

# --- Postfix -------------------------------------------------------------------

# main_cf_merge: of lines of main.cf the last ones for each name.  Postfix reads
# them so, but newer ones warn of the others in every process they start.
main_cf_merge() {
	awk '
		/^#|^$/ { next }
		/^[^ \t]/ {
			name = $0
			sub(/[ \t]*=.*/, "", name)
			lines[name] = ""
		}
		{ lines[name] = lines[name] $0 "\n" }
		END { for (name in lines) printf("%s", lines[name]) }'
}

# postfix_start NAME=VALUE...: Debian's Postfix with its stock master.cf and
# README's lines, changed by these; $SMTP_PORT and, with AUTH, $SUBMISSION_PORT
postfix_start() {
	etc=$T/postfix
	cp /usr/share/postfix/dynamicmaps.cf "$etc/dynamicmaps.cf"
	[ ! -e /etc/postfix/dynamicmaps.cf ] ||
	    cp /etc/postfix/dynamicmaps.cf "$etc/dynamicmaps.cf"
	[ -e "$T/cert.pem" ] || certificate_make
	{
		cat /usr/share/postfix/main.cf.debian
		cat <<-END
		queue_directory = $T/queue
		data_directory = $T/data
		maillog_file = $T/mail.log
		maillog_file_prefixes = $T
		inet_interfaces = loopback-only
		inet_protocols = ipv4
		myhostname = mail.example.org
		mydestination =
		alias_maps =
		virtual_mailbox_domains = example.org
		virtual_mailbox_maps = static:inbox/
		virtual_mailbox_base = $T/mail
		virtual_uid_maps = static:$(id -u nobody)
		virtual_gid_maps = static:$(id -g nobody)
		default_transport = discard:
		smtpd_relay_restrictions = permit_mynetworks,
		    permit_sasl_authenticated, reject_unauth_destination
		smtpd_tls_cert_file = $T/cert.pem
		smtpd_tls_key_file = $T/key.pem
		smtpd_authorized_xclient_hosts = 127.0.0.0/8
		smtpd_client_connection_count_limit = 0
		END
		"$BUILD/t/readme-lines" main.cf
		printf '%s\n' "$@"
	} | main_cf_merge >"$etc/main.cf"
	{
		sed "s/^smtp  *inet/127.0.0.1:$SMTP_PORT inet/" \
		    /usr/share/postfix/master.cf.dist
		"$BUILD/t/readme-lines" master.cf |
		    sed "s/^submission /127.0.0.1:$SUBMISSION_PORT /"
	} >"$etc/master.cf"
	install -d -o nobody "$T/mail"
	mkdir -p "$T/queue/etc" # for services that run chrooted
	cp /etc/services /etc/nsswitch.conf "$T/etc/hosts" \
	    "$T/etc/resolv.conf" "$T/queue/etc"
	postfix -c "$etc" start >"$T/postfix.log" 2>&1 ||
	    bail_out 'Postfix does not start'
	postfix_runs=yes
}

postfix_stop() {
	postfix -c "$T/postfix" stop >/dev/null 2>&1
	postfix_runs=
}

certificate_make() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=mail.example.org -days 2 -keyout "$T/key.pem" \
	    -out "$T/cert.pem" 2>/dev/null
}

# smtp OPTION...: swaks to $SMTP_PORT (another -p wins); prints the answer that
# decided: the first refusal, else the last one.  The dialogue: $T/dialogue.
smtp() {
	timeout "$DEADLINE" swaks --server 127.0.0.1 -p "$SMTP_PORT" \
	    --timeout "$DEADLINE" \
	    --from sender@example.net --to user@example.org \
	    --ehlo client.example.net "$@" >"$T/dialogue" 2>&1 </dev/null
	"$BUILD/t/smtp-answer" "$T/dialogue"
}

# --- authd, policyd --------------------------------------------------------------

# conf_write FILE "DEFAULTS" LINE...: a default stands only where no line sets
# the name.
conf_write() {
	conf=$1
	defaults=$2
	shift 2
	printf '%s\n' "$@" >"$T/lines"
	printf '%s\n' "$defaults" | while read -r name rest; do
		grep -q "^$name *=" "$T/lines" || echo "$name $rest"
	done >"$conf"
	cat "$T/lines" >>"$conf"
	chgrp sekisho "$conf"
	chmod 640 "$conf"
}

# daemon_run PROGRAM TOOL CONF LOG: start, wait until it answers; sets daemon_pid
daemon_run() {
	"$1" -f -c "$3" >>"$4" 2>&1 &
	daemon_pid=$!
	if ! wait_for daemon_answers_or_ended "$2" "$3" ||
	    ! kill -0 "$daemon_pid" 2>/dev/null; then
		bail_out "$1 does not serve"
	fi
}

daemon_answers_or_ended() {
	timeout "$DEADLINE" "$1" -c "$2" ask version || ! kill -0 "$daemon_pid"
}

# daemon_stop PID: sets ended to its exit code
daemon_stop() {
	kill "$1"
	wait_for eval "! kill -0 $1" || kill -9 "$1"
	wait "$1"
	ended=$?
}

authd_conf() {
	conf_write "$T/authd.cf" "listen = unix:$AUTH_SOCKET
control_socket = unix:$T/authd.ctl
policyd_control =
user_database = gdbm:$T/auth/users.gdbm
last_login_file = $T/last/logins
default_realm = example.org" "$@"
}

authd_start() {
	authd_conf "$@"
	daemon_run "$AUTHD" "$AUTHCTL" "$T/authd.cf" "$T/authd.log"
	authd_pid=$daemon_pid
}

authd_stop() {
	daemon_stop "$authd_pid"
	authd_pid=
}

authctl() {
	"$AUTHCTL" -c "$T/authd.cf" "$@"
}

user_add() {
	printf '%s\n' "$2" | authctl user add "$1" --password-stdin
}

policyd_conf() {
	conf_write "$T/policyd.cf" "listen = unix:$POLICY_SOCKET
control_socket = unix:$T/policyd.ctl
authd_control = unix:$T/authd.ctl
state_database = gdbm:$T/policy/state.gdbm
postfix_config_directory = ${postfix_runs:+$T/postfix}
resolver = 127.0.0.1@$DNS_PORT
dns_timeout = 30s" "$@"
}

policyd_start() {
	policyd_conf "$@"
	daemon_run "$POLICYD" "$POLICYCTL" "$T/policyd.cf" "$T/policyd.log"
	policyd_pid=$daemon_pid
}

# clock_set +1h: of what runs with_clock, against the real one; or a time,
# YYYY-MM-DD HH:MM:SS, at which it stands still
clock_set() {
	echo "$1" >"$T/clock.new"
	mv "$T/clock.new" "$T/clock"
}

# with_clock COMMAND...: start daemons for which clock_set says what time it is.
# By the library for processes with threads: the other one reads the file into
# one place for all of them, and gives the real time while two do.
with_clock() {
	faketime=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
	[ -e "$faketime" ] || bail_out 'no libfaketime'
	[ -e "$T/clock" ] || clock_set +0
	LD_PRELOAD=$faketime FAKETIME_TIMESTAMP_FILE=$T/clock \
	    FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
	export LD_PRELOAD FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE
	export FAKETIME_DONT_FAKE_MONOTONIC
	"$@"
	unset LD_PRELOAD
}

policyd_start_with_clock() {
	with_clock policyd_start "$@"
}

policyd_stop() {
	daemon_stop "$policyd_pid"
	policyd_pid=
}

policyctl() {
	"$POLICYCTL" -c "$T/policyd.cf" "$@"
}

# Whether that many DNS lists have passed their test; none counts before.
lists_are_ok() {
	[ "$(policyctl lists | awk '$3 == "ok" { print $1 }' | sort -u |
	    wc -l)" = "$1" ]
}

# ask NAME=VALUE...: one policy request; prints the answer
ask() {
	"$BUILD/t/ask" "$POLICY_SOCKET" "$@"
}

if [ "${0##*/}" != demo ]; then
	sandbox 'pid net mounts' 'pid net' ||
	    skip_all 'needs root and namespaces of its own'
	place_make
fi
