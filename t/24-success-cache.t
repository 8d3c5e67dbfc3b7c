#!/bin/sh
# The success cache: a password that was right needs no new hash, and what
# authctl changes counts at once all the same.
. "$(dirname "$0")/lib.sh"

login() {
	timeout "$DEADLINE" "$BUILD/t/login" "$AUTH_SOCKET" "$@"
}

hashed() {
	authctl ask stats | sed -n 's/^passwords hashed: \([0-9]*\).*/\1/p'
}

OK='OK user=fred@example.org'
NO='FAIL user=fred@example.org reason=credentials not accepted'

authd_start 'auth_failure_delay = 0'
user_add fred secret || bail_out 'no user'
good=0
for _ in $(seq 100); do
	[ "$(login fred secret)" = "$OK" ] && good=$((good + 1))
done
is "$good" 100 'a hundred logins'
is "$(hashed)" 1 'cost one hash'
is "$(login fred wrong)" "$NO" 'a wrong password'
is "$(login fred wrong)" "$NO" 'and again'
is "$(hashed)" 3 'are hashed each time'

printf 'other\n' | authctl user passwd fred --password-stdin
is "$(login fred secret)" "$NO" 'the old password is nothing at once'
is "$(login fred other)" "$OK" 'the new one counts at once'
authctl user suspend fred
is "$(login fred other)" "$NO" 'suspended at once'
authctl user resume fred
is "$(login fred other)" "$OK" 'and resumed'
authctl user expire fred 2020-01-01
is "$(login fred other)" "$NO" 'expired at once'
authctl user expire fred never
is "$(login fred other)" "$OK" 'and no more'
authctl user del fred
is "$(login fred other)" "$NO" 'deleted at once'

# A name that exists in another realm is not accepted, but said.
user_add anna@example.com secret
kill -HUP "$authd_pid"
wait_for grep -q 'users: 1' "$T/authd.log"
is "$(login anna secret)" \
    'FAIL user=anna@example.org reason=credentials not accepted' \
    'a name of another realm is not accepted'
hinted() {
	login anna secret >/dev/null
	grep -q 'realm: unknown=anna@example.org exists=anna@example.com' \
	    "$T/authd.log"
}
wait_for hinted
result $? 'but said in the log'
like "$(authctl check anna)" '*in another realm: exists=anna@example.com*' \
    'and by check'

# Stopping: those who wait for an answer get it.
authd_stop
authd_start 'auth_failure_delay = 1s'
login anna@example.com wrong >"$T/answer" &
waiting=$!
wait_for grep -q 'user=anna@example.com mech=PLAIN .*result=fail' "$T/authd.log"
authd_stop
wait "$waiting"
is "$ended" 0 'a stop ends well'
is "$(cat "$T/answer")" \
    'FAIL user=anna@example.com reason=credentials not accepted' \
    'who waits for an answer gets it first'

done_testing
