#!/bin/sh
# Restarts and an upgrade while mail comes in: none is lost, none is refused
# for good, Postfix does not lose patience, and policyd forgets nothing.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

sekisho_host mx
site_make mx
dns_start mx <<'END'
example.net. IN A 192.0.2.1
END
user_add mx fred@example.org secret
in_host mx sh -c 'cat >>/etc/sekisho/policyd.cf' <<'END'
recipient_rate_limits = sasl_username 100000/1d
smtpd_sender_restrictions = check_dynamic_client_access, reject_rate_limit
END
in_host mx systemctl -q enable --now sekisho-authd sekisho-policyd
readme_follow mx

# Four clients that try again, as mail programs do; what was answered when a
# try failed stands in refused.
cat >"$T/send" <<'END'
send() {
	for mail in $(seq "$1" 4 200); do
		until swaks --server 127.0.0.1 -p 587 -tls -a PLAIN \
		    -au fred@example.org -ap secret --from sender@example.net \
		    --to fred@example.org --header "Subject: mail $mail" \
		    >"dialogue.$1" 2>&1; do
			cat "dialogue.$1" >>refused
			sleep 0.2
		done
		echo "$mail" >>sent
	done
}
touch sent
for client in 1 2 3 4; do
	send $client &
done
wait
END

sent() {
	in_host mx sh -c "test \$(wc -l <sent) -ge $1"
}

program() {
	in_host mx sh -c 'readlink /proc/$(systemctl show -P MainPID \
	    sekisho-authd)/exe; sekisho-authctl ask version'
}

arrived() {
	[ "$(in_host mx grep -c '^Subject: mail' /var/mail/fred)" = 200 ]
}

# counted: recipients of fred
counted() {
	in_host mx sekisho-policyctl rates fred@example.org |
	    sed -n 's/.*: \([0-9]*\) of .*/\1/p'
}

package_make 0.2
ok 'a client is denied' in_host mx sekisho-policyctl deny 192.0.2.77 --for 1d \
    --comment kept
host copy mx "$T/send" /root/send
in_host mx sh /root/send &
failed=0
for turn in $(seq 20); do
	in_host mx systemctl restart sekisho-authd sekisho-policyd ||
	    failed=$((failed + 1))
	[ "$turn" != 10 ] || package_install mx
	wait_for sent $((turn * 9))
done
wait $!
is "$failed" 0 'it restarts twenty times'
like "$(program)" '/usr/sbin/sekisho-authd
*0.2*' 'and is the new program after the upgrade'
ok 'all mails have arrived' wait_for arrived
is "$(in_host mx sh -c 'cat refused 2>/dev/null' |
    grep -E '^<(\*\*|~\*) *5')" '' 'none was refused for good'
is "$(in_host mx journalctl -b --no-pager -o cat -u 'postfix*' |
    grep -E 'throttling|fatal')" '' 'Postfix has not lost patience'
like "$(in_host mx sekisho-policyctl clients)" 'deny 192.0.2.77, *h left: kept' \
    'who was denied is denied'
before=$(counted)
ok "what was sent is counted: $before" [ "$before" -ge 200 ]
in_host mx systemctl restart sekisho-policyd
is "$(counted)" "$before" 'a restart changes no counter'
in_host mx systemctl kill -s KILL sekisho-policyd
ok 'killed, it is started again' wait_for in_host mx sekisho-policyctl ask version
is "$(counted)" "$before" 'which changes none either'
done_testing
