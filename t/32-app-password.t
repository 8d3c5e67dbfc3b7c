#!/bin/sh
# App passwords with every mechanism, through a stock Postfix: what authctl
# prints is what works, within their limits, until they are revoked.  Then all
# users move to an empty database, and everything works there as well.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

ALL='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512'
dns_start </dev/null
authd_start 'auth_failure_delay = 0' "mechanisms = $ALL" \
    'password_scheme = bcrypt:4'
postfix_start smtpd_sasl_auth_enable=yes smtpd_recipient_restrictions= \
    smtpd_error_sleep_time=0 smtpd_client_restrictions= \
    smtpd_relay_restrictions=permit_sasl_authenticated,reject
main_password='my own password'
user_add fred "$main_password" || bail_out 'no user'

# login MECHANISM NAME PASSWORD: the reply code of AUTH
login() {
	case $1 in
	SCRAM-SHA-512) scram_512 "$@" ;;
	SCRAM-*)
		gsasl --smtp --connect="127.0.0.1:$SMTP_PORT" --no-starttls \
		    --mechanism="$1" --authentication-id="$2" \
		    --password="$3" --authorization-id= --no-cb --verbose \
		    </dev/null 2>&1 | sed -n 's/^\([25]35\)[ -].*/\1/p'
		;;
	*)
		swaks --server 127.0.0.1 --timeout "$DEADLINE" -p "$SMTP_PORT" --quit-after AUTH \
		    --auth "$1" -au "$2" -ap "$3" 2>&1 </dev/null |
		    sed -n 's/^<[-*~]*  *\([25]35\) .*/\1/p' | tail -n 1
		;;
	esac
}

# What gsasl 2.2 does not know (RFC 5802 with SHA-512).  A fourth argument is a
# command to be run before the client's proof.
scram_512() {
	python3 - "$SMTP_PORT" "$2" "$3" "${4:-:}" <<-'END'
	import base64, hashlib, hmac, os, smtplib, sys
	port, user, password, command = sys.argv[1:]
	def mac(key, text):
	    return hmac.new(key, text, 'sha512').digest()
	s = smtplib.SMTP('127.0.0.1', int(port), timeout=300)
	s.ehlo()
	first = 'n=' + user.replace('=', '=3D').replace(',', '=2C') + ',r=abcdef'
	code, answer = s.docmd('AUTH', 'SCRAM-SHA-512 ' +
	    base64.b64encode(b'n,,' + first.encode()).decode())
	if code == 334:
	    server = base64.b64decode(answer).decode()
	    given = dict(item.split('=', 1) for item in server.split(','))
	    os.system(command + ' >&2')
	    last = 'c=biws,r=' + given['r']
	    salted = hashlib.pbkdf2_hmac('sha512', password.encode(),
	        base64.b64decode(given['s']), int(given['i']))
	    client = mac(salted, b'Client Key')
	    signature = mac(hashlib.sha512(client).digest(),
	        ','.join([first, server, last]).encode())
	    proof = bytes(a ^ b for a, b in zip(client, signature))
	    code, answer = s.docmd(base64.b64encode((last + ',p=' +
	        base64.b64encode(proof).decode()).encode()).decode())
	if code == 334:
	    code, answer = s.docmd('')
	print(code)
	END
}

# add OPTION...: sets name_MECHANISM (without dashes) and password
app_add() {
	authctl app-password add fred -j "$@" >"$T/app" || return 1
	password=$(sed 's/.*"password":"\([^"]*\)".*/\1/' "$T/app")
}
name_for() {
	sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$T/app"
}

ok 'add one' app_add --label phone
cp "$T/app" "$T/phone"
ok 'of 24 characters' [ ${#password} = 24 ]
ok 'which are not in the database' eval \
    '! grep -qaF "$password" "$T/auth/users.gdbm"'
for mechanism in $ALL; do
	name=$(name_for "$mechanism")
	is "$(login "$mechanism" "$name" "$password")" 235 \
	    "$mechanism as $name"
	is "$(login "$mechanism" "$name" "${password}x")" 535 \
	    "$mechanism with a wrong one"
	is "$(login "$mechanism" fred@example.org "$main_password")" 235 \
	    "$mechanism with the password of the user"
done
ok 'the log has the label' grep -q \
    'login: user=fred@example.org label=phone mech=PLAIN .*result=ok' \
    "$T/authd.log"
ok 'also for SCRAM, and the name of the user' grep -q \
    'login: user=fred@example.org label=phone mech=SCRAM-SHA-256 .*result=ok' \
    "$T/authd.log"
is "$(login SCRAM-SHA-256 fred@example.org "$password")" 535 \
    'SCRAM finds it under its own name only'
is "$(login SCRAM-SHA-256 fred@example.org/nothing "$password")" 535 \
    'and under no other'

# --- limits

exits 73 'a label is taken once' "$AUTHCTL" -c "$T/authd.cf" \
    app-password add fred --label phone
exits 64 'a label has no blanks' "$AUTHCTL" -c "$T/authd.cf" \
    app-password add fred --label 'my phone'
exits 64 'a network is one' "$AUTHCTL" -c "$T/authd.cf" \
    app-password add fred --networks 192.0.2.1/24
exits 64 'a date is one' "$AUTHCTL" -c "$T/authd.cf" \
    app-password add fred --expires soon
exits 67 'no such user' "$AUTHCTL" -c "$T/authd.cf" app-password add nobody

ok 'one for another network' app_add --label away --networks 192.0.2.0/24
for mechanism in $ALL; do
	is "$(login "$mechanism" "$(name_for "$mechanism")" "$password")" 535 \
	    "is refused here: $mechanism"
done
ok 'one for this network' app_add --label here \
    --networks 192.0.2.0/24,127.0.0.0/8
is "$(login PLAIN fred@example.org "$password")" 235 'is accepted here'
is "$(login CRAM-MD5 fred@example.org "$password")" 235 'by CRAM-MD5, too'
ok 'one that has expired' app_add --expires now
is "$(name_for SCRAM-SHA-1)" fred@example.org/app-1 \
    'gets a label when it has none'
for mechanism in PLAIN CRAM-MD5 SCRAM-SHA-1; do
	is "$(login "$mechanism" "$(name_for "$mechanism")" "$password")" 535 \
	    "is refused: $mechanism"
done
is "$(authctl app-password list fred | sed 's/ .*//' | tr '\n' ' ')" \
    'phone away here app-1 ' 'all of them'
ok 'as JSON' eval 'authctl app-password list -j fred |
    grep -q "\"networks\":\[\"192.0.2.0/24\",\"127.0.0.0/8\"\]"'

# --- what a device may send

for rule in '--senders nobody' '--senders @' '--senders ,' '--senders a@b@c' \
    '--recipients a;b@example.org' '--recipients @.example.org' \
    '--recipients a%b@example.org' '--limit 200' '--limit 200/never' \
    '--limit x/1d' '--limit -1/1d' '--limit 1/0s' \
    "--senders $(printf 'a%.0s' $(seq 1100))@example.org"; do
	# shellcheck disable=SC2086 # an option and its value
	exits 64 "no rule: $(echo "$rule" | cut -c -30)" "$AUTHCTL" \
	    -c "$T/authd.cf" app-password add fred $rule
done
like "$("$AUTHCTL" -c "$T/authd.cf" app-password add fred \
    --senders 'a@b,nobody' 2>&1)" \
    '*--senders: "nobody": neither an address nor @DOMAIN' 'which is said'
rules='"senders":["scanner@example.org","@scan.example.org"],"recipients":["@example.org"],"limit":"200/1d",'
ok 'one with rules' app_add --label scanner-3 \
    --senders 'scanner@example.org, @scan.example.org' \
    --recipients @example.org --limit 200/1d
like "$(authctl app-password list fred | tail -n 1)" \
    '*senders=scanner@example.org,@scan.example.org recipients=@example.org limit=200/1d *' \
    'they are listed'
authctl app-password list -j fred >"$T/list"
ok 'as JSON' grep -qF "$rules" "$T/list"
authctl export dump >"$T/dump"
authctl app-password del fred --label scanner-3
ok 'a dump' authctl import dump "$T/dump" --replace
like "$(authctl app-password list fred)" \
    '*recipients=@example.org limit=200/1d *' 'brings them back'
ok 'gone again' authctl app-password del fred --label scanner-3

# --- revoked, suspended

cp "$T/phone" "$T/app"
password=$(sed 's/.*"password":"\([^"]*\)".*/\1/' "$T/app")
tool="$AUTHCTL -c $T/authd.cf"
is "$(login SCRAM-SHA-512 fred@example.org/phone "$password" \
    "$tool user suspend fred")" 535 'suspended during the login'
like "$(tail -n 1 "$T/authd.log")" '*label=phone*reason=suspended *' 'as logged'
ok 'resume' authctl user resume fred
app_add --label lost
is "$(login SCRAM-SHA-512 fred@example.org/lost "$password" \
    "$tool app-password del fred --label lost")" 535 'revoked during the login'
like "$(tail -n 1 "$T/authd.log")" \
    '*label=lost*reason="app password revoked" *' 'as logged'
cp "$T/phone" "$T/app"
password=$(sed 's/.*"password":"\([^"]*\)".*/\1/' "$T/app")
ok 'suspend the user' authctl user suspend fred
is "$(login PLAIN fred@example.org "$password")" 535 'that ends it, too'
ok 'resume' authctl user resume fred
ok 'another password for the user' eval \
    'echo other | authctl user passwd fred --password-stdin'
main_password=other
is "$(login PLAIN fred@example.org "$password")" 235 'leaves it alone'

# --- to an empty database

authctl export dump >"$T/dump" || bail_out 'no dump'
authd_stop
mv "$T/auth/users.gdbm" "$T/old"
is "$(authctl import dump "$T/dump")" 'imported 1, skipped 0' \
    'a dump into no database'
authd_start 'auth_failure_delay = 0' "mechanisms = $ALL"
for mechanism in $ALL; do
	name=$(name_for "$mechanism")
	is "$(login "$mechanism" "$name" "$password")" 235 \
	    "there: $mechanism as $name"
	is "$(login "$mechanism" fred@example.org "$main_password")" 235 \
	    "there: $mechanism with the password of the user"
done

ok 'revoke' authctl app-password del fred --label phone
for mechanism in $ALL; do
	is "$(login "$mechanism" "$(name_for "$mechanism")" "$password")" 535 \
	    "is over at once: $mechanism"
done
exits 67 'it can be revoked once' "$AUTHCTL" -c "$T/authd.cf" \
    app-password del fred --label phone
exits 64 'which one is to be said' "$AUTHCTL" -c "$T/authd.cf" \
    app-password del fred

# --- what authd says of it

ok 'check' authctl check fred
ok 'says that he can' eval 'authctl check fred | grep -q "^login: possible"'
authctl user suspend fred
exits 1 'check of a suspended user' "$AUTHCTL" -c "$T/authd.cf" check fred
like "$(authctl check fred)" '*login: suspended*' 'says why'
exits 67 'check of nobody' "$AUTHCTL" -c "$T/authd.cf" check nobody

done_testing
