#!/bin/sh
# Devices, through a stock Postfix: a scanner that sends as another, to
# outside, too much or from elsewhere is refused, whatever mechanism it knows,
# and the refusal names the rule.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

ALL='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256'

# scan MECHANISM SENDER RECIPIENT...: what the scanner hears
scan() {
	mechanism=$1
	shift
	name=devices@example.org
	[ "$mechanism" = "${mechanism#SCRAM}" ] || name=$name/scanner-3
	timeout "$DEADLINE" "$BUILD/t/device-mail" ${from:+-b "$from"} \
	    "$SUBMISSION_PORT" "$mechanism" "$name" "$password" "$@"
}

# told N: whether policyd knows of so many logins
told() {
	[ "$(policyctl state -j | sed 's/.*"app_logins","entries":\([0-9]*\).*/\1/')" \
	    = "$1" ]
}

may_not='rejected: app password scanner-3 may not'
full='450 4.7.1 *<devices@example.org>: SASL login name rejected: limit of 6 recipients in 1d for app password scanner-3 reached, again in *'

postfix_start 'smtpd_recipient_restrictions =
	check_policy_service unix:private/sekisho-policy' \
    'smtpd_client_restrictions =' 'smtpd_error_sleep_time = 0' \
    'mynetworks = 192.0.2.0/24'
authd_start 'auth_failure_delay = 0' "mechanisms = $ALL" \
    'password_scheme = bcrypt:4'
policyd_start "authd_control = unix:$T/authd.ctl" \
    'smtpd_recipient_restrictions = reject_app_password_mismatch,
	permit_sasl_authenticated'
user_add devices@example.org 'open sesame' || bail_out 'no user'
password=$(authctl app-password add devices -j --label scanner-3 \
    --networks 127.0.0.1,127.0.0.3 --senders scanner-3@example.org \
    --recipients @example.org --limit 6/1d |
    sed 's/.*"password":"\([^"]*\)".*/\1/')
wait_for grep -q 'link: authd .*: connected' "$T/policyd.log"

# --- what it may and may not, by each mechanism

for mechanism in $ALL; do
	is "$(scan "$mechanism" scanner-3@example.org fred@example.org)" 2.0.0 \
	    "$mechanism: a scan goes out"
	like "$(scan "$mechanism" boss@example.org fred@example.org)" \
	    "553 5.7.1 *<boss@example.org>: Sender address $may_not send as this sender" \
	    "$mechanism: not as another"
	like "$(scan "$mechanism" scanner-3@example.org fred@example.net)" \
	    "554 5.7.1 *<fred@example.net>: Recipient address $may_not send to this recipient" \
	    "$mechanism: not to outside"
done
like "$(scan PLAIN scanner-3@example.org out%example.net@example.org)" \
    "554 5.7.1 *<out%example.net@example.org>: Recipient address $may_not *" \
    'nor by way of inside'
like "$(scan PLAIN '' fred@example.org)" \
    "553 5.7.1 *<>: Sender address $may_not *" 'nor as nobody'
for mechanism in $ALL; do
	from=127.0.0.2
	like "$(scan "$mechanism" scanner-3@example.org fred@example.org)" \
	    '535 5.7.8 *: app password scanner-3 may not be used from \[127.0.0.2\]' \
	    "$mechanism: not from elsewhere"
	ok "$mechanism: the log names it" eval 'tail -n 1 "$T/authd.log" |
	    grep -q "label=scanner-3 mech=$mechanism .* ip=127.0.0.2 .*reason=\"app password not allowed from this address\""'
	right=$password
	password=wrong
	like "$(scan "$mechanism" scanner-3@example.org fred@example.org)" \
	    '535 5.7.8 *: credentials not accepted' \
	    "$mechanism: which who has not its password does not hear"
	password=$right
	from=
done

# --- how much

is "$(scan PLAIN scanner-3@example.org a@example.org b@example.org)" 2.0.0 \
    'up to its limit'
for mechanism in $ALL; do
	like "$(scan "$mechanism" scanner-3@example.org a@example.org)" \
	    "$full" "$mechanism: not more"
done
from=127.0.0.3
like "$(scan PLAIN scanner-3@example.org a@example.org)" "$full" \
    'nor from another address'
from=
like "$(policyctl rates devices@example.org/scanner-3)" \
    '*app_password devices@example.org/scanner-3: 6 of 6 recipients *' \
    'policyctl shows it'

# --- over a restart

policyd_stop
is "$ended" 0 'policyd ends'
policyd_start "authd_control = unix:$T/none.ctl" \
    'smtpd_recipient_restrictions = reject_app_password_mismatch,
	permit_sasl_authenticated'
scanner='sasl_username=devices@example.org client_address=127.0.0.1
    sender=boss@example.org recipient=a@example.org'
# shellcheck disable=SC2086 # words
like "$(ask $scanner)" "action=553 5.7.1 *$may_not send as this sender" \
    'the rules outlast it, without authd'
# shellcheck disable=SC2086 # words
is "$(ask $scanner client_address=127.0.0.9)" action=DUNNO \
    'where it never logged in nobody is refused'
# shellcheck disable=SC2086 # words
like "$(policyctl explain $scanner client_name=x reverse_client_name=x)" \
    '*app password scanner-3 (networks 127.0.0.1,127.0.0.3, senders scanner-3@example.org, recipients @example.org, limit 6/1d)*' \
    'explain shows them'

# --- beside the user himself

policyd_stop
policyd_start "authd_control = unix:$T/authd.ctl" \
    'smtpd_recipient_restrictions = reject_app_password_mismatch,
	permit_sasl_authenticated'
label_password=$password
password='open sesame'
from=127.0.0.3
wait_for eval 'scan PLAIN devices@example.org a@example.org >"$T/out"
    policyctl explain $scanner client_address=127.0.0.3 client_name=x \
	reverse_client_name=x | grep -q "own password was used from there"'
result $? 'where the user himself logs in, explain says so'
like "$(scan PLAIN devices@example.org a@example.net)" "$full" \
    'he is held to the limit, and to nothing else'
password=$label_password

done_testing
