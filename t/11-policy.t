#!/bin/sh
# policyd behind a stock Postfix: the lines as users write them, and what
# happens when policyd is not there.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"


# from ADDRESS NAME OPTION...: a mail from there; no NAME: it has none
from() {
	address=$1
	client=${2:-[UNAVAILABLE]}
	shift 2
	smtp --xclient-addr "$address" --xclient-name "$client" \
	    --xclient-reverse-name "$client" "$@"
}

delivered() {
	find "$T/mail/inbox/new" -type f 2>/dev/null | wc -l
}

for zone in spamcop.net dynablock.wirehub.net sbl.spamhaus.org; do
	dnsbl $zone ip4set <<-END
	:127.0.0.2:see http://$zone/?\$
	127.0.0.2
	END
done
echo 192.0.2.66 >>"$T/dns/sbl.spamhaus.org"
dnsbl rhsbl.ahbl.org dnset <<'END'
:127.0.0.2:spam house
test
.spammer.example
END
dns_start <<'END'
example.net. 60 MX 10 mail.example.net.
mail.example.net. 60 A 198.51.100.10
null.example. 60 MX 0 .
END
postfix_start
policyd_start 'smtpd_client_restrictions = permit_mynetworks,
  reject_rhsbl_client rhsbl.ahbl.org,
  reject_rbl_client spamcop.net,
  reject_rbl_client dynablock.wirehub.net,
  reject_rbl_client sbl.spamhaus.org,
  reject_unknown_client,
  permit
smtpd_recipient_restrictions = permit_mynetworks,
  permit_sasl_authenticated,
  reject_unauth_destination
smtpd_sender_restrictions = reject_unknown_sender_domain'

ok 'all four lists pass their test' wait_for lists_are_ok 4

like "$(from 198.51.100.10 mail.example.net)" '250 2.0.0 Ok: queued as *' \
    'a good mail'
like "$(from 192.0.2.66 bot.example.com)" \
    '554 5.7.1 *Client host \[192.0.2.66\] blocked using sbl.spamhaus.org; see http://sbl.spamhaus.org/[?]192.0.2.66' \
    'a listed address, with the text of the list'
like "$(from 192.0.2.67 a.spammer.example)" \
    '554 5.7.1 *blocked using rhsbl.ahbl.org; spam house' 'a listed name'
like "$(from 192.0.2.68 '')" \
    '450 4.7.25 *cannot find your hostname, \[192.0.2.68\]' 'no name'
like "$(from 198.51.100.10 mail.example.net --from a@nowhere.example)" \
    '450 4.1.2 *Sender address rejected: Domain not found' \
    'an unknown sender domain'
like "$(from 198.51.100.10 mail.example.net --from a@null.example)" \
    '550 5.7.27 *does not accept mail (nullMX)' \
    'a sender domain that takes no mail'
like "$(from 198.51.100.10 mail.example.net --to a@example.com)" \
    '554 5.7.1 *Relay access denied' 'relaying'
like "$(smtp --to a@example.com)" '250 2.0.0 Ok: queued as *' \
    'a client in mynetworks, as main.cf knows them'

ok 'the mails are delivered' wait_for eval '[ "$(delivered)" = 1 ]'

# without policyd
policyd_stop
is "$ended" 0 'policyd ends well'
before=$(delivered)
like "$(from 198.51.100.10 mail.example.net)" '451 4.3.5 *' \
    'without policyd a good mail is deferred'
like "$(from 192.0.2.66 bot.example.com)" '451 4.3.5 *' \
    'a bad one, too: nothing passes unchecked'
like "$(from 198.51.100.10 mail.example.net --to a@example.com)" \
    '554 5.7.1 *Relay access denied' 'and nothing is relayed'
is "$(delivered)" "$before" 'nothing came through'

policyd_restart() {
	policyd_start "$(sed '/^listen/,/^resolver/d' "$T/policyd.cf")"
	wait_for lists_are_ok 4
}
policyd_restart
like "$(from 198.51.100.10 mail.example.net)" '250 2.0.0 Ok: queued as *' \
    'policyd is back, Postfix goes on'

kill -9 "$policyd_pid"
wait "$policyd_pid" 2>/dev/null
policyd_restart
like "$(from 192.0.2.66 bot.example.com)" '554 *' \
    'policyd was killed and started again'

postconf -c "$T/postfix" -F "127.0.0.1:$SMTP_PORT/inet/chroot=n"
postfix -c "$T/postfix" reload 2>/dev/null
like "$(from 192.0.2.66 bot.example.com)" '554 *' \
    'a smtpd that is not chrooted'
done_testing
