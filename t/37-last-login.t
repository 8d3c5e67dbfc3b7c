#!/bin/sh
# Last login, last failure, last use: authd writes them to a file of its own,
# authctl shows them; they live over restarts, and their loss harms nothing.
. "$(dirname "$0")/lib.sh"

login() {
	timeout "$DEADLINE" "$BUILD/t/login" "$@"
}
last() {
	authctl user show -j fred |
	    sed "s/.*\"$1\":\({[^}]*}\|null\).*/\1/" |
	    sed 's/"time":"20[0-9-]*T[0-9:]*Z"/"time":"T"/'
}
shown() {
	[ "$(last "$1")" = "$2" ]
}

authd_start 'auth_failure_delay = 0' 'mechanisms = PLAIN LOGIN'
user_add fred secret || bail_out 'no user'
like "$(authctl user show fred)" '*last login    never
last failure  never
*' 'nothing yet'
is "$(last last_login) $(last last_failure)" 'null null' 'nor in JSON'

login "$AUTH_SOCKET" fred secret >/dev/null
wait_for shown last_login \
    '{"time":"T","ip":"192.0.2.1","mech":"PLAIN","label":null}'
result $? 'the last login'
login -i 2001:db8::7 "$AUTH_SOCKET" fred wrong >/dev/null
wait_for shown last_failure \
    '{"time":"T","ip":"2001:db8::7","mech":"PLAIN","label":null}'
result $? 'the last failure'
like "$(authctl user show fred)" '*last login    20*Z from 192.0.2.1 by PLAIN
last failure  20*Z from 2001:db8::7 by PLAIN
*' 'as text'
like "$(authctl user list -j)" '*"user":"fred@example.org",*"last_login":{"time":"20*","ip":"192.0.2.1","mech":"PLAIN","label":null},"last_failure":{"time":"20*","ip":"2001:db8::7",*' \
    'and in the list'

password=$(authctl app-password add fred --label scanner-3 -j |
    sed 's/.*"password":"\([^"]*\)".*/\1/')
like "$(authctl app-password list fred)" 'scanner-3 *last-use=never' \
    'an app password that was not used'
login -i 192.0.2.33 "$AUTH_SOCKET" fred "$password" >/dev/null
wait_for shown last_login \
    '{"time":"T","ip":"192.0.2.33","mech":"PLAIN","label":"scanner-3"}'
result $? 'a login with it'
like "$(authctl app-password list fred)" \
    'scanner-3 *last-use=20*Z from 192.0.2.33 by PLAIN with scanner-3' \
    'was its last use'
like "$(authctl app-password list -j fred)" \
    '*"last_use":{"time":"20*","ip":"192.0.2.33","mech":"PLAIN",*' 'as JSON'

login -i 192.0.2.44 "$AUTH_SOCKET" fred secret >/dev/null
authd_stop
is "$ended" 0 'a stop'
ok 'loses nothing' shown last_login \
    '{"time":"T","ip":"192.0.2.44","mech":"PLAIN","label":null}'
is "$(stat -c '%U %G %a' "$T/last/logins")" 'sekisho-authd sekisho 640' \
    'the group may read it'

authd_start 'auth_failure_delay = 0'
login -i 192.0.2.55 "$AUTH_SOCKET" fred secret >/dev/null
wait_for shown last_login \
    '{"time":"T","ip":"192.0.2.55","mech":"PLAIN","label":null}'
result $? 'another one'
kill -9 "$authd_pid"
wait "$authd_pid" 2>/dev/null
authd_start 'auth_failure_delay = 0'
ok 'lives over kill -9' shown last_login \
    '{"time":"T","ip":"192.0.2.55","mech":"PLAIN","label":null}'

# --- who is not there

cp "$T/last/logins" "$T/last.before"
for i in $(seq 40); do
	login "$AUTH_SOCKET" "nobody$i" wrong
done >/dev/null
login -i 192.0.2.66 "$AUTH_SOCKET" fred wrong >/dev/null
wait_for shown last_failure \
    '{"time":"T","ip":"192.0.2.66","mech":"PLAIN","label":null}'
is "$(stat -c %s "$T/last/logins")" "$(stat -c %s "$T/last.before")" \
    'failures of nobody take no room'
ok 'no more is written than one failure' [ \
    "$(cmp -l "$T/last.before" "$T/last/logins" | wc -l)" -lt 100 ]

authctl user del fred
user_add fred other
# who is made anew in the same second as the last login is the same one
made_anew() {
	authctl user del fred
	user_add fred other
	shown last_login null
}
wait_for made_anew
result $? 'a new user of the name has no past'
like "$(authctl app-password list fred)" '' 'nor app passwords'

# --- a file that is damaged, taken away, or has no place

printf 'no such file' >"$T/last/logins"
like "$(authctl user show fred 2>&1)" '*not a file of last logins*last login    never*' \
    'a damaged file is named, and no more'
exits 0 'the rest is shown' "$AUTHCTL" -c "$T/authd.cf" user show fred
is "$(login "$AUTH_SOCKET" fred other)" 'OK user=fred@example.org' \
    'logins go on'
wait_for shown last_login \
    '{"time":"T","ip":"192.0.2.1","mech":"PLAIN","label":null}'
result $? 'it is begun anew'
rm "$T/last/logins"
is "$(last last_login)" null 'nothing after its loss'
login -i 192.0.2.2 "$AUTH_SOCKET" fred other >/dev/null
wait_for shown last_login \
    '{"time":"T","ip":"192.0.2.2","mech":"PLAIN","label":null}'
result $? 'and again'
authd_stop
authd_start 'auth_failure_delay = 0' "last_login_file = $T/none/such/logins"
ok 'root makes the directory' [ -d "$T/none/such" ]
is "$(login "$AUTH_SOCKET" fred other)" 'OK user=fred@example.org' \
    'a login, with a place of its own'
wait_for shown last_login \
    '{"time":"T","ip":"192.0.2.1","mech":"PLAIN","label":null}'
result $? 'is kept there'
authd_stop
: >"$T/file"
authd_start 'auth_failure_delay = 0' "last_login_file = $T/file/logins"
is "$(login "$AUTH_SOCKET" fred other)" 'OK user=fred@example.org' \
    'a login without a place'
ok 'which the log tells' grep -q \
    "last_login_file: .*$T/file/logins.*last logins are not kept" \
    "$T/authd.log"

done_testing
