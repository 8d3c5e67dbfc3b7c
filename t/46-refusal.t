#!/bin/sh
# "Why was this mail refused?": for clients whose names smtpd has looked up
# itself, README's line and the pasted line of Postfix's log both print the
# refusal that Postfix sent.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has net || skip_all 'needs a network of its own'

# why ADDRESS FROM TO WORD...: README's line for these, and more words
why() {
	readme=$(sed -n '/^    sekisho-policyctl explain client_address=/{
	    :more
	    /\\$/{ N; b more; }
	    s/\\\n//g; p; }' "$BUILD/README.md" |
	    sed "s/^ *sekisho-//; s/\(client_address=\)[^ ]*/\1$1/
		s/\(sender=\)[^ ]*/\1$2/; s/\(recipient=\)[^ ]*/\1$3/")
	shift 3
	# shellcheck disable=SC2086 # words
	$readme "$@"
}

logged() {
	wc -l <"$T/mail.log"
}

# refused ADDRESS "WORDS" NAME OPTION...: a mail from there is refused, and both
# ways explain it; words: what explain needs beside address and mail addresses
refused() {
	address=$1
	words=$2
	name=$3
	shift 3
	from=sender@example.net
	to=user@example.org
	previous=
	for option; do
		case $previous in
		--from) from=$option ;;
		--to) to=$option ;;
		esac
		previous=$option
	done
	before=$(logged)
	reply=$(smtp --local-interface "$address" "$@")
	like "$reply" '[45][0-9][0-9] *' "$name: Postfix refuses"
	# shellcheck disable=SC2086 # words
	why "$address" "$from" "$to" $words >"$T/said" 2>&1
	ok "$name: explain prints what Postfix sent" \
	    grep -qxF -e "reply=$reply" -e "action=$reply" "$T/said" ||
	    diag "$reply" "$(cat "$T/said")"
	ok "$name: it is logged" wait_for eval \
	    "tail -n +$((before + 1)) '$T/mail.log' | grep -q 'NOQUEUE: reject: '"
	line=$(tail -n +$((before + 1)) "$T/mail.log" |
	    grep 'NOQUEUE: reject: ' | tail -1)
	policyctl explain --log "$line" >"$T/said" 2>&1
	ok "$name: so does it for the line of the log" \
	    grep -qxF -e "reply=$reply" -e "action=$reply" "$T/said" ||
	    diag "$line" "$reply" "$(cat "$T/said")"
}

for n in 1 2 3 4 5 6 7 8; do
	ip address add 192.0.2.$n/32 dev lo
done
dnsbl bl.test ip4set <<'END'
:127.0.0.2:see http://bl.test/?$; it says why
127.0.0.2
192.0.2.1
END
dnsbl score.test ip4set <<'END'
:127.0.0.2:
127.0.0.2
192.0.2.2
END
dns_start <<'END'
1.2.0.192.in-addr.arpa. 60 PTR good.example.net.
2.2.0.192.in-addr.arpa. 60 PTR good.example.net.
4.2.0.192.in-addr.arpa. 60 PTR forged.example.net.
5.2.0.192.in-addr.arpa. 60 PTR good.example.net.
6.2.0.192.in-addr.arpa. 60 PTR 192.0.2.6.
good.example.net. 60 A 192.0.2.1
good.example.net. 60 A 192.0.2.2
good.example.net. 60 A 192.0.2.5
forged.example.net. 60 A 192.0.2.99
example.net. 60 MX 10 good.example.net.
null.example. 60 MX 0 .
END
postfix_start
policyd_start 'smtpd_client_restrictions = permit_mynetworks,
	reject_dnsbl_score, reject_rbl_client bl.test,
	reject_unknown_reverse_client_hostname, reject_unknown_client_hostname
unknown_client_reject_code = 550
dnsbl_sites = score.test*2 bl.test*1
dnsbl_reject_threshold = 2
smtpd_helo_restrictions = reject_invalid_helo_hostname,
	reject_non_fqdn_helo_hostname
smtpd_sender_restrictions = reject_unknown_sender_domain
smtpd_recipient_restrictions = reject_unauth_destination,
	check_recipient_access inline:{{full@example.org=450 4.2.2 The box is full}}'
ok 'both lists pass their test' wait_for lists_are_ok 2

refused 192.0.2.1 '' reject_rbl_client
refused 192.0.2.2 '' reject_dnsbl_score
refused 192.0.2.3 '' reject_unknown_reverse_client_hostname
refused 192.0.2.4 '' reject_unknown_client_hostname
refused 192.0.2.6 '' 'a PTR record that is no name'
refused 192.0.2.5 helo_name=client reject_non_fqdn_helo_hostname \
    --ehlo client
refused 192.0.2.5 helo_name=a..example reject_invalid_helo_hostname \
    --ehlo a..example
refused 192.0.2.5 '' reject_unknown_sender_domain --from a@nowhere.example
refused 192.0.2.5 '' 'a sender domain that takes no mail' \
    --from a@null.example
refused 192.0.2.5 '' 'an access table' --to full@example.org
refused 192.0.2.5 '' 'relaying, which main.cf itself refuses' \
    --to a@example.com

like "$(smtp --local-interface 192.0.2.5)" '250 *' 'a good mail passes'
is "$(why 192.0.2.5 sender@example.net user@example.org | tail -1)" \
    action=DUNNO 'and explain says so'

# The log as a whole, and ours.
grep 'NOQUEUE: reject: ' "$T/mail.log" >"$T/lines"
policyctl explain --log <"$T/lines" >"$T/said"
is "$(grep -c '^action=[45D]' "$T/said")" "$(grep -c . "$T/lines")" \
    'lines on standard input'
is "$(grep -c '^action=DUNNO' "$T/said")" 0 'each is a refusal'
grep 'decision: action=' "$T/policyd.log" >"$T/lines"
policyctl explain --log -j <"$T/lines" >"$T/said"
is "$(grep -c '"action":"[45D]' "$T/said")" "$(grep -c . "$T/lines")" \
    'lines of policyd itself, as JSON'
exits 65 'a line that tells of no decision' "$POLICYCTL" -c "$T/policyd.cf" \
    explain --log 'postfix/smtpd[1]: connect from unknown[192.0.2.1]'
like "$(cat "$T/out")" 'policyctl: no line of a decision*' 'is an error'
done_testing
