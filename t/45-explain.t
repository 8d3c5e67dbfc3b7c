#!/bin/sh
# policyctl explain: what people type and paste, what is an error, and that it
# changes nothing.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# explained ARGUMENT...: the action
explained() {
	policyctl explain "$@" 2>&1 | sed -n 's/^action=//p'
}

# figures: all that policyd counts and remembers
figures() {
	for command in stats lists rules metrics cache tables sessions; do
		policyctl ask $command
	done | grep -v -e uptime -e in.flight
}

dnsbl bl.test ip4set <<'END'
:127.0.0.2:see http://bl.test/?$
127.0.0.2
192.0.2.9
END
dns_start <<'END'
198.51.100.in-addr.arpa. 60 SOA a. b. 1 60 60 60 60
END
policyd_start 'slow/smtpd_client_restrictions = warn_if_reject
	reject_rbl_client down.test, reject_rbl_client bl.test
smtpd_sender_restrictions = reject_unknown_sender_domain
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_data_restrictions = reject
mydestination = example.org
dns_timeout = 5s
dnsbl_untested = down.test
resolver = 127.0.0.1@53 down.test=127.0.0.1@9'
ok 'the list passes its test' wait_for lists_are_ok 1

# nothing changes
# All there is has been seen once.
ask client_address=198.51.100.1 policy_context=slow >/dev/null
ok 'no lookup is under way' wait_for eval \
    'policyctl ask cache | grep -q "in flight: 0 "'
figures >"$T/before"
for client in 192.0.2.9 198.51.100.9 2001:db8::9; do
	for try in 1 2; do
		policyctl explain client_address=$client policy_context=slow \
		    client_name=unknown reverse_client_name=unknown \
		    instance=1.2.$try \
		    sender=a$try@nowhere$try.example \
		    recipient=user@example.org >"$T/said" || break
	done
	ok "explain works for $client" grep -q '^action=[45]' "$T/said"
done
figures >"$T/after"
ok 'explain changes nothing that is counted' diff "$T/before" "$T/after"

# what is an error
for word in client_address=300.1.1.1 client_address=::g protocol_state=rcpt \
    size=big clientaddress=192.0.2.1; do
	exits 64 "$word is an error" "$POLICYCTL" -c "$T/policyd.cf" explain "$word" \
	    recipient=user@example.org
	like "$(cat "$T/out")" "policyctl: ${word%%=*}*" 'and it is named'
done
exits 64 'so it is in a request on standard input' sh -c "printf '%s\n' \
    request=smtpd_access_policy client_address=300.1.1.1 '' |
    $POLICYCTL -c $T/policyd.cf explain --stdin"

# what a newer Postfix sends
newer() {
	printf '%s\r\n' request=smtpd_access_policy protocol_state=RCPT \
	    client_address=192.0.2.1 client_name=unknown \
	    reverse_client_name=unknown recipient=user@example.com \
	    compatibility_level=3.11 mail_version=3.11.0 tls_sni=a.example \
	    server_names=all_that_comes ''
}
newer >"$T/newer"
like "$(explained --stdin <"$T/newer")" '554 5.7.1 *Relay access denied' \
    'attributes that nobody knows are ignored'
{
	echo 'config:'
	echo '    smtpd_recipient_restrictions = reject_unauth_destination'
	echo 'request: as a newer Postfix sends it'
	newer | sed 's/./    &/'
	echo '    action=554 5.7.1 ...'
} >"$T/scenario"
ok 'in a scenario, too' policyctl test "$T/scenario"

sed 's/client_name=/client_nmae=/' "$T/scenario" >"$T/mistyped"
ok 'what looks like a known one, too' policyctl test "$T/mistyped"
like "$(cat "$T/out")" "*mistyped:7: warning: client_nmae is no attribute \
of a policy request, did you mean client_name?*" 'but with a warning'

# what Postfix of each release has sent: a session with all states, and TLS
for requests in "$BUILD"/t/requests/*; do
	ok "requests of ${requests##*/} are explained" \
	    policyctl explain --stdin <"$requests"
	cp "$T/out" "$T/said"
	is "$(grep -c '^action=' "$T/said")" "$(grep -c '^request=' "$requests")" \
	    'each of them'
	is "$(grep -c '^action=554 5.7.1 ' "$T/said")" 3 \
	    'and refused at VRFY, RCPT and DATA'
	{
		echo 'config:'
		echo '    smtpd_data_restrictions = reject'
		awk 'NF && !within { print "request: one"; within = 1 }
		    NF { print "    " $0; next }
		    { print "    action=..."; within = 0 }' "$requests"
	} >"$T/scenario"
	ok 'and take part in a scenario' policyctl test "$T/scenario"
done

# the state
is "$(ask protocol_state=AUTH)" action=DUNNO 'an unknown state passes'
ask protocol_state=AUTH >"$T/out"
is "$(grep -c 'unknown protocol_state="*AUTH"*: nothing' "$T/policyd.log")" 1 \
    'and is logged once'
like "$(printf '%s\n' request=smtpd_access_policy recipient=user@example.com '' |
    socat -t "$DEADLINE" - "UNIX-CONNECT:$POLICY_SOCKET")" 'action=554 *' \
    'a request without state is one of RCPT over the socket'
like "$(explained recipient=user@example.com)" '554 *' 'and to explain'
done_testing
