#!/bin/sh
# Who may not look is told how to become one who may: every command, every
# thing that it opens.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'
cp -a /etc "$T/machine-etc"
mount --bind "$T/machine-etc" /etc
useradd -u 4711 fred
useradd -u 4712 -G sekisho ann # who logged in before she was in the group
useradd -u 4713 -G sekisho eve

# as USER COMMAND...: in a session of that user
as() {
	case $1 in
	fred) set -- 4711 0 "$@" ;;
	ann) set -- 4712 0 "$@" ;;
	eve) set -- 4713 "$(getent group sekisho | cut -d: -f3)" "$@" ;;
	esac
	id=$1
	group=$2
	shift 3
	case $group in
	0) set -- --clear-groups "$@" ;;
	*) set -- --groups "$group" "$@" ;;
	esac
	timeout "$DEADLINE" setpriv --reuid "$id" --regid "$id" "$@" >"$T/out" 2>&1
	code=$?
}

# told CODE PATTERN NAME: what `as` did
told() {
	like "$code: $(cat "$T/out")" "$1: $2" "$3"
}

authd_start
user_add fred secret || bail_out 'no user'
policyd_start

join='usermod -a -G sekisho fred, then log in again, or run this as root'
for d in authd policyd; do
	tool=$BUILD/$d/${d%d}ctl
	conf=$T/$d.cf
	for command in 'ask version' stats; do
		as fred "$tool" -c "$conf" $command
		told 66 "*open $conf: Permission denied: fred may not read it: $join" \
		    "$d: $command, configuration"
	done
	as fred "$BUILD/$d/$d" -t -c "$conf"
	told 66 "*open $conf: Permission denied: fred may not read it: $join" \
	    "$d -t, configuration"
	as ann "$tool" -c "$conf" ask version
	told 66 '*ann may not read it: log in again, or run this as root' \
	    "$d: a member since this session began"
	as eve "$tool" -c "$conf" ask version
	told 0 '*' "$d: a member"

	# A configuration for all leaves the socket.
	chmod 644 "$conf"
	as fred "$tool" -c "$conf" ask version
	told 69 "*unix:$T/$d.ctl: Permission denied: fred may not write to it: $join" \
	    "$d: control socket"
	as ann "$tool" -c "$conf" ask version
	told 69 '*log in again, or run this as root' \
	    "$d: control socket, a member since this session began"
	as eve "$tool" -c "$conf" ask 'log info'
	told 1 "*log changes something: it needs root or the daemon's user" \
	    "$d: a member may not change"
done
for command in lists rules 'explain client_address=192.0.2.1'; do
	# shellcheck disable=SC2086 # words
	as fred "$POLICYCTL" -c "$T/policyd.cf" $command
	told 69 "*Permission denied: *: $join" "policyctl $command"
done
as fred "$AUTHCTL" -c "$T/authd.cf" check fred
told 69 "*Permission denied: *: $join" 'authctl check'

# Passwords are for root.
for command in 'user list' 'user show fred' 'export dump' 'user del fred' \
    'app-password list fred' 'user suspend fred' 'user expire fred never'; do
	for who in fred eve; do
		# shellcheck disable=SC2086 # words
		as $who "$AUTHCTL" -c "$T/authd.cf" $command </dev/null
		told 66 "*users.gdbm: Permission denied: $who may not enter $T/auth: run this as root" \
		    "authctl $command, $who"
	done
done

# Other files that a command reads.
install -m 600 /dev/null "$T/secret"
as eve "$AUTHCTL" -c "$T/authd.cf" import dump "$T/secret"
told 66 "*$T/secret: Permission denied: eve may not read it: run this as root" \
    'authctl import'
as eve "$POLICYCTL" test "$T/secret"
told 66 "*open $T/secret: Permission denied: eve may not read it: run this as root" \
    'policyctl test'
printf '%s\n' "smtpd_client_restrictions = check_client_access texthash:$T/secret" \
    'postfix_config_directory =' >"$T/table.cf"
chmod 644 "$T/table.cf"
as eve "$POLICYD" -t -c "$T/table.cf"
told 66 "*open $T/secret: Permission denied: eve may not read it: run this as root" \
    'a table'

# A daemon is told how the file becomes its own.
for d in authd policyd; do
	chown root:root "$T/$d.cf"
	chmod 640 "$T/$d.cf"
	exits 1 "$d: reload" "$BUILD/$d/${d%d}ctl" -c "$T/$d.cf" ask reload
	like "$(cat "$T/out")" \
	    "*open $T/$d.cf: Permission denied: sekisho-$d may not read it: chgrp sekisho $T/$d.cf && chmod g+r $T/$d.cf" \
	    "$d: of a configuration that it cannot read"
	"${d}_stop"
	chown root:root "$T/$d.cf"
	daemon_run "$BUILD/$d/$d" "$BUILD/$d/${d%d}ctl" "$T/$d.cf" "$T/$d.log"
	eval "${d}_pid=$daemon_pid"
	like "$(grep 'a reload will fail' "$T/$d.log")" \
	    "$d: warning: a reload will fail: open $T/$d.cf: Permission denied: sekisho-$d may not read it: chgrp *" \
	    "$d: is warned at the start"
	eval "$(sed 's/.*may not read it: //' "$T/out")"
	exits 0 "$d: the line helps" "$BUILD/$d/${d%d}ctl" -c "$T/$d.cf" \
	    ask reload
done
done_testing
