#!/bin/sh
# Rate limits of logins, through a stock Postfix whose end_of_data hook tells
# how messages ended; and a random run against an exact log.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# submit NAME RECIPIENTS OPTION...: mail of a user through submission
submit() {
	name=$1
	to=$2
	shift 2
	smtp -p "$SUBMISSION_PORT" --tls --auth PLAIN --auth-user "$name" \
	    --auth-password 'open sesame' --from "$name" --to "$to" "$@"
}

# counted VALUE: as policyctl tells it
counted() {
	policyctl rates "$1" | sed -n 's/.*: \([0-9]*\) of .* recipients .*/\1/p'
}

full='SASL login name rejected: limit of 5 recipients in 1h reached, again in 6[0-5]m'

postfix_start 'smtpd_recipient_restrictions =
	check_policy_service unix:private/sekisho-policy,
	check_recipient_access inline:{refused@example.org=REJECT}' \
    'smtpd_end_of_data_restrictions =
	check_policy_service { unix:private/sekisho-policy, timeout=99s }' \
    'smtpd_hard_error_limit = 10000' 'smtpd_soft_error_limit = 10000'
authd_start
user_add fred@example.org 'open sesame'
user_add jane@example.org 'open sesame'
policyd_start_with_clock 'recipient_rate_limits = sasl_username 5/1h
message_rate_limits = sasl_username 100/10m
recipient_rate_limit_maps = inline:{ many@example.org=200/1h }
smtpd_recipient_restrictions = reject_rate_limit
smtpd_end_of_data_restrictions = reject_rate_limit'

# --- what is counted, and what is refused

like "$(submit fred@example.org a@example.org,b@example.org,c@example.org)" \
    '250 *' 'mail to three'
is "$(counted fred@example.org)" 3 'three are counted'
like "$(submit fred@example.org a@example.org,refused@example.org)" \
    '554 5.7.1 <refused@example.org>: Recipient address rejected: *' \
    'main.cf refuses one behind policyd'
is "$(counted fred@example.org)" 4 'who is not counted'
like "$(submit fred@example.org a@example.org,b@example.org)" \
    "450 4.7.1 <b@example.org>: Recipient address rejected: <fred@example.org>: $full" \
    'the one that would be too many is refused'
is "$(counted fred@example.org)" 5 'the rest of the message is not'
for _ in 1 2 3 4 5; do
	submit fred@example.org a@example.org >/dev/null
done
is "$(counted fred@example.org)" 5 'what is refused is not counted'
is "$(policyctl rates FRED@example.org -j --top 1)" \
    '[{"key":"sasl_username","value":"fred@example.org","unit":"recipients","limit":5,"window":3600,"count":5}]' \
    'policyctl rates'
exits 64 '--top wants a number' "$POLICYCTL" -c "$T/policyd.cf" rates --top x
exits 64 'above 0' "$POLICYCTL" -c "$T/policyd.cf" rates --top 0
like "$(submit jane@example.org a@example.org)" '250 *' 'others are not'
reservations() {
	policyctl ask metrics | sed -n 's/^sekisho_policyd_rate_reservations //p'
}
before=$(reservations)
like "$before" '[0-9]*' 'a metric'
"$BUILD/t/ask" "$POLICY_SOCKET" sasl_username=jane@example.org >/dev/null
is "$(reservations)" "$before" 'nothing is reserved for who has gone'

# --- explain, reload, restart

# state_hash: of all that is counted, reserved and written down
state_hash() {
	{
		policyctl rates -j
		policyctl state -j
		policyctl ask metrics | grep rate_reservations
	} | sed 's/"last_sync".*//' | cksum
	cksum <"$T/policy/state.gdbm.journal"
}

# What was counted before is written down when a command is acknowledged.
state_settle() {
	policyctl allow 192.0.2.99 2>/dev/null
}

# requests N: of jane, as Postfix sends them
requests() {
	seq "$1" | sed "s/.*/request=smtpd_access_policy\n\
protocol_state=RCPT\nclient_address=192.0.2.1\nclient_name=unknown\n\
reverse_client_name=unknown\nsasl_username=jane@example.org\n\
sender=a@example.org\nrecipient=b@example.org\ninstance=&\n/"
}

before=$(policyctl rates -j)
state_settle
hash=$(state_hash)
requests 100000 | policyctl explain --stdin >"$T/said"
is "$(grep -c '^action=DUNNO' "$T/said")" 100000 'explain, 100000 times'
is "$(state_hash)" "$hash" 'changes nothing'
ok 'and shows what was counted' grep -q \
    'recipients of sasl_username jane@example.org in 1h: 1 of 5, and 0 reserved' \
    "$T/said"

# What explain -j shows of the state, as a scenario takes it.
facts() {
	policyctl explain -j "$@" | perl -MJSON::PP -ne '
		for my $list (@{ decode_json($_)->{lists} }) {
			for my $fact (map { @{ $_->{facts} } } @{ $list->{steps} }) {
				print "    $fact->{fact}: $fact->{value}\n"
				    if ($fact->{kind} // "") =~ /^(state|login)$/;
			}
		}'
}
for login in fred jane; do
	set -- client_address=192.0.2.1 client_name=unknown \
	    reverse_client_name=unknown "sasl_username=$login@example.org" \
	    sender=a@example.org recipient=b@example.org
	{
		echo 'state:'
		facts "$@"
		echo "request: $login"
		printf '    %s\n' "$@"
		policyctl explain "$@" |
		    sed -n 's/again in.*/.../; s/^action=/    &/p'
	} >"$T/$login.scenario"
	ok "what explain tells of $login is a scenario" \
	    "$POLICYCTL" -c "$T/policyd.cf" test "$T/$login.scenario"
done
like "$(cat "$T/fred.scenario")" '*fred@example.org: not suspended
*: 5 of 5, and 0 reserved*action=450 *...' \
    'with a refusal'
policyctl ask reload >/dev/null
is "$(policyctl rates -j)" "$before" 'a reload forgets nothing'
is "$(policyctl rates reset nobody@example.org 2>&1; echo $?)" \
    'policyctl: nothing is counted for nobody@example.org
1' 'reset of somebody unknown'
ok 'reset' policyctl rates reset Fred@example.org
is "$(counted fred@example.org)" '' 'forgets'
like "$(submit fred@example.org a@example.org)" '250 *' 'so mail passes again'

# --- many at once

# shellcheck disable=SC2046 # two numbers
set -- $("$BUILD/t/senders" "$SMTP_PORT" many@example.org 20 6)
is "$(counted many@example.org)" "$1" 'all that was taken is counted'
ok "not more than the limit: $1" [ "$1" -le 200 ]
ok "there was more: $2" [ "$2" -gt 0 ]
clock_set +11m
# retry: mail to one more
retry() {
	smtp --xclient LOGIN=many@example.org --to "more$tries@example.org"
}
tries=0
while answer=$(retry) && [ "$tries" -lt 210 ]; do
	case $answer in 250*) ;; *) break ;; esac
	tries=$((tries + 1))
done
like "$answer" '450 4.7.1 * limit of 200 recipients in 1h reached, *' \
    'retried, it passes when what was given up has lapsed, up to the limit'
is "$(counted many@example.org)" 200 'which is met exactly'

# --- what is refused changes nothing, however often

before=$(policyctl rates -j)
is "$("$BUILD/t/senders" "$SMTP_PORT" many@example.org 4 0 2499)" '0 10000' \
    '10000 retries are refused'
is "$(policyctl rates -j)" "$before" 'and change no counter'
policyd_stop
is "$ended" 0 'policyd ends well'
policyd_start_with_clock "$(cat "$T/lines")"
is "$(counted many@example.org)" 200 'a restart forgets nothing'
clock_set +2h
is "$(counted many@example.org)" '' 'two hours later nothing is left'
policyd_stop

# --- a random run

clock_set +0
policyd_start_with_clock 'recipient_rate_limits = sasl_username 20/100s, 60/1h,
	100/1d
smtpd_recipient_restrictions = reject_rate_limit'
is "$("$BUILD/t/rate-log" "$POLICY_SOCKET" "$T/clock" 5000 20/100 60/3600 \
    100/86400)" '0 above, 0 needless, some refused' \
    'no window is above a limit, no refusal is needless'

# --- what -t says

says() {
	policyd_conf "$@"
	"$POLICYD" -t -c "$T/policyd.cf" 2>&1
}
like "$(says 'message_rate_limits = sasl_username 3/1h
smtpd_recipient_restrictions = reject_rate_limit')" \
    '*policyd.cf:*: message_rate_limits: smtpd_end_of_data_restrictions is empty, *' \
    'messages cannot be counted without their end'
like "$(says 'recipient_rate_limits = sasl_username 3/1h')" \
    '*policyd.cf:*: recipient_rate_limits: no list has reject_rate_limit: *' \
    'a limit that nobody looks at'
like "$(says 'recipient_rate_limits = sasl_username 3/1h
smtpd_end_of_data_restrictions = reject_rate_limit')" \
    '*main.cf needs smtpd_end_of_data_restrictions that ask policyd*' \
    'what main.cf has to do'
like "$(says 'recipient_rate_limits = sasl_usrname 3/1h')" \
    "*policyd.cf:*: recipient_rate_limits: \"sasl_usrname\": no key of rate limits, did you mean sasl_username?*" \
    'a misspelt key'

done_testing
