#!/bin/sh
# A relay through a provider: the Postfix of a small site logs in to the
# submission service of another host, whose passwords authd checks.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

sekisho_host isp
sekisho_host site
host link isp "$prefix-site" >"$T/link" || bail_out 'no cable'
isp=$(awk '$1 ~ /-isp$/ { print $2 }' "$T/link")

site_make isp
dns_start isp <<'END'
example.net. IN A 192.0.2.1
END
user_add isp site@example.org secret
in_host isp systemctl -q enable --now sekisho-authd sekisho-policyd
readme_follow isp

# What README.md says for the client.
in_host site postconf -e 'mydestination = localhost' 'myorigin = example.net'
"$BUILD/t/readme-lines" relayhost | sed "s/mail\.example\.org/$isp/" |
    in_host site sh -c 'cat >>/etc/postfix/main.cf'
echo "[$isp]:587 site@example.org:secret" |
    in_host site sh -c 'umask 077; cat >/etc/postfix/sasl_passwd'
in_host site postfix reload >/dev/null 2>&1

arrived() {
	in_host isp grep -qs "^Subject: $1" /var/mail/fred
}

submit() {
	in_host site sh -c "printf 'To: fred@example.org\nSubject: $1\n\n.\n' |
	    sendmail -t"
}

submit first
ok 'a mail of the site passes the provider' wait_for arrived first
like "$(journal isp -u sekisho-authd)" \
    '*login: user=site@example.org *result=ok*' 'with its login'
done_testing
