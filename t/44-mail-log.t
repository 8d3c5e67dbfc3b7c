#!/bin/sh
# policyd's lines beside Postfix's in one log: what counts refusals there
# counts none twice.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

dnsbl bl.example ip4set <<'END'
:127.0.0.2:listed
127.0.0.2
192.0.2.66
END
dns_start </dev/null
postfix_start 'smtpd_recipient_restrictions=check_policy_service unix:private/sekisho-policy'
policyd_start 'smtpd_client_restrictions =
  warn_if_reject reject_unknown_reverse_client_hostname,
  reject_rbl_client bl.example
smtpd_sender_restrictions = check_sender_access inline:{
  {hold@example.net = HOLD odd} {discard@example.net = DISCARD odd}
  {warn@example.net = WARN odd} {info@example.net = INFO odd}
  {redirect@example.net = REDIRECT user@example.org}
  {prepend@example.net = PREPEND X-Odd: yes}
  {filter@example.net = FILTER discard:x} {bcc@example.net = BCC b@example.org}
  {later@example.net = DEFER_IF_PERMIT later} {no@example.net = REJECT no}
  {never@example.net = 451 4.7.1 not now}}'
wait_for lists_are_ok 1 || bail_out 'the list is not ok'

smtp --xclient-addr 192.0.2.66 --xclient-name a.example.net >/dev/null
for sender in good hold discard warn info redirect prepend filter bcc later \
    no never; do
	smtp --from "$sender@example.net" >/dev/null
done
smtp --from nobody@example.net --xclient-addr 192.0.2.1 \
    --xclient-name '[UNAVAILABLE]' --xclient-reverse-name '[UNAVAILABLE]' \
    >/dev/null
wait_for eval '[ "$(grep -c action= "$T/policyd.log")" -ge 13 ]'
is "$(sed -n 's/.*decision: action=\([a-z_]*\) .*/\1/p' "$T/policyd.log" |
    sort | uniq -c | awk '{ print $2 "*" $1 }' | paste -sd' ')" \
    'bcc*1 defer_if_permit*1 discard*1 filter*1 hold*1 info*1 prepend*1 redirect*1 refused*3 warn*1 warned*1' \
    'policyd says why, of each that is no plain pass'
is "$(grep -c 'NOQUEUE: reject: RCPT' "$T/mail.log")" 4 \
    'and Postfix says what was answered'

# log TAG: both, as syslog writes them
both() {
	cat "$T/mail.log"
	sed "s|^policyd: |$(date +'%b %e %T') mail $1[77]: |" "$T/policyd.log"
}
both sekisho-policyd >"$T/both"
both postfix/policyd >"$T/disguised"
export PERL_HASH_SEED=0 # the order of what counts the same
pflogsumm "$T/mail.log" >"$T/counts"
like "$(cat "$T/counts")" '* 4   rejected (*' \
    'pflogsumm counts the refusals'
is "$(pflogsumm "$T/both")" "$(cat "$T/counts")" \
    'pflogsumm counts none twice'
is "$(pflogsumm "$T/disguised")" "$(cat "$T/counts")" \
    'nor where all services log under one name'

# watch LOG: what logwatch makes of it
watch() {
	mkdir -p "$T/watched"
	cp "$1" "$T/watched/mail.log"
	logwatch --logdir "$T/watched" --service postfix --detail high \
	    --range all --output stdout 2>&1 |
	    sed '/Processing Initiated/d'
}
watch "$T/mail.log" >"$T/counts"
like "$(cat "$T/counts")" '* 2   Total 5xx Rejects*' \
    'logwatch counts the refusals'
is "$(watch "$T/both")" "$(cat "$T/counts")" 'logwatch counts none twice'

done_testing
