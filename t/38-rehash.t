#!/bin/sh
# Users who came with weak hashes and without secrets for SCRAM get what they
# lack by logging in: authd hands it to a directory of its own, and authctl
# apply puts it into the database, whoever is killed when.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/rehash.sh
. "$BUILD/t/rehash.sh"

USERS='ann bob cid dan eve fay gus hal'

# smtp_login MECHANISM NAME: the reply of Postfix
smtp_login() {
	case $1 in
	SCRAM-*)
		gsasl --smtp --connect="127.0.0.1:$SMTP_PORT" --no-starttls \
		    --mechanism="$1" --authentication-id="$2" \
		    --password="$SECRET" --authorization-id= --no-cb --verbose \
		    </dev/null 2>&1 | sed -n 's/^\([25]35\)[ -].*/\1/p'
		;;
	*)
		smtp --auth "$1" -au "$2" -ap "$SECRET" --quit-after AUTH |
		    cut -c 1-3
		;;
	esac
}

record() {
	authctl export dump | awk -v "user=user=$1@example.org" '
	    /^user=/ { on = $0 == user }
	    on'
}
# has NAME: the beginning of his hash, and his other secrets
has() {
	record "$1" | sed -n -e 's/^password=\(\$[0-9a-z]*\$\).*/\1/p' \
	    -e 's/^password=\({[^}]*}\).*/\1/p' -e 's/^\(s*cram[^=]*\)=.*/\1/p' |
	    tr '\n' ' '
}
# What apply must leave alone.
rest() {
	record "$1" | grep -v -e ^password= -e ^scram-
}

# --- without rehash, and what is no reason for it

dns_start </dev/null
start
import_users fred joe
is "$(has fred)" '$6$ ' 'an imported user'
ok 'logs in' logs_in fred "$SECRET"
authd_stop
ok 'which adds nothing' waits 0
exits 0 'apply: nothing to do' "$AUTHCTL" -c "$T/authd.cf" apply
is "$(cat "$T/out")" '' 'and nothing to say'

start 'rehash = yes'
is "$(stat -c '%a %U' "$SPOOL")" '700 sekisho-authd' \
    'the directory is for authd alone'
app=$(authctl app-password add fred --label phone -j |
    sed 's/.*"password":"\([^"]*\)".*/\1/')
authctl user expire fred +30d
ok 'a wrong password' eval '! logs_in fred wrong'
ok 'an app password' logs_in fred "$app"

# --- a real client, by way of Postfix

postfix_start smtpd_sasl_auth_enable=yes smtpd_recipient_restrictions= \
    smtpd_error_sleep_time=0 smtpd_client_restrictions= \
    smtpd_relay_restrictions=permit_sasl_authenticated,reject
is "$(smtp_login SCRAM-SHA-256 fred@example.org)" 535 \
    'SCRAM: he has no secret'
offered() {
	smtp --quit-after EHLO >"$T/offered"
	sed -n 's/.*250-AUTH //p' "$T/dialogue"
}
is "$(offered)" 'PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5' 'which is offered'
postconf -c "$T/postfix" -e 'smtpd_sasl_mechanism_filter = plain, login'
postfix -c "$T/postfix" reload 2>"$T/postfix.log"
is_hidden() {
	[ "$(offered)" = 'PLAIN LOGIN' ]
}
ok 'and can be hidden' wait_for is_hidden
postconf -c "$T/postfix" -X smtpd_sasl_mechanism_filter
postfix -c "$T/postfix" reload 2>"$T/postfix.log"
ok 'as long as it takes' wait_for eval '! is_hidden'
is "$(waiting)" 0 'none of these adds anything'
before=$(rest fred)
is "$(smtp_login PLAIN fred@example.org)" 235 'PLAIN: he may send'
ok 'what he lacks waits' wait_for waits 1
is "$(find "$SPOOL" -type f -printf '%m %u\n')" '600 sekisho-authd' \
    'readable by nobody else'
is "$(has fred)" '$6$ ' 'the database is as it was'
is "$(grep -rl "$SECRET" "$T/last" "$T/auth" "$T/authd.log")" '' \
    'the password is nowhere on the disk'
exits 0 'apply' "$AUTHCTL" -c "$T/authd.cf" apply
is "$(cat "$T/out")" 'fred@example.org: yescrypt, SCRAM-SHA-256' \
    'says what it put in'
is "$(has fred)" '$y$ scram-sha-256 ' 'a better hash, and SCRAM'
is "$(rest fred)" "$before" 'and nothing else'
is "$(smtp_login SCRAM-SHA-256 fred@example.org)" 235 'SCRAM: he may send'
is "$(smtp_login PLAIN fred@example.org)" 235 'PLAIN, still'
ok 'the app password, still' logs_in fred "$app"
ok 'a wrong password, still' eval '! logs_in fred wrong'
ok 'nothing is left' waits 0
is "$(smtp_login LOGIN joe@example.org)" 235 'LOGIN'
ok 'does the same' wait_for waits 1
exits 0 'again' "$AUTHCTL" -c "$T/authd.cf" apply
is "$(smtp_login SCRAM-SHA-256 joe@example.org)" 235 'and SCRAM'
postfix_stop
wait_for grep -q 'rehash: user=joe@example.org waits' "$T/authd.log"
is "$(log_count 'rehash: user=fred@example.org')" 1 \
    'who has all is not taken again'

# --- what happens between the login and apply

import_users fred joe ann
for user in fred fred fred joe ann; do
	ok "$user logs in" logs_in $user "$SECRET"
done
ok 'three wait' wait_for waits 3
wait_for grep -q 'rehash: user=ann@example.org waits' "$T/authd.log"
is "$(log_count 'rehash: user=fred@example.org')" 2 \
    'who waits already is not taken again'
authctl user suspend fred --reason stolen >/dev/null 2>&1
user_add joe-2 other # the database changes
printf '%s\n' another-1 | authctl user passwd joe --password-stdin
authctl user del ann
suspended=$(rest fred)
joe=$(record joe)
exits 0 'apply' "$AUTHCTL" -c "$T/authd.cf" apply
like "$(cat "$T/out")" '*fred@example.org: yescrypt, SCRAM-SHA-256*' \
    'who was suspended'
is "$(rest fred)" "$suspended" 'is suspended'
is "$(record joe)" "$joe" 'who has another password meanwhile keeps that'
is "$(record ann)" '' 'who was removed is not made again'
ok 'all of it is used up' waits 0

# What was typed need not be the password, where the hash does not see it all.
{
	echo 'des:{DES-CRYPT}syMT0vy0XFDEY'
	perl -e 'print "longer:{DES-CRYPT}", crypt("password-1", "aa"), "\n"'
} >"$T/passwd"
authctl import passwd-file "$T/passwd" >/dev/null
ok 'DES, all of it seen' logs_in des secret
ok 'what DES does not see' logs_in longer password-2
ok 'only one waits' wait_for waits 1
exits 0 'apply' "$AUTHCTL" -c "$T/authd.cf" apply
is "$(cat "$T/out")" 'des@example.org: yescrypt, SCRAM-SHA-256' \
    'only one is certain'
ok 'the other password is still right' logs_in longer password-1

# --- what somebody plants who has taken authd over

plant() {
	install -o sekisho-authd -m 600 /dev/null "$SPOOL/$1"
	cat >"$SPOOL/$1"
}
one_entry() {
	find "$SPOOL" -type f -name '[0-9a-f]*'
}
import_users fred bob
authctl user resume fred >/dev/null 2>&1
ok 'a login' logs_in fred "$SECRET"
ok 'waits' wait_for waits 1
entry=$(one_entry)
good=$(cat "$entry")
digest=${entry##*/}
other=$(echo "$digest" | tr 0-9a-f 1-9a-f0)
inode=$(stat -c %i "$T/auth/users.gdbm")
# ignores WHAT PATTERN: apply leaves the database alone, and says so
ignores() {
	exits 0 "$1" "$AUTHCTL" -c "$T/authd.cf" apply
	like "$(cat "$T/out")" "$2" "$1: said"
	is "$(stat -c %i "$T/auth/users.gdbm")" "$inode" "$1: ignored"
	is "$(find "$SPOOL" -mindepth 1)" '' "$1: gone"
}
mv "$entry" "$T/last/entry"
ln -s "$T/last/entry" "$entry"
ignores 'a symbolic link' '*removed*'
echo "$good" | plant "$digest"
chown root "$entry"
ignores 'of another user' "*not authd's alone: removed*"
echo "$good" | plant "$digest"
chmod 622 "$entry"
ignores 'open to all' "*not authd's alone: removed*"
echo "$good" | plant "$digest"
ln "$entry" "$T/last/link"
ignores 'with a second name' '*not a file of its own: removed*'
{ echo "$good" && seq 2000; } | plant "$digest"
ignores 'too large' '*too large: removed*'
mkfifo "$entry"
ignores 'a pipe' '*not a file of its own: removed*'
mkdir "$entry"
ignores 'a directory' '*not a file of its own: removed*'
echo "$good" | plant "evil.$digest"
ignores 'a name of its own' '*not a name that authd gives: removed*'
for change in 1d 's/^user=.*//' s/^user=/User=/ s/^scram/status/ 2p \
    '$a\\' '$astatus=active' '$aexpires=0' '$aapp-password/x/created=1'; do
	echo "$good" | sed "$change" | plant "$digest"
	ignores "a changed form ($change)" '*not what authd writes*'
done
printf '%s' "$good" | plant "$digest"
ignores 'one that is not whole' '*not what authd writes*'
printf '%s\nx\0y\n' "$good" | plant "$digest"
ignores 'one with a NUL byte' '*not what authd writes*'
echo "$good" | plant "$other"
ignores 'a name for another password' ''
echo "$good" | sed 's/fred@/nobody@/' | plant "$digest"
ignores 'a user who is not there' '*of no user*'
echo "$good" | sed 's/^user=.*/user=sekisho-users/' | plant "$digest"
ignores "the database's own entry" '*of no user*'
echo "$good" | sed 's/fred@/Fred@/' | plant "$digest"
ignores 'a name in another form' '*of no user*'
echo "$good" | sed -e '/^password/s/\$y\$/$1$/' \
    -e 's/^scram-sha-256=SCRAM-SHA-256.4096/scram-sha-256=SCRAM-SHA-256$9999/' |
    plant "$digest"
ignores 'secrets that would not be made today' ''
echo "$good" | plant "$digest"
chmod 777 "$SPOOL"
exits 66 'a directory that is open to all' "$AUTHCTL" -c "$T/authd.cf" apply
like "$(cat "$T/out")" '*others than authd may write there*' 'said'
chmod 700 "$SPOOL"
mv "$T/last/logins" "$T/last/away"
exits 66 'no last logins' "$AUTHCTL" -c "$T/authd.cf" apply
ok 'it waits for them' waits 1
authd_stop
mv "$T/last/away" "$T/last/logins"
authctl user del bob
import_users bob
inode=$(stat -c %i "$T/auth/users.gdbm")
echo "$good" >"$T/good"
rm "$entry"
start
ok 'an authd without rehash' logs_in bob "$SECRET"
ok 'keeps nothing' waits 0
plant "$digest" <"$T/good"
ignores 'rehash = no' ''
authd_stop
is "$(has fred)" '$6$ ' 'in the end nothing came in' ||
    bail_out 'he has all, and what follows would wait for it'

# --- without a recorded login

start 'rehash = yes' "last_login_file = $T/last/none"
ok 'the last one' logs_in bob "$SECRET"
ok 'waits' wait_for waits 1
authd_stop
rm "$T/last/none"
authd_start_other() {
	start 'rehash = yes' "last_login_file = $T/last/none"
}
authd_start_other
ok 'another user' logs_in fred "$SECRET"
ok 'waits, too' wait_for waits 2
find "$SPOOL" -type f -exec touch -d '1 minute ago' {} +
last_known() {
	authctl user show -j fred | grep -q '"last_login":{"time"'
}
ok 'his login is known' wait_for last_known
exits 0 'apply' "$AUTHCTL" -c "$T/authd.cf" apply
like "$(cat "$T/out")" '*fred@example.org: yescrypt, SCRAM-SHA-256*' \
    'whose login is known'
like "$(cat "$T/out")" '*bob@example.org: no login of his is known*' \
    'gets it, who has none does not'
is "$(has bob)" '$6$ ' 'nothing of it'
authd_stop

# --- kill -9

# shellcheck disable=SC2086 # words
import_users $USERS
for user in $USERS; do
	start 'rehash = yes'
	logs_in "$user" "$SECRET" || bail_out "$user cannot log in"
	kill -9 "$authd_pid"
	wait "$authd_pid" 2>/dev/null
done
start 'rehash = yes'
for user in $USERS; do
	ok "$user, whom a kill may have cost it, logs in" \
	    logs_in "$user" "$SECRET"
done
ok 'all wait' wait_for waits 8
# Killed ever later, until one ends by itself.
for wait in $(seq 0 5 300); do
	"$AUTHCTL" -c "$T/authd.cf" apply >/dev/null 2>&1 &
	pid=$!
	sleep "$(printf '0.%03d' "$wait")"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null && break
	logs_in hal "$SECRET" || bail_out 'hal cannot log in any more'
done
exits 0 'killed again and again, apply' "$AUTHCTL" -c "$T/authd.cf" apply
for user in $USERS; do
	is "$(has "$user")" '$y$ scram-sha-256 ' "$user has it all"
	ok "$user can log in" logs_in "$user" "$SECRET"
done
ok 'nothing is left' wait_for waits 0
done_testing
