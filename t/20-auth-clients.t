#!/bin/sh
# Mail programs and mechanisms against a stock Postfix that asks authd: the
# right password sends mail, a wrong one is refused with 535, and Postfix logs
# mechanism and name.  Ends with a table.
. "$(dirname "$0")/lib.sh"

USER=fred@example.org
PASSWORD='open, sesame=1'

dns_start </dev/null
authd_start 'auth_failure_delay = 0' 'mechanisms = PLAIN LOGIN CRAM-MD5
	SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512'
user_add "$USER" "$PASSWORD" || bail_out 'no user'
postfix_start smtpd_sasl_auth_enable=yes smtpd_recipient_restrictions= \
    smtpd_error_sleep_time=0 smtpd_client_restrictions= \
    smtpd_relay_restrictions=permit_sasl_authenticated,reject

message() {
	printf 'From: sender@example.net\nTo: user@example.org\n\nhello\n'
}

# Each sends a mail: MECHANISM PASSWORD; what it says goes to $T/client.
swaks_sends() {
	swaks --server 127.0.0.1 --timeout "$DEADLINE" -p "$SMTP_PORT" --from sender@example.net \
	    --to user@example.org --auth "$1" -au "$USER" -ap "$2"
}

swaks_tls_sends() {
	swaks --server 127.0.0.1 --timeout "$DEADLINE" -p "$SUBMISSION_PORT" --tls \
	    --from sender@example.net --to user@example.org \
	    --auth "$1" -au "$USER" -ap "$2"
}

msmtp_sends() {
	message | msmtp -d --file=/dev/null --host=127.0.0.1 \
	    --port="$SMTP_PORT" --tls=off --from=sender@example.net \
	    --auth="$(echo "$1" | tr A-Z a-z)" --user="$USER" \
	    --passwordeval="echo '$2'" user@example.org
}

curl_sends() {
	message >"$T/message"
	curl -sv --max-time "$DEADLINE" --mail-from sender@example.net \
	    --mail-rcpt user@example.org --login-options "AUTH=$1" \
	    --user "$USER:$2" -T "$T/message" "smtp://127.0.0.1:$SMTP_PORT"
}

python_sends() {
	python3 - "$SMTP_PORT" "$1" "$USER" "$2" <<-'END'
	import smtplib, sys
	port, mechanism, user, password = sys.argv[1:]
	s = smtplib.SMTP('127.0.0.1', int(port), timeout=300)
	s.set_debuglevel(1)
	s.ehlo()
	s.user, s.password = user, password
	s.auth(mechanism, getattr(s, 'auth_' +
	    mechanism.lower().replace('-', '_')))
	s.sendmail('sender@example.net', ['user@example.org'],
	    'Subject: x\n\nhello\n')
	s.quit()
	END
}

# Logs in and sends nothing, of which Postfix makes no line.
gsasl_sends() {
	gsasl --smtp --connect="127.0.0.1:$SMTP_PORT" --no-starttls \
	    --mechanism="$1" --authentication-id="$USER" --password="$2" \
	    --authorization-id= --no-cb --verbose </dev/null
}

has() {
	grep -qE "$1" "$T/$2"
}

# The logs are ours alone: what a client left there is found from here on.
log_from_here() {
	for log in mail authd; do
		wc -l <"$T/$log.log" >"$T/$log.before"
	done
}

log_has() {
	tail -n +"$(($(cat "$T/$1.before") + 1))" "$T/$1.log" |
	    grep -qE "$2"
}

# What the right password leaves in the log.
leaves() {
	if [ "$1" = gsasl ]; then
		log_has authd "user=$USER mech=$2 service=smtp ip=127.0.0.1 result=ok"
	else
		log_has mail "sasl_method=$2, sasl_username=$USER"
	fi
}

# try CLIENT MECHANISM: both ways
try() {
	log_from_here
	"$1_sends" "$2" "$PASSWORD" >"$T/client" 2>&1
	right=$?
	result "$right" "$1, $2: the right password" || diag "$(cat "$T/client")"
	wait_for leaves "$1" "$2"
	result $? "$1, $2: the log has mechanism and name"
	"$1_sends" "$2" "not $PASSWORD" >"$T/client" 2>&1
	[ $? != 0 ] && has '535 5\.7\.8 ' client
	wrong=$?
	result $wrong "$1, $2: a wrong password is 535" ||
	    diag "$(cat "$T/client")"
	[ "$right$wrong" = 00 ] && cell=yes || cell=NO
	echo "$1 $2 $cell" >>"$T/table"
}

for mechanism in PLAIN LOGIN CRAM-MD5; do
	try swaks $mechanism
done
try swaks_tls PLAIN
for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
	try msmtp $mechanism
done
for mechanism in PLAIN LOGIN CRAM-MD5; do
	try curl $mechanism
	try python $mechanism
done
for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
	try gsasl $mechanism
done

awk '
	!($1 in row) { row[$1]; client[++nclients] = $1 }
	!($2 in column) { column[$2]; mechanism[++nmechanisms] = $2 }
	{ cell[$1, $2] = $3 }
	END {
		printf("# %-10s", "")
		for (m = 1; m <= nmechanisms; m++)
			printf(" %-14s", mechanism[m])
		for (c = 1; c <= nclients; c++) {
			printf("\n# %-10s", client[c])
			for (m = 1; m <= nmechanisms; m++)
				printf(" %-14s", cell[client[c], mechanism[m]])
		}
		print ""
	}' "$T/table"
done_testing
