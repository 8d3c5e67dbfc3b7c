#!/bin/sh
# policyctl explain: what people type and paste, what is an error, and that it
# changes nothing.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# explained ARGUMENT...: the action
explained() {
	policyctl explain "$@" 2>&1 | sed -n 's/^action=//p'
}

dns_start <<'END'
END
policyd_start 'smtpd_recipient_restrictions = reject_unauth_destination
smtpd_data_restrictions = reject
mydestination = example.org'

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

# the state
is "$(ask protocol_state=AUTH)" action=DUNNO 'an unknown state passes'
ask protocol_state=AUTH >"$T/out"
is "$(grep -c 'unknown protocol_state="*AUTH"*: nothing' "$T/policyd.log")" 1 \
    'and is logged once'
like "$(printf '%s\n' request=smtpd_access_policy recipient=user@example.com '' |
    socat -t 5 - "UNIX-CONNECT:$POLICY_SOCKET")" 'action=554 *' \
    'a request without state is one of RCPT over the socket'
like "$(explained recipient=user@example.com)" '554 *' 'and to explain'
done_testing
