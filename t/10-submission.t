#!/bin/sh
# SMTP AUTH from authd through a stock Postfix, chrooted or not.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# submit NAME PASSWORD MECHANISM: mail to the world through submission
submit() {
	smtp -p "$SUBMISSION_PORT" --tls --auth "$3" --auth-user "$1" \
	    --auth-password "$2" --from fred@example.org \
	    --to friend@example.net
}

logged() {
	grep -q "$1" "$T/mail.log"
}

postfix_start
authd_start
policyd_start 'smtpd_recipient_restrictions = permit_sasl_authenticated,
	reject_unauth_destination'

ok 'a user is made' user_add fred@example.org 'open sesame'
like "$(submit fred@example.org 'open sesame' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'PLAIN'
ok 'Postfix logs method and full name' \
    wait_for logged 'sasl_method=PLAIN, sasl_username=fred@example.org$'
like "$(submit fred@example.org 'open sesame' LOGIN)" \
    '250 2.0.0 Ok: queued as *' 'LOGIN'
ok 'Postfix logs LOGIN, too' \
    wait_for logged 'sasl_method=LOGIN, sasl_username=fred@example.org$'
like "$(submit FRED@Example.ORG 'open sesame' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'a name in other letters is the same'
like "$(submit fred 'open sesame' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'a name without a realm gets the default one'

wrong=$(submit fred@example.org 'open barley' PLAIN)
like "$wrong" '535 5.7.8 Error: authentication failed*' 'a wrong password'
is "$(submit nobody@example.org 'open barley' PLAIN)" "$wrong" \
    'an unknown user hears the same'
is "$(submit fred@example.com 'open sesame' PLAIN)" "$wrong" \
    'a user of another realm, too'
like "$(smtp -p "$SUBMISSION_PORT" --tls --to friend@example.net \
    --xclient-addr 192.0.2.1)" '554 5.7.1 *Relay access denied' \
    'no relaying without a login'

user_count_is() {
	authctl ask users | grep -q "\b$1\b"
}
user_add jane@example.org 'open wheat'
ok 'authd sees a new user' wait_for user_count_is 2
like "$(submit jane@example.org 'open wheat' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'who can log in'
printf 'open rye\n' | authctl user passwd jane@example.org --password-stdin
like "$(submit jane@example.org 'open rye' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'and later with a new password'
like "$(submit jane@example.org 'open wheat' PLAIN)" '535 *' \
    'but no longer with the old one'

authd_stop
is "$ended" 0 'authd ends well'
case $(submit fred@example.org 'open sesame' PLAIN) in
5??\ *) result 1 'without authd nobody hears a refusal for good' ;;
*) result 0 'without authd nobody hears a refusal for good' ;;
esac
authd_start
# Postfix's master waits a minute before it starts a service again that failed.
postfix -c "$T/postfix" reload 2>/dev/null
like "$(submit fred@example.org 'open sesame' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'authd is back'

kill -9 "$authd_pid"
wait "$authd_pid" 2>/dev/null
authd_start
like "$(submit fred@example.org 'open sesame' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'authd was killed and started again'

postconf -c "$T/postfix" -F "127.0.0.1:$SUBMISSION_PORT/inet/chroot=n"
postfix -c "$T/postfix" reload 2>/dev/null
like "$(submit fred@example.org 'open sesame' PLAIN)" \
    '250 2.0.0 Ok: queued as *' 'a smtpd that is not chrooted'

is "$(grep -c -e 'open sesame' -e 'open barley' -e 'open rye' \
    "$T/authd.log" "$T/mail.log" "$T/policyd.log" | grep -v ':0$')" '' \
    'no password in any log'
done_testing
