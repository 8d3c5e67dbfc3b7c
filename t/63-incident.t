#!/bin/sh
# authctl incident, with a stock Postfix that keeps its mail: logins, messages
# and refusals of a login, and every queue id, so that postsuper can hold them.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# send NAME PASSWORD SENDER RECIPIENT...
send() {
	timeout "$DEADLINE" "$BUILD/t/device-mail" "$SUBMISSION_PORT" PLAIN "$@"
}

# queued SENDER: the queue ids that Postfix has of it
queued() {
	postqueue -c "$T/postfix" -j | grep -F "\"sender\": \"$1\"" |
	    sed 's/.*"queue_id": "\([^"]*\)".*/\1/' | sort
}
held() {
	postqueue -c "$T/postfix" -j | grep -F '"queue_name": "hold"' |
	    sed 's/.*"queue_id": "\([^"]*\)".*/\1/' | sort
}
ids() {
	authctl incident "$@" --queue-ids | sort
}
seen() {
	authctl incident fred | grep -q "$1"
}

postfix_start 'smtpd_recipient_restrictions =
	check_policy_service unix:private/sekisho-policy' \
    'smtpd_data_restrictions =
	check_policy_service { unix:private/sekisho-policy, timeout=99s }' \
    'defer_transports = virtual, discard, smtp' 'smtpd_client_restrictions =' \
    'smtpd_error_sleep_time = 0'
authd_start 'auth_failure_delay = 0' 'mechanisms = PLAIN LOGIN' \
    "policyd_control = unix:$T/policyd.ctl"
policyd_start 'smtpd_recipient_restrictions =
	check_recipient_access inline:{ {bad@example.org = 554 5.7.1 not him} },
	permit_sasl_authenticated'
user_add fred 'open sesame'
user_add jane 'open sesame'
wait_for grep -q 'link: authd .*: connected' "$T/policyd.log"

is "$(ids fred)" '' 'nothing yet'
like "$(authctl incident fred)" 'user  fred@example.org
*logins
  none
messages
  none
*what to type
  *authctl user suspend fred@example.org
  *authctl incident fred@example.org --queue-ids | postsuper -h -
*' 'as text, and what to type'

password=$(authctl app-password add fred -j --label phone |
    sed 's/.*"password":"\([^"]*\)".*/\1/')
send fred "$password" fred@example.org a@example.org >"$T/out"
send jane 'open sesame' jane@example.org b@example.org >"$T/out"
for i in $(seq 20); do
	send fred 'open sesame' fred@example.org "$i@example.org" >"$T/out"
done
# shellcheck disable=SC2046 # words
send fred 'open sesame' fred@example.org \
    $(seq -f 'many%g@example.org' 25) >"$T/out"
is "$(ids fred | wc -l)" 22 'all queue ids'
is "$(ids fred)" "$(queued fred@example.org)" 'are those that Postfix has'
is "$(ids jane)" "$(queued jane@example.org)" 'and of others theirs'
is "$(ids FRED@Example.org)" "$(ids fred)" 'however the name is typed'
wait_for seen 'by PLAIN with app password phone'
result $? 'logins have their label'
like "$(authctl incident fred)" '*from 127.0.0.1 (127.0.0.0/24) by PLAIN, 21 times
*messages
*from 127.0.0.1 (*) * <fred@example.org> to <many1@example.org>, *<many10@example.org> and 15 more
*' 'logins and messages'
send fred 'open sesame' fred@example.org bad@example.org >"$T/out"
send fred 'open sesame' fred@example.org bad@example.org >"$T/out"
ok 'refusals' seen 'not him, 2 times'
authctl incident fred -j >"$T/json"
ok 'JSON' python3 - "$T/json" <<'END'
import json, sys
incident = json.load(open(sys.argv[1]))
assert incident['user'] == 'fred@example.org'
assert len(incident['messages']) == 22, incident
many = max(incident['messages'], key=lambda m: m['recipient_count'])
assert many['recipient_count'] == 25 and len(many['recipients']) == 10, many
assert many['sender'] == 'fred@example.org' and many['queue_id']
assert many['ip'] == '127.0.0.1' and many['place']
labels = {login['label']: login['count'] for login in incident['logins']}
assert labels == {'phone': 1, None: 23}, labels
assert incident['refusals'][0]['count'] == 2
assert incident['commands'][0].endswith('authctl user suspend fred@example.org')
END

# --- over a restart; and held

policyd_stop
policyd_start ''
is "$(ids fred)" "$(queued fred@example.org)" 'the same after a restart'
authctl incident fred --queue-ids | postsuper -c "$T/postfix" -h - \
    >"$T/out" 2>&1
is "$(held)" "$(ids fred)" 'postsuper holds them'

# --- what cannot be asked

exits 64 'a time that is none' "$AUTHCTL" -c "$T/authd.cf" incident fred \
    --since yesterday
is "$(ids fred --since 30d)" "$(ids fred)" 'since a while ago'
exits 64 'no name' "$AUTHCTL" -c "$T/authd.cf" incident 'a b'
exits 0 'somebody who is not there' "$AUTHCTL" -c "$T/authd.cf" incident nobody
is "$(authctl incident nobody --queue-ids 2>&1)" \
    'authctl: warning: nobody@example.org: no such user' 'of whom it warns'
is "$(authctl incident fred 2>&1 >/dev/null)" '' 'and only of him'
policyd_stop
exits 69 'policyd does not run' "$AUTHCTL" -c "$T/authd.cf" incident fred

done_testing
