#!/bin/sh
# HUP: a good configuration is taken up, a broken one changes nothing.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# reload DAEMON PID PATTERN: HUP, until the log says so in a new line
reload() {
	: >"$T/$1.log"
	kill -HUP "$2"
	wait_for grep -q "$3" "$T/$1.log"
}

# Whether one asked for behind a HUP comes while that is at work; on a busy
# machine it may come too late.
reload_is_refused() {
	kill -HUP "$policyd_pid"
	policyctl ask reload 2>&1 | grep -q 'a reload is going on'
}

policyd_start 'smtpd_recipient_restrictions = reject_unauth_destination' \
    'relay_domains = example.org' 'reject_code = 550'
is "$(ask recipient=a@example.com)" \
    'action=554 5.7.1 <a@example.com>: Relay access denied' 'before'

policyd_conf 'smtpd_recipient_restrictions = reject' 'reject_cod = 550'
ok 'policyd says what is wrong' reload policyd "$policyd_pid" reject_cod
like "$(ask recipient=a@example.org)" 'action=DUNNO' \
    'and keeps its configuration'

policyd_conf 'smtpd_recipient_restrictions = reject' 'reject_code = 550'
ok 'policyd takes up a good one' reload policyd "$policyd_pid" reload
like "$(ask recipient=a@example.org)" 'action=550 5.7.1 *Access denied' \
    'and decides by it'

# What a restart would stumble over is no less wrong, and what was right beside
# it is not taken up.
resolver=$(policyctl ask cache | grep '^resolver')
echo "control_socket = unix:$T/policyd.ctl" >"$T/asked.cf"
policyd_conf 'listen = /run/x' 'control_socket = /run/y' \
    'metrics_listen = /run/z' 'authd_control = inet:127.0.0.1:1' \
    'state_database = state' 'control_admins = nobody-such' \
    'resolver = 127.0.0.1@5353'
"$POLICYCTL" -c "$T/asked.cf" ask reload 2>"$T/out"
is "$? $(grep -c 'policyd\.cf:' "$T/out")" '1 6' \
    'what a restart would refuse is refused at a reload'
is "$("$POLICYCTL" -c "$T/asked.cf" ask cache | grep '^resolver')" \
    "$resolver" 'and nothing beside it is taken up'

# HUP while the tables of the one before are being read
seq 300000 | sed 's/$/ x/' >"$T/many"
policyd_conf "smtpd_recipient_restrictions =
	check_recipient_access texthash:$T/many, reject"
ok 'a reload takes its time' wait_for reload_is_refused
policyd_conf 'smtpd_recipient_restrictions = reject' 'reject_code = 552'
kill -HUP "$policyd_pid"
ok 'what came meanwhile is taken up behind it' \
    wait_for eval "ask recipient=a@example.org | grep -q action=552"

rm "$T/policyd.cf"
ok 'no file any more' reload policyd "$policyd_pid" 'No such file'
like "$(ask recipient=a@example.org)" 'action=552 5.7.1 *Access denied' \
    'changes nothing'

authd_start 'mechanisms = PLAIN'
offered() {
	printf 'VERSION\t1\t2\nCPID\t1\n' |
	    socat -t "$DEADLINE" - "UNIX-CONNECT:$AUTH_SOCKET" |
	    sed -n 's/^MECH	\([^	]*\).*/\1/p' | tr '\n' ' '
}
is "$(offered)" 'PLAIN ' 'authd offers PLAIN'
authd_conf 'mechanisms = LOGIN PLAN'
ok 'authd says what is wrong' reload authd "$authd_pid" PLAN
is "$(offered)" 'PLAIN ' 'and keeps its configuration'
authd_conf 'mechanisms = PLAIN LOGIN'
ok 'authd takes up a good one' reload authd "$authd_pid" reload
is "$(offered)" 'PLAIN LOGIN ' 'and offers what it says'
authd_conf "user_database = gdbm:$T/auth/nothing"
ok 'another database that is missing is said' reload authd "$authd_pid" \
    'error: database: .*nothing: No such file.*authctl user add'
sed -i '/^default_realm/d' "$T/authd.cf"
ok 'a default_realm that is set no more, too' reload authd "$authd_pid" \
    'warning: reload: default_realm'
ok 'policyctl and authctl can ask for a reload' eval \
    'policyd_conf reject_code=550; policyctl ask reload && authctl ask reload'
policyd_conf 'postfix_config_directory = /nowhere' 'pid_file = /nowhere'
ok 'what is read at start only is said' reload policyd "$policyd_pid" 'done'
is "$(sed -n 's/.*reload: \(.*\) has changed, which needs a restart/\1/p' \
    "$T/policyd.log" | tr '\n' ' ')" 'pid_file postfix_config_directory ' \
    'by name'
is "$(policyctl ask config | grep -c ' = /nowhere')" 0 \
    'and is not what counts'
policyd_conf
ok 'it is as it was at the start' reload policyd "$policyd_pid" 'done'
is "$(grep restart "$T/policyd.log")" '' 'and needs no restart'
policyd_conf 'log_level = loud' 'dns_timeout = soon'
policyctl ask reload 2>"$T/out"
is "$? $(grep -c "^policyctl: .*: expected" "$T/out")" '1 2' \
    'and get all errors of a bad one'
authd_conf 'log_level = loud' 'mechanisms = PLAN' 'no value'
policyd_conf 'log_level = loud' 'no value'
ok 'a daemon can be asked while its file is wrong' eval \
    'authctl ask version && policyctl ask version'
exits 1 'and what would be of a login' "$AUTHCTL" -c "$T/authd.cf" check x
exits 78 'but users are not changed by it' "$AUTHCTL" -c "$T/authd.cf" user list
: >"$T/authd.log"
authctl ask reload 2>"$T/out"
is "$? $(grep -c '^authctl: .*authd.cf:' "$T/out")" '1 3' \
    'and authd names each error once'
is "$(grep -c 'error: .*authd.cf:' "$T/authd.log") $(grep -c \
    'error: reload: .* the old one stays in use' "$T/authd.log")" '3 1' \
    'and in its log, as policyd does'
authd_conf ''
policyd_conf ''

# A symbolic link is followed at each reload, not once at the start.
for d in authd policyd; do
	"${d}_stop"
	mv "$T/$d.cf" "$T/$d.one"
	sed '$a log_level = debug' "$T/$d.one" >"$T/$d.two"
	chmod 644 "$T/$d.two"
	ln -s "$d.one" "$T/$d.cf"
done
daemon_run "$AUTHD" "$AUTHCTL" "$T/authd.cf" "$T/authd.log"
authd_pid=$daemon_pid
daemon_run "$POLICYD" "$POLICYCTL" "$T/policyd.cf" "$T/policyd.log"
policyd_pid=$daemon_pid
ln -sf authd.two "$T/authd.cf"
ln -sf policyd.two "$T/policyd.cf"
for tool in authctl policyctl; do
	$tool ask reload >"$T/out"
	like "$($tool ask config)" '*log_level = debug*' \
	    "$tool: the link leads to another file now"
done
done_testing
