#!/bin/sh
# etc/howto/relay-through-provider, word for word: the machine is the small site
# here, and the provider another Postfix, with authd and policyd, beside it.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/howto.sh
. "$BUILD/t/howto.sh"

howto relay-through-provider <<'RECORDS'
isp.example.net. IN A 127.0.0.1
RECORDS
postconf -X default_transport
SUBMISSION_PORT=587
postfix_start 'myhostname = isp.example.net'
authd_start 'auth_failure_delay = 0'
policyd_start 'smtpd_recipient_restrictions = permit_sasl_authenticated, reject'
user_add site@isp.example.net 'open sesame' || bail_out 'no user'

for section in 1 2 3 4 5; do
	follow $section
done
like "$(cat "$T/authd.log")" '*login: user=site@isp.example.net *result=fail*' \
    'authd has seen the wrong password'
for secret in 'open sesame' 'open barley'; do
	for form in "$secret" "$(printf %s "$secret" | base64)" "$(printf \
	    '\0site@isp.example.net\0%s' "$secret" | base64 -w 0)"; do
		is "$(grep -lF "$form" "$T"/*.log /var/log/mail.log)" '' \
		    'no log has it, nor what a client made of it'
	done
done
howto_done
