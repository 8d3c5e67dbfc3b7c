#!/bin/sh
# A stolen password, through a stock Postfix: thieves, and the user himself; and
# a provider's users and thieves, played to a policyd whose clock flies.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# submit ADDRESS NAME RECIPIENTS: mail of fred, logged in, from there
submit() {
	smtp -p "$SUBMISSION_PORT" --tls --auth PLAIN \
	    --auth-user fred@example.org --auth-password 'open sesame' \
	    --xclient-addr "$1" --xclient-name "$2" \
	    --from fred@example.org --to "$3"
}

# recipients FROM TO: so many, not asked for before
recipients() {
	seq -s, -f 'r%g@example.org' "$1" "$2"
}

home() {
	submit 192.0.2.1 dsl1.home.example "$1"
}

# explained ADDRESS: what explain says of mail from there
explained() {
	policyctl explain sasl_username=fred@example.org \
	    sender=fred@example.org recipient=new@example.org \
	    client_address="$1" client_name=unknown reverse_client_name=unknown
}

lost='SASL login name rejected'
# The next noon, so that what follows is the next day, whatever time it is now.
noon=$((36 * 3600 - $(date +%s) % 86400))
clock_set "+$noon"
postfix_start 'smtpd_recipient_restrictions =
	check_policy_service unix:private/sekisho-policy' \
    'smtpd_end_of_data_restrictions =
	check_policy_service { unix:private/sekisho-policy, timeout=99s }' \
    'smtpd_hard_error_limit = 1000' 'smtpd_soft_error_limit = 1000'
authd_start
user_add fred@example.org 'open sesame'
policyd_start_with_clock 'takeover_strange_recipient_limits = 5/1h 10/1d
takeover_learning_time = 1d
smtpd_recipient_restrictions = reject_sasl_takeover, permit_sasl_authenticated
smtpd_end_of_data_restrictions = reject_sasl_takeover'
policyctl watch >"$T/watched" &
wait_for grep -q present "$T/watched"

# --- learning

like "$(home "$(recipients 1 7)")" '250 *' 'while places are learned'
ok 'beyond a budget is only a line of the log' \
    grep -q 'warned.*sending from a new place is limited' "$T/policyd.log"
ok 'and of the watch' wait_for \
    grep -q '"action":"warned: 450 4.7.1 .*sending from a new place is limited"' \
    "$T/watched"
like "$(explained 192.0.2.1)" '*learning*nobody is refused yet*' 'explain says so'

# --- a strange place

clock_set "+$((noon + 27 * 3600))"
like "$(home "$(recipients 8 9)")" '250 *' 'a day later at his own place'
like "$(submit 198.51.100.7 '[UNAVAILABLE]' "$(recipients 10 20)")" \
    "450 4.7.1 <r1[57]@example.org>: Recipient address rejected: <fred@example.org>: $lost: sending from a new place is limited" \
    'at another there is a budget'
like "$(home "$(recipients 30 60)")" '250 *' 'but not at his own'
wait_for grep -q '"place":"198.51.100.0/24"' "$T/watched"
is "$(grep '"event":"place"' "$T/watched")" \
    '{"event":"place","user":"fred@example.org","place":"198.51.100.0/24","ip":"198.51.100.7"}' \
    'watch tells of the new place, once, and not of the first'
said=$(explained 198.51.100.9)
like "$said" '*places of fred@example.org: own home.example; not his own 198.51.100.0/24; habit 7 in 1h; *' \
    'explain shows places and habit'
like "$said" '*198.51.100.0/24, not his own: 7 of 7 recipients in 1h, 7 of 14 in 1d*' \
    'the budget'
like "$said" '*with more than 28 tried in 1d (now 12) places that are not his own are locked; *' \
    'and what comes next'
is "$(explained 198.51.100.9)" "$said" 'and changes nothing'

# --- a lock

like "$(submit 203.0.113.5 '[UNAVAILABLE]' "$(recipients 100 130)")" \
    "450 4.7.1 *: $lost: sending from a new place is l*" 'more of that'
like "$(submit 203.0.113.5 '[UNAVAILABLE]' r131@example.org)" \
    "450 4.7.1 *: $lost: sending from a new place is locked" 'is a lock'
like "$(submit 198.51.100.7 '[UNAVAILABLE]' r131@example.org)" \
    "450 4.7.1 *: $lost: sending from a new place is locked" 'of all such places'
like "$(home r131@example.org)" '250 *' 'his own is none of them'
ok 'the log tells of it' \
    grep -q 'takeover: lock user=<fred@example.org> place=203.0.113.0/24' "$T/policyd.log"
ok 'so does watch' wait_for \
    grep -q '{"event":"lock","user":"fred@example.org","until":' "$T/watched"
policyd_stop
policyd_start_with_clock "$(cat "$T/lines")"
like "$(submit 198.51.100.7 '[UNAVAILABLE]' r132@example.org)" \
    "450 4.7.1 *: $lost: sending from a new place is locked" 'a restart ends no lock'
policyctl watch >"$T/watched" &
ok 'who watches later hears of it first' wait_for \
    sh -c "grep -B1 present '$T/watched' | grep -q '\"lock\"'"
ok 'resume' policyctl ask 'resume fred@example.org'
like "$(submit 198.51.100.7 '[UNAVAILABLE]' r133@example.org)" '250 *' \
    'does'
ok 'is told' wait_for grep -q '"resumed","user":"fred@example.org"' "$T/watched"

# --- a suspension

clock_set "+$((noon + 54 * 3600))"
for net in 1 2 3 4 5; do
	submit "10.0.$net.1" '[UNAVAILABLE]' \
	    "$(recipients "$((net * 1000))" "$((net * 1000 + 12))")" >"$T/said"
done
like "$(submit 10.0.1.1 '[UNAVAILABLE]' r9@example.org)" "421 4.7.1 *: $lost: suspended" \
    'many places and many recipients suspend'
like "$(home r134@example.org)" "421 4.7.1 *: $lost: suspended" \
    'at his own, too'
ok 'watch tells of it' wait_for \
    grep -q '"suspended","user":"fred@example.org","source":"guard"' "$T/watched"
ok 'resume' policyctl ask 'resume fred@example.org'
like "$(home r134@example.org)" '250 *' 'ends it'
policyd_stop

# --- what -t says

says() {
	policyd_conf "$@"
	"$POLICYD" -t -c "$T/policyd.cf" 2>&1
}
behind='and so sees nobody who is logged in'
like "$(says 'takeover_action = hold')" \
    '*takeover_action: no list has reject_sasl_takeover: *' \
    'a parameter that nothing looks at'
for restriction in reject_sasl_takeover reject_app_password_mismatch \
    reject_authenticated_sender_login_mismatch; do
	like "$(says "smtpd_recipient_restrictions = permit_sasl_authenticated,
	warn_if_reject $restriction")" \
	    "*policyd.cf:*: smtpd_recipient_restrictions: $restriction stands behind permit_sasl_authenticated, $behind*" \
	    "$restriction that sees nobody"
	is "$(says "smtpd_recipient_restrictions = $restriction,
	permit_sasl_authenticated" | grep -c "$behind")" 0 'and one that does'
done
like "$(says 'recipient_rate_limits = sasl_username 3/1h
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_rate_limit')" \
    "*: reject_rate_limit stands behind permit_sasl_authenticated, $behind*" \
    'nor does a limit of logins'
is "$(says 'recipient_rate_limits = client_address 3/1h
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_rate_limit' |
    grep -c "$behind")" 0 'one of addresses does'

# --- users and thieves

if make -s -C "$BUILD" WERROR= DEPS=no t/bench/guard_simulation >"$T/made" 2>&1; then
	clock_set '2027-01-15 00:00:00'
	policyd_start_with_clock \
	    'postfix_config_directory =
smtpd_recipient_restrictions = reject_sasl_takeover
smtpd_end_of_data_restrictions = reject_sasl_takeover'
	ok 'no good user is suspended, no thief reaches many' \
	    "$BUILD/t/bench/guard_simulation" -u 20 -d 20 -t 4 \
	    -S "$POLICY_SOCKET" -c "$T/clock" 11
	diag "$(cat "$T/out")"
else
	result 1 'the simulation is built'
	diag "$(cat "$T/made")"
fi

done_testing
