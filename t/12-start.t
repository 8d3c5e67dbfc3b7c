#!/bin/sh
# What can be wrong at the start: one clear line with the remedy, and its exit
# code.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# said CODE PATTERN NAME COMMAND...: the exit code, and one line like that
said() {
	code=$1
	pattern=$2
	name=$3
	shift 3
	timeout "$DEADLINE" "$@" >"$T/out" 2>"$T/err" </dev/null
	got="exit $?, $(wc -l <"$T/err") line: $(cat "$T/err")"
	like "$got" "exit $code, 1 line: $pattern" "$name"
}

# refuses CODE PATTERN NAME LINE...: $d, with these lines in its configuration
refuses() {
	code=$1
	pattern=$2
	name=$3
	shift 3
	"${d}_conf" "$@"
	said "$code" "$pattern" "$d: $name" "$program" -f -c "$T/$d.cf"
}

socat UNIX-LISTEN:"$T/live",fork - >/dev/null 2>&1 </dev/null &
socat TCP-LISTEN:10099,bind=127.0.0.1,fork - >/dev/null 2>&1 </dev/null &
wait_for socat -u OPEN:/dev/null "UNIX-CONNECT:$T/live"
wait_for socat -u OPEN:/dev/null TCP:127.0.0.1:10099
long=unix:/$(printf '%0120d' 0)
: >"$T/plain"

for d in authd policyd; do
	case $d in
	authd) program=$AUTHD ;;
	policyd) program=$POLICYD ;;
	esac
	refuses 78 "*$d.cf:*log_levle*log_level*" 'a typo' 'log_levle = info'
	refuses 78 "*$d.cf:*log_level*loud*" 'a bad value' 'log_level = loud'
	refuses 78 "*$d.cf:*121 bytes*107*" 'a socket path that is too long' \
	    "listen = $long"
	refuses 78 "*$d.cf:*write unix:/run/x" 'an address without its kind' \
	    'listen = /run/x'
	refuses 78 "*$d.cf:*: user = nobody-such: no such user: useradd * nobody-such" \
	    'a user that does not exist' 'user = nobody-such'
	refuses 71 "*$T/live: another process listens there*" 'a live socket' \
	    "listen = unix:$T/live"
	refuses 71 "*$T/plain: *not a socket*" 'a file in the place' \
	    "listen = unix:$T/plain"
	refuses 71 "*$T/none*mkdir*" 'no directory for the socket' \
	    "listen = unix:$T/none/socket"
	refuses 71 '*127.0.0.1:10099*' 'a port in use' \
	    'listen = inet:127.0.0.1:10099'
	said 66 "*$T/none.cf: No such file or directory*" \
	    "$d: a configuration that does not exist" \
	    "$program" -f -c "$T/none.cf"

	"${d}_conf" 'log_levle = info' 'log_level = loud' 'no value'
	exits 78 "$d: -t finds errors" "$program" -t -c "$T/$d.cf"
	is "$(grep -c "$d.cf:" "$T/out")" 3 "$d: all of them at once"
	"${d}_conf" 'control_socket = inet:127.0.0.1:4711'
	exits 78 "$d: a control socket that does not tell who asks" \
	    "$program" -t -c "$T/$d.cf"
	like "$(cat "$T/out")" "*$d.cf:*: inet:127.0.0.1:4711: only a unix*" \
	    "$d: its line is named"
	"${d}_conf" ''
	exits 0 "$d: -t finds none" "$program" -t -c "$T/$d.cf"
	exits 64 "$d: an option it does not have" "$program" -Z
	exits 0 "$d: -h" "$program" -h
	like "$(cat "$T/out")" '*log_level*' "$d: -h tells the parameters"
done

d=authd
authd_conf ''
said 0 "*authd: warning: open $T/auth/users.gdbm: No such file*every login is a temporary failure*" \
    'authd: -t looks for the users' "$AUTHD" -t -c "$T/authd.cf"
authd_conf 'log_levle = info' 'mechanisms = PLIAN' 'default_realm = @example.org' \
    'user_database = users' 'listen = /run/x' 'control_socket = /run/y'
exits 78 'authd: -t looks at every value' "$AUTHD" -t -c "$T/authd.cf"
is "$(grep -c authd.cf: "$T/out")" 6 'whatever else is wrong'

d=policyd
policyd_conf 'log_levle = info' 'smtpd_client_restrictions = permit_mynetwork' \
    'resolver = none' 'listen = /run/x' 'control_socket = /run/y' \
    'metrics_listen = /run/z' 'authd_control = inet:127.0.0.1:1' \
    'state_database = state' 'control_admins = root
	nobody-such' 'user = nobody-such' \
    "smtpd_helo_restrictions = check_helo_access texthash:$T/none"
exits 78 'policyd: -t looks at every value' "$POLICYD" -t -c "$T/policyd.cf"
is "$(grep -c policyd.cf: "$T/out")" 11 'whatever else is wrong'
printf '%s\n' "postfix_config_directory = $T/none" 'resolver = none' \
    'smtpd_client_restrictions = permit_mynetwork' >"$T/no-postfix.cf"
exits 78 'policyd: -t without a Postfix' "$POLICYD" -t -c "$T/no-postfix.cf"
is "$(sed 's/cannot ask Postfix for .*/cannot ask Postfix/' "$T/out")" \
    "policyd: error: cannot ask Postfix
policyd: error: $T/no-postfix.cf:3: unknown restriction permit_mynetwork, did you mean permit_mynetworks? (policyd.cf(5) lists all)
policyd: error: $T/no-postfix.cf:2: resolver = none: none is no IP address: give \"system\", \"recursive\" or ADDRESS@PORT ..., then any ZONE=ADDRESS@PORT" \
    'looks at the rest, too'
policyd_conf 'listen = inet:0.0.0.0:10100'
said 0 '*warning: inet:0.0.0.0:10100: not a loopback address*' \
    'policyd: -t warns of an address that all can reach' \
    "$POLICYD" -t -c "$T/policyd.cf"
program=$POLICYD
refuses 78 '*policyd.cf:*permit_mynetwork*permit_mynetworks*' \
    'an unknown restriction' \
    'smtpd_client_restrictions = permit_mynetwork, reject'
refuses 78 '*policyd.cf:*reject_unverified_sender*main.cf*' \
    'a restriction that has to stay in main.cf' \
    'smtpd_sender_restrictions = reject_unverified_sender'
refuses 66 "*$T/none*No such file*" 'a table that does not exist' \
    "smtpd_client_restrictions = check_client_access texthash:$T/none"
printf '192.0.2.0/33 REJECT\n' >"$T/bad.cidr"
refuses 78 "*$T/bad.cidr:1: *192.0.2.0/33*" 'a table with an error' \
    "smtpd_client_restrictions = check_client_access cidr:$T/bad.cidr"
refuses 78 '*policyd.cf:*: resolver = 1.2.3.4.5: 1.2.3.4.5 is no IP address*' 'a resolver that is none' \
    'resolver = 1.2.3.4.5'
d=authd
program=$AUTHD
refuses 78 '*authd.cf:*PLAN*PLAIN*' 'an unknown mechanism' 'mechanisms = PLAN'
refuses 78 '*authd.cf:*loopback*' 'passwords on the open network' \
    'listen = inet:192.0.2.1:12345'
install -m 600 /dev/null "$T/auth/users.gdbm"
refuses 66 "*$T/auth/users.gdbm: Permission denied*chgrp*" \
    'a user database that it may not read' ''

# What libraries load when it is needed, and say nothing when it is not there.
if sandbox_has mounts; then
	echo 'passwd: none' >"$T/nsswitch.conf"
	mount --bind "$T/nsswitch.conf" /etc/nsswitch.conf
	said 78 '*user = sekisho-authd: users cannot be looked up*nsswitch.conf*' \
	    'users of a service that is not installed' "$AUTHD" -t -c "$T/authd.cf"
	umount /etc/nsswitch.conf
	: >"$T/none"
	chmod 000 "$T/none"
	mount --bind "$T/none" "$(readlink -f /etc/resolv.conf)"
	policyd_start 'resolver = system'
	like "$(cat "$T/policyd.log")" \
	    '*warning: read /etc/resolv.conf: Permission denied; *127.0.0.1*' \
	    'policyd: a resolv.conf that it may not read'
	policyd_stop
	umount "$(readlink -f /etc/resolv.conf)"
	policyd_conf
fi
# A template of replies to listings, before anything is listed.
list='smtpd_client_restrictions = reject_rbl_client bl.example'
d=policyd program=$POLICYD
# shellcheck disable=SC2016 # names in templates
{
	refuses 78 "*$d.cf:*: default_rbl_reply: unknown name \"nosuch\"" \
	    'a reply with a name that there is not' "$list" \
	    'default_rbl_reply = 554 $nosuch'
	policyd_conf "$list" 'default_rbl_reply = 554 ${rbl_reason?$nosuch}'
	said 0 '*warning: *: default_rbl_reply: *"nosuch", for some listings; 450*' \
	    'policyd: the same for some listings' "$POLICYD" -t -c "$T/$d.cf"
	policyd_conf "$list" 'default_rbl_reply = 200 x'
	said 0 '*warning: *: default_rbl_reply: a reply begins with a code*' \
	    'policyd: a reply without a code' "$POLICYD" -t -c "$T/$d.cf"
	policyd_conf "$list" \
	    'rbl_reply_maps = inline:{{bl.example = 554 $${rbl_reason}},' \
	    ' {b.example = 554 $$nosuch}}'
	said 0 '*warning: *: rbl_reply_maps: "554 $nosuch": unknown name*' \
	    'policyd: a template in a table' "$POLICYD" -t -c "$T/$d.cf"
	policyd_conf
}
icu=$(ldd "$POLICYD" | sed -n 's/.*\(libicudata.so.[0-9]*\) .*/\1/p')
version=${icu##*.}
if echo "const char icudt${version}_dat[64] = { 0 };" | ${CC:-cc} -shared \
    -fPIC -x c - -Wl,-soname,"$icu" -o "$T/$icu" 2>/dev/null; then
	said 69 '*ICU has no data*libicudata*' 'policyd: ICU without its data' \
	    env LD_LIBRARY_PATH="$T" "$POLICYD" -t -c "$T/policyd.cf"
fi

# One that is broken can be mended while authd runs (t/22-auth-trouble.t).
chgrp sekisho-authd "$T/auth/users.gdbm"
chmod 640 "$T/auth/users.gdbm"
authd_start
like "$(cat "$T/authd.log")" '*users.gdbm: empty file*' \
    'authd: a database that is broken is reported'
done_testing
