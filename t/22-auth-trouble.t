#!/bin/sh
# When things go wrong: databases that are none, databases that change, authd
# killed and started again, other mechanisms after a reload.
. "$(dirname "$0")/lib.sh"

login() {
	timeout "$DEADLINE" "$BUILD/t/login" "$@"
}

USERS=$T/auth/users.gdbm
OK='OK user=fred@example.org'
TEMPFAIL='FAIL code=temp_fail reason=temporary authentication failure'

authd_start 'auth_failure_delay = 0' 'auth_cache_time = 0' \
    'password_scheme = bcrypt:4'

log_has() {
	grep -q "$1" "$T/authd.log"
}

# The database is changed by these, and what the log says from then on.
take_away() {
	: >"$T/authd.log"
	mv "$USERS" "$USERS.away"
}

put() {
	cat >"$USERS.new"
	chgrp sekisho-authd "$USERS.new"
	chmod 640 "$USERS.new"
	: >"$T/authd.log"
	mv "$USERS.new" "$USERS"
}

# unusable NAME PATTERN: the log says why; a temporary failure to those who
# understand it, a closed connection to the others.
unusable() {
	wait_for log_has "error: database: .*$2"
	result $? "$1: logged" || diag "$(cat "$T/authd.log")"
	is "$(login "$AUTH_SOCKET" fred secret)" closed \
	    "$1: Postfix sees the connection close"
	is "$(login -v 2 "$AUTH_SOCKET" fred secret)" "$TEMPFAIL" \
	    "$1: a newer client hears a temporary failure"
	is "$(login "$AUTH_SOCKET" nobody secret)" closed \
	    "$1: a stranger sees the same"
}

is "$(login "$AUTH_SOCKET" fred secret)" closed 'no database yet'
wait_for log_has 'error: database: .*No such file'
result $? 'no database yet: logged'
user_add fred secret
is "$(login "$AUTH_SOCKET" fred secret)" "$OK" \
    'a database that was made later is seen at once'
wait_for log_has "database: $USERS is in use"
result $? 'and said'
cp -p "$USERS" "$T/good"

put_back() {
	put <"$T/good"
	is "$(login "$AUTH_SOCKET" fred secret)" "$OK" "mended after: $1"
	wait_for log_has "database: $USERS is in use"
	result $? "mended after: $1: logged"
}

take_away
unusable 'database gone' 'No such file'
put_back 'database gone'
put </dev/null
unusable 'empty' ''
put_back 'empty'
head -c 5000 "$T/good" | put
unusable 'truncated' ''
put_back 'truncated'
head -c 20000 /dev/urandom | put
unusable 'foreign' ''
put_back 'foreign'
cat >"$T/newer.pl" <<'END'
local $/;
$_ = <STDIN>;
s/sekisho-users 1\n/sekisho-users 9\n/ or die;
print;
END
perl "$T/newer.pl" <"$T/good" | put
unusable 'newer' 'version 9'
put_back 'newer'

# Postfix: temporary means 454, never "wrong password".
dns_start </dev/null
postfix_start smtpd_sasl_auth_enable=yes smtpd_recipient_restrictions= \
    smtpd_error_sleep_time=0 \
    smtpd_relay_restrictions=permit_sasl_authenticated,reject
try_smtp() {
	smtp --auth PLAIN -au fred -ap "${1:-secret}"
}
like "$(try_smtp)" '250 2.0.0 Ok: queued*' 'Postfix: a login'
mv "$USERS" "$USERS.away"
like "$(try_smtp)" '454 4.7.0 *' 'Postfix: no database is 454'
mv "$USERS.away" "$USERS"
like "$(try_smtp)" '250 2.0.0 Ok: queued*' 'Postfix: and 250 afterwards'
like "$(try_smtp wrong)" '535 5.7.8 *: credentials not accepted*' \
    'Postfix: a wrong password is 535'

# Killed and started again while Postfix has connections open.
for n in 1 2 3; do
	kill -9 "$authd_pid"
	wait "$authd_pid" 2>/dev/null
	daemon_run "$AUTHD" "$AUTHCTL" "$T/authd.cf" "$T/authd.log"
	authd_pid=$daemon_pid
	like "$(try_smtp)" '250 2.0.0 Ok: queued*' "killed, started again: $n"
done

# 1,000 databases while somebody logs in all the time.
cat >"$T/replace.sh" <<END
n=0
while [ \$n -lt 1000 ]; do
	cp -p "$T/good" "$USERS.new" && mv "$USERS.new" "$USERS"
	n=\$((n + 1))
done
END
sh "$T/replace.sh" &
replacer=$!
logins=0
bad=0
while kill -0 $replacer 2>/dev/null; do
	[ "$(login "$AUTH_SOCKET" fred secret)" = "$OK" ] || bad=$((bad + 1))
	logins=$((logins + 1))
done
is "$bad" 0 "no login of $logins fails while the database is replaced 1,000 times"

# What a reload changes, and what it leaves.
offers() {
	smtp --quit-after EHLO >/dev/null
	sed -n 's/^<-  250[- ]AUTH //p' "$T/dialogue"
}
is "$(offers)" 'PLAIN LOGIN' 'what is offered'
authd_conf 'auth_failure_delay = 0' 'auth_cache_time = 0' \
    'password_scheme = bcrypt:4' 'mechanisms = PLAIN SCRAM-SHA-256' \
    "listen = unix:$T/elsewhere"
kill -HUP "$authd_pid"
wait_for log_has 'reload: done'
# An idle smtpd learns that its connection was closed when it next uses it.
like "$(try_smtp)" '250 2.0.0 Ok: queued*' 'a login right after the reload'
is "$(offers)" 'PLAIN SCRAM-SHA-256' \
    'a new session offers what the reload brought'
log_has 'listen has changed, which needs a restart'
result $? 'a change of listen needs a restart, and is said'
wait_for log_has '1 of [0-9]* users have no secret for SCRAM-SHA-256 and will fail there'
result $? 'how many users lack a secret is said'
echo 'nonsense = yes' >>"$T/authd.cf"
kill -HUP "$authd_pid"
wait_for log_has 'the old one stays in use'
log_has 'authd.cf:[0-9]*: .*nonsense'
result $? 'a wrong configuration is reported by file and line'
is "$(login "$AUTH_SOCKET" fred secret)" "$OK" \
    'and the old one stays in use'

done_testing
