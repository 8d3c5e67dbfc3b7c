#!/bin/sh
# A stolen password: suspended, it ends in sessions that are open, too, whoever
# of the two daemons dies meanwhile.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# stolen COMMAND...: open sessions of fred, and what they hear after it
stolen() {
	timeout "$DEADLINE" "$BUILD/t/stolen" "$SMTP_PORT" fred@example.org \
	    'open sesame' "$@"
}

# login NAME PASSWORD [SERVICE]
login() {
	timeout "$DEADLINE" "$BUILD/t/login" "$AUTH_SOCKET" "$@"
}

tool="$AUTHCTL -c $T/authd.cf"
link="policyd_control = unix:$T/policyd.ctl"
said='<fred@example.org>: SASL login name rejected: suspended'
prefix='Recipient address rejected: '

postfix_start 'smtpd_sasl_auth_enable = yes' \
    'smtpd_recipient_restrictions =
	check_policy_service unix:private/sekisho-policy' \
    'smtpd_data_restrictions = check_policy_service unix:private/sekisho-policy' \
    'smtpd_end_of_data_restrictions =
	check_policy_service unix:private/sekisho-policy'
export MAIL_CONFIG="$T/postfix"
authd_start "$link" 'auth_failure_delay = 0'
user_add fred@example.org 'open sesame'
user_add jane@example.org 'open sesame'
policyd_start ''
link_is_up() {
	grep -q 'link: policyd .*: connected' "$T/authd.log" &&
	    grep -q 'link: authd .*: connected' "$T/policyd.log"
}
wait_for link_is_up

# --- open sessions

ended="after AUTH: RCPT: 421 4.7.1 <one@example.org>: $prefix$said, closed
after MAIL: RCPT: 421 4.7.1 <one@example.org>: $prefix$said, closed
between recipients: RCPT: 421 4.7.1 <two@example.org>: $prefix$said, closed
before DATA: DATA: 421 4.7.1 <DATA>: Data command rejected: $said, closed
in a message: end: 421 4.7.1 <END-OF-MESSAGE>: End-of-data rejected: $said, closed
after a mail: RCPT: 421 4.7.1 <one@example.org>: $prefix$said, closed
exit 0"
is "$(stolen true | grep -c 'goes on')" 6 'open sessions go on'
is "$(stolen sh -c "$tool user suspend fred --reason stolen >'$T/said'")" \
    "$ended" 'suspend ends them all'
wrong=$(login jane@example.org wrong)
is "$(login fred@example.org 'open sesame')" \
    "$(printf '%s' "$wrong" | sed s/jane/fred/)" \
    'a new login is refused as a wrong password is'
hashed() {
	authctl ask metrics | sed -n 's/^sekisho_authd_hashed_total //p'
}
# work NAME PASSWORD: passwords that are hashed for a login
work() {
	before=$(hashed)
	login "$@" >"$T/out"
	echo "$(($(hashed) - before))"
}
is "$(work fred@example.org 'open sesame'), $(work fred@example.org wrong), $(
    work jane@example.org wrong), $(work nobody@example.org wrong)" '1, 1, 1, 1' \
    'and for as much work, as that of nobody is'
is "$(login jane@example.org 'open sesame' | cut -c 1-2)" OK 'others may log in'
like "$(smtp --auth PLAIN --auth-user jane@example.org \
    --auth-password 'open sesame' --from jane@example.org)" '250 *' 'and send'
like "$(cat "$T/said")" 'fred@example.org is suspended
logins: all are refused as a wrong password is
open sessions: hear 421 at the next request that main.cf asks policyd about; one that is idle until resume goes on then, *
queue: *
next: *authctl user passwd fred@example.org, then *user resume fred@example.org' \
    'it says what it ended, and what not'
authctl user resume fred
cp "$T/postfix/main.cf" "$T/main.cf"
postconf -c "$T/postfix" -X smtpd_data_restrictions
like "$(authctl user suspend fred)" \
    "*:$SUBMISSION_PORT/inet: no check_policy_service in smtpd_data_restrictions: *" \
    'and which hook is missing'
cp "$T/main.cf" "$T/postfix/main.cf"
ok 'user show says so' sh -c "$tool user show fred | grep -q 'status  *suspended'"

# --- a daemon that dies

ok 'resume' authctl user resume fred
is "$(stolen true | grep -c 'goes on')" 6 'sessions go on again'
is "$(stolen sh -c "$tool user suspend fred >/dev/null && kill -9 $authd_pid")" \
    "$ended" 'authd is killed: still refused'
wait "$authd_pid"
authd_start "$link" 'auth_failure_delay = 0'
is "$(login fred@example.org 'open sesame' | cut -c 1-4)" FAIL \
    'and cannot log in'

ok 'resume' authctl user resume fred
# smtpd asks the next policyd, which has to be there.
cat >"$T/kill" <<-END
	#!/bin/sh
	$tool user suspend fred >/dev/null || exit
	kill -9 $policyd_pid
	"$POLICYD" -f -c "$T/policyd.cf" >"$T/policyd2.log" 2>&1 &
	echo \$! >"$T/policyd2.pid"
	until "$POLICYCTL" -c "$T/policyd.cf" ask version; do
		sleep 0.1
	done >/dev/null 2>&1
END
chmod +x "$T/kill"
is "$(stolen "$T/kill")" "$ended" 'policyd is killed: still refused'
wait "$policyd_pid"
policyd_pid=$(cat "$T/policyd2.pid")
is "$(login fred@example.org 'open sesame' | cut -c 1-4)" FAIL \
    'and cannot log in'

# No child of ours.
kill "$policyd_pid"
wait_for eval "! kill -0 $policyd_pid"
policyd_pid=

done_testing
