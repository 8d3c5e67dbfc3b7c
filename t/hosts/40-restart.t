#!/bin/sh
# Reloads, restarts and an upgrade while mail comes in: none is lost, none is put
# off, Postfix notices nothing, and policyd forgets nothing.
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

# Fifty mails, of strangers and of people who log in; nobody tries again, and each
# answer that is not the right one stands in wrong.
cat >"$T/send" <<'END'
strangers() {
	smtp-source -s 2 -m 22 -S mail -f sender@example.net \
	    -t fred@example.org 127.0.0.1:25 >>wrong 2>&1
}
person() {
	for mail in 1 2; do
		swaks --server 127.0.0.1 -p 587 -tls -a PLAIN \
		    -au fred@example.org -ap secret --from fred@example.org \
		    --to fred@example.org --header 'Subject: mail' \
		    >"dialogue.$1" 2>&1 || cat "dialogue.$1" >>wrong
	done
}
strangers &
strangers &
for person in 1 2 3; do
	person $person &
done
wait
END

program() {
	in_host mx sh -c 'readlink /proc/$(systemctl show -P MainPID \
	    sekisho-authd)/exe; sekisho-authctl ask version'
}

arrived() {
	[ "$(in_host mx grep -c '^Subject: mail' /var/mail/fred)" = 1000 ]
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
failed=0
for turn in $(seq 10); do
	for verb in reload restart; do
		in_host mx sh /root/send &
		in_host mx systemctl $verb sekisho-authd sekisho-policyd ||
		    failed=$((failed + 1))
		[ "$turn-$verb" != 5-restart ] || package_install mx
		wait $!
	done
done
is "$failed" 0 'they reload ten times, and restart ten times'
like "$(program)" '/usr/sbin/sekisho-authd
*0.2*' 'and is the new program after the upgrade'
ok 'all mails have arrived' wait_for arrived
is "$(in_host mx cat wrong)" '' 'each at the first try'
is "$(journal mx -u 'postfix*' |
    grep -E 'reject|throttling|warning|fatal')" '' 'Postfix has noticed nothing'
like "$(in_host mx sekisho-policyctl clients)" 'deny 192.0.2.77, *h left: kept' \
    'who was denied is denied'
before=$(counted)
ok "what was sent is counted: $before" [ "$before" = 120 ]
in_host mx systemctl restart sekisho-policyd
is "$(counted)" "$before" 'a restart changes no counter'
in_host mx systemctl kill -s KILL sekisho-policyd
ok 'killed, it is started again' wait_for in_host mx sekisho-policyctl ask version
is "$(counted)" "$before" 'which changes none either'
done_testing
