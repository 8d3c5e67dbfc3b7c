#!/bin/sh
# Users move in from other programs and log in with the passwords they had;
# what cannot be taken over is told by line and left out.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

authd_start 'mechanisms = PLAIN LOGIN' 'auth_failure_delay = 0' \
    "saslauthd_listen = unix:$T/mux" 'password_scheme = bcrypt:4'

# accepts NAME PASSWORD: as a Cyrus-linked program would ask
accepts() {
	case $1 in
	*@*) set -- "${1%@*}" "$2" "${1#*@}" ;;
	*) set -- "$1" "$2" '' ;;
	esac
	testsaslauthd -u "$1" -p "$2" -r "$3" -f "$T/mux" -s smtp |
	    grep -q 'OK "Success."'
}

# all_log_in USER...: with the password "secret", and with no other
all_log_in() {
	for user; do
		ok "$user logs in" accepts "$user@example.org" secret
		ok "$user has no other password" eval \
		    '! accepts "$user@example.org" Secret'
	done
}

import() {
	authctl import "$@" >"$T/out" 2>"$T/err"
	echo "$? $(cat "$T/out" "$T/err")"
}

# --- sasldb

printf 'pass1' | saslpasswd2 -p -c -f "$T/sasldb" -u example.org cyrus
printf 'pass2' | saslpasswd2 -p -c -f "$T/sasldb" -u other.example cyrus
db_dump -f "$T/sasldb.txt" "$T/sasldb"
like "$(import sasldb "$T/sasldb.txt")" '0 imported 2, skipped 0*' 'sasldb'
ok 'logs in' accepts cyrus@example.org pass1
ok 'with the password of the realm' accepts cyrus@other.example pass2
ok 'and no other' eval '! accepts cyrus@other.example pass1'
ok 'no password stays behind' eval '! grep -qa pass1 "$T/auth/users.gdbm"'
db_dump -p -f "$T/sasldb.txt" "$T/sasldb"
like "$(import sasldb "$T/sasldb.txt" --replace)" '0 imported 2, skipped 0*' \
    'sasldb as db_dump -p writes it'
ok 'logs in again' accepts cyrus@example.org pass1
sed -i '/^DATA=END/d' "$T/sasldb.txt"
like "$(import sasldb "$T/sasldb.txt")" '66 *ends before DATA=END: not whole' \
    'a file that is not whole'
like "$(import sasldb "$T/sasldb")" '66 *not the output of db_dump*' \
    'sasldb itself'

# --- Dovecot's passwd-file: "secret" in the schemes of doveadm pw

cat >"$T/passwd" <<'END'
# a comment
plain:{PLAIN}secret
clear-b64:{CLEARTEXT.b64}c2VjcmV0
crypt:{CRYPT}$2y$05$aK/cSOIakcROja9S2bF5tOSWPkiwAsRxhltdfKSAtxmuzwUDkRSvu
implied:$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1:1000:1000::/home/x::userdb_a=b
sha512-crypt:{SHA512-CRYPT}$6$DR21tA3VAODesdNP$7jr7uo0LwJ.hQNOeZ2l0JEJzikBYq/FryDbcmcQRTlTEGaEE38ZgM9.Kx6Azsxt3IULWXiTwGTruK12Z4I0fw.
blf-crypt:{BLF-CRYPT}$2y$05$aK/cSOIakcROja9S2bF5tOSWPkiwAsRxhltdfKSAtxmuzwUDkRSvu
md5-crypt:{MD5-CRYPT}$1$53tfwlqN$70iJ.mJkEuv0DSxTfscuS1
des-crypt:{DES-CRYPT}syMT0vy0XFDEY
ssha:{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH
ssha256:{SSHA256}TBCproOQCNmF4odCrPQNE71EIQnKmxuRx3hrp/rTQa1Fsgfe
ssha512:{ssha512}9x+HgYhAuXeWleFHthiSxy7s5puAqCt/UvOvvg0gevRW587TVUl12Z0hIqFTKoQZwESMnTp7LvLSyVPxxTeuUsGtkXI=
smd5:{SMD5}N4g4Ujtrx30QOxlkQ75u514D5gU=
plain-md5:{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69
argon2id:{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$8AnqayM1uXixEU7gLfFicA$VjABeXCQMxVx3kBUYMoflzsmyJh/sJQy3H3yla5RMZ8
pbkdf2:{PBKDF2}$1$z0nBdhLdCSklPoBJ$5000$e884bd7e7188647bd1ca373dacb22b4ca1a94f70
scram-1:{SCRAM-SHA-1}4096,s3PTvUau9Gp72HkOzI8R/Q==,IFqi86XU92HV207REZzm9nwu71c=,ahgWWuvTrSl27HzLNW92WcQxqgg=
scram-256:{SCRAM-SHA-256}4096,catzFFBaZX/N5R1RQCg51g==,r+F77xH4ZbhPWj7391swYM2CdycNZBeruTsPVGyMcAE=,30UnQIJRqjHIdvQMBBKu7nZMQTcSs9jE1tfAUW2k7A4=
cram-md5:{CRAM-MD5}cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56
END
users=$(sed -n 's/:.*//p' "$T/passwd" | grep -v '#')
like "$(import passwd-file "$T/passwd")" '0 imported 18, skipped 0*' 'passwd-file'
# shellcheck disable=SC2086 # words
all_log_in $users

# --- all that this Dovecot writes, in all encodings

for scheme in $(doveadm -O pw -l); do
	case $scheme in
	OTP | DIGEST-MD5 | PLAIN-TRUNC) continue ;; # see below
	esac
	for encoding in '' .b64 .hex; do
		echo "dovecot-$scheme$encoding:$(doveadm -O pw -p secret \
		    -s "$scheme$encoding")"
	done
done >"$T/passwd"
users=$(sed 's/:.*//' "$T/passwd")
is "$(import passwd-file "$T/passwd" | head -n 1)" \
    "0 imported $(echo "$users" | wc -l), skipped 0" "Dovecot's schemes"
# shellcheck disable=SC2086 # words
all_log_in $users

# --- what OpenLDAP writes (slappasswd -s secret), and other programs

cat >"$T/passwd" <<'END'
ldap-argon2:{ARGON2}$argon2id$v=19$m=7168,t=5,p=1$Z/oasanpLTJ5I66PSajebQ$DPuNplWFkArZc53gME4/nrgayqLNuczEa+ikb9LWFw8
ldap-pbkdf2:{PBKDF2}10000$nfs6KbcPAK/C9hPzRum2FQ$dxk/70G58/ZL9U.BmevI5ZEPJZQ
ldap-pbkdf2-1:{PBKDF2-SHA1}10000$jg6Bui4QNR/TYvytwyXCbg$I.mzTz9kE/DJRrWEfG34GVnm6PQ
ldap-pbkdf2-256:{PBKDF2-SHA256}10000$..9QcLpRl6srOMkJ4yj0nw$d2v8UWsWx0nm/04ki7Wu8JAMoB2TtVMWTlTXDDSuRLc
ldap-pbkdf2-512:{pbkdf2-sha512}10000$27kCZt5dHVZ4wwP.k0pMYw$0oh5wthfMNQipMEOHf9x4keRRbFKXmcH5f3KDtbc1ujDm1/Q3F/FyzgtQixI/D0xKW7htGfZivo1OpW4qb6AEA
ldap-ssha384:{SSHA384}P6yXDFiFfwYT7rfWJOv7wkOiqU6aBTjG5SkFWb2BnItOLNKi0AixiedOp3Dxl9fvke4f22jM9Ms=
ldap-sha384:{SHA384}WKd1ukESvjAFrkQHznV9iP2nHUBJe7gCbsrFTU4//HIyzo3jq1rLMK45dg/ufFPt
ldap-md5:{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==
ldap-md5-hex:{MD5}5ebe2294ecd0e0f08eab7690d2a6ee69
ldap-smd5:{SMD5}ctldHmaKRutOvFqSDS//nIobg4c=
ldap-crypt:{CRYPT}9UmiVuznSW40k
ldap-apr1:{APR1}FmksZ8g5KlpmOwCBKN7nr3NOc01rL3ZZ
ldap-bsdmd5:{BSDMD5}etbQggs0GS8IilTt761DjTBiU1JNNW1r
argon2-lanes:{ARGON2ID}$argon2id$v=19$m=8192,t=3,p=4$c29tZXNhbHQxMjM0NTY3OA$L3hCDCwm+B8yAPdj6HsBeraUlpdNjB1YuodrafRkjZw
argon2i-lanes:{ARGON2I}$argon2i$v=19$m=8192,t=4,p=3$c29tZXNhbHQxMjM0NTY3OA$w+vErgkbIMufza3OXs0kPOguOTBaoRV9heQpX9Fxy2U
END
users=$(sed 's/:.*//' "$T/passwd")
is "$(import passwd-file "$T/passwd")" '0 imported 15, skipped 0' 'OpenLDAP'
# shellcheck disable=SC2086 # words
all_log_in $users

# --- what cannot be taken over

cat >"$T/passwd" <<'END'
digest:{DIGEST-MD5}aaaabbbbccccddddaaaabbbbccccdddd
costly:{SHA512-CRYPT}$6$rounds=900000000$aaaaaaaa$7jr7uo0LwJ.hQNOeZ2l0JEJzikBYq/FryDbcmcQRTlTEGaEE38ZgM9.Kx6Azsxt3IULWXiTwGTruK12Z4I0fw.
huge:{ARGON2ID}$argon2id$v=19$m=6553600,t=3,p=1$8AnqayM1uXixEU7gLfFicA$VjABeXCQMxVx3kBUYMoflzsmyJh/sJQy3H3yla5RMZ8
limited:{PLAIN}secret::::::allow_nets=192.0.2.0/24
none:
a b:{PLAIN}secret
locked:{PLAIN}secret::::::nologin
locked:{PLAIN}again
torn:{SSHA}ya2bxCNpwhsU
plain:{PLAIN}other
bare:ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH
blank:{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH 
unknown:{secret}ya2bxCNpwhsU
END
is "$(import passwd-file "$T/passwd")" '1 imported 1, skipped 12
1 passwords in the clear made secrets for PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 SCRAM-SHA-512 CRAM-MD5
authctl: line 1: digest@example.org: scheme {DIGEST-MD5} cannot be verified here
authctl: line 2: costly@example.org: {SHA512-CRYPT}: its cost is too high (0.5 s, 128 MiB)
authctl: line 3: huge@example.org: {ARGON2ID}: its cost is too high (0.5 s, 128 MiB)
authctl: line 4: limited@example.org: allow_nets limits this user, and cannot be taken over
authctl: line 5: none@example.org: no password
authctl: line 6: user name has a blank
authctl: line 8: locked@example.org: is in the file more than once
authctl: line 9: torn@example.org: {SSHA}: the hash is not whole
authctl: line 10: plain@example.org: there is such a user already (--replace)
authctl: line 11: bare@example.org: the hash is not whole, and there is no {SCHEME} before it (--scheme says which it is)
authctl: line 12: blank@example.org: the hash ends in a blank
authctl: line 13: unknown@example.org: its {SCHEME} is not known here' \
    'what cannot be taken over is told by line'
ok 'none of them is there' eval \
    '! authctl user list | grep -E "^(digest|costly|huge|limited|none|torn)@"'
ok 'nologin came as suspended' eval \
    'authctl user show locked | grep -q "^status  *suspended"'
ok 'and cannot log in' eval '! accepts locked@example.org secret'

# --- the CR of CR LF belongs to no password

printf 'secret\r\n' | authctl user add dos1 --password-stdin
printf 'user add dos2 secret\r\nuser add dos3 secret \r\n' | authctl batch
ok '--password-stdin' accepts dos1@example.org secret
ok 'batch' accepts dos2@example.org secret
ok 'a blank before it does' accepts dos3@example.org 'secret '

# --- saslauthd's clients: passwords as long as in SMTP, refusals in the log

for length in 257 511; do
	password=$(printf "%0${length}d" 0)
	hash=$(printf '%s' "$password" | openssl dgst -sha1 -binary | base64)
	echo "long$length:{SHA}$hash" | authctl import htpasswd - >"$T/out"
	ok "a password of $length bytes" accepts "long$length@example.org" \
	    "$password"
done
ok 'one of 512 bytes is refused' eval \
    '! accepts long511@example.org "${password}0"'
ok 'and said so' grep -q \
    'saslauthd: refused a request: a field is too long' "$T/authd.log"

# --- shadow, htpasswd

sha512=$(openssl passwd -6 secret)
cat >"$T/shadow" <<END
root:*:19000:0:99999:7:::
bin:!:19000:0:99999:7:::
sh1:$sha512:19000:0:99999:7:::
sh2:!$sha512:19000:0:99999:7:::
sh3:$sha512:19000:0:99999:7::11000:
END
is "$(import shadow "$T/shadow")" \
    '0 imported 3, skipped 0, without a password 2' 'shadow'
ok 'logs in' accepts sh1@example.org secret
ok 'a locked one does not' eval '! accepts sh2@example.org secret'
ok 'nor an expired one' eval '! accepts sh3@example.org secret'

apr1=$(openssl passwd -apr1 secret)
printf '%s\n' "ht1:$apr1" 'ht2:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=' |
    authctl import htpasswd - >"$T/out"
is "$(cat "$T/out")" 'imported 2, skipped 0' 'htpasswd, from standard input'
ok '$apr1$' accepts ht1@example.org secret
ok '{SHA}' accepts ht2@example.org secret

# --- --realm, --scheme

printf 'rs1:%s\n' 'ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH' |
    authctl import htpasswd - --scheme SSHA --realm other.example >"$T/out"
is "$(cat "$T/out")" 'imported 1, skipped 0' 'a file without scheme and realm'
ok 'logs in there' accepts rs1@other.example secret
printf 'rs2:secret\nrs3@third.example:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n' |
    authctl import htpasswd - --scheme PLAIN --realm other.example >"$T/out"
is "$(head -n 1 "$T/out")" 'imported 2, skipped 0' 'in the clear'
ok 'with the scheme that was named' accepts rs2@other.example secret
ok 'a field keeps its own, and a name its realm' \
    accepts rs3@third.example secret
exits 64 'an unknown scheme' \
    "$AUTHCTL" -c "$T/authd.cf" import htpasswd /dev/null --scheme SECRET
exits 64 'a realm that is none' \
    "$AUTHCTL" -c "$T/authd.cf" import htpasswd /dev/null --realm a@b

# --- a directory, as slapcat writes it

cat >"$T/ldif" <<'END'
dn: dc=example,dc=org
objectClass: dcObject
dc: example
creatorsName:

# who has expired
dn: uid=ann,dc=example,dc=org
uid: ann
mail: annie@example.org
userPassword:: e1NTSEF9eWEyYnhDTnB3aHNVKzFSM2owVS83TmcxWGNLbGc2S0g=
shadowExpire: 11000

dn: cn=Bob with a very long name so that the line has to be folded by slapcat,
 dc=example,dc=org
mail: bob@other.example
USERPASSWORD:: e1NTSEE1MTJ9OXgrSGdZaEF1WGVXbGVGSHRoaVN4eTdzNXB1QXFDdC9Vdk92dmc
 wZ2V2Ulc1ODdUVlVsMTJaMGhJcUZUS29RWndFU01uVHA3THZMU3lWUHh4VGV1VXNHdGtYST0=

dn: uid=cid,dc=example,dc=org
uid: cid
userPassword:: c2VjcmV0

dn: uid=two,dc=example,dc=org
uid: two
userPassword:: c2VjcmV0
userPassword:: e1NTSEF9eWEyYnhDTnB3aHNVKzFSM2owVS83TmcxWGNLbGc2S0g=

dn: uid=lock,dc=example,dc=org
uid: lock
userPassword: {SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH
pwdAccountLockedTime: 000001010000Z

dn: cn=nobody,dc=example,dc=org
userPassword: secret

fred,secret
END
is "$(import ldif "$T/ldif")" '1 imported 4, skipped 3, without a password 1
1 passwords in the clear made secrets for PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 SCRAM-SHA-512 CRAM-MD5
authctl: line 23: two@example.org: has more than one password
authctl: line 33: has no uid and no mail
authctl: line 36: this entry is not LDIF' 'ldif'
ok 'base64, folded, by mail' accepts bob@other.example secret
ok 'in the clear' accepts cid@example.org secret
ok 'an expired one does not log in' eval '! accepts ann@example.org secret'
ok 'nor does a locked one' eval '! accepts lock@example.org secret'
is "$(authctl user list --without SCRAM-SHA-256 | grep -c '^cid@')" 0 \
    'a password in the clear makes secrets for all mechanisms'

# --- and out again

authctl export passwd-file >"$T/exported" 2>"$T/err"
cp "$T/authd.cf" "$T/second.cf"
sed -i "s,/auth/users,/auth/second," "$T/second.cf"
"$AUTHCTL" -c "$T/second.cf" import passwd-file "$T/exported" >"$T/out" 2>&1
is "$(head -n 1 "$T/out")" "imported $(wc -l <"$T/exported"), skipped 0" \
    'what goes out as passwd-file can come in again'
is "$("$AUTHCTL" -c "$T/second.cf" export passwd-file 2>/dev/null | sort)" \
    "$(sort "$T/exported")" 'and is the same then'

# --- many

seq -f 'user%06g:{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH' 100000 >"$T/many"
is "$(import passwd-file "$T/many")" '0 imported 100000, skipped 0' \
    '100,000 users'
ok 'the last one logs in' accepts user100000@example.org secret
inode=$(stat -c %i "$T/auth/users.gdbm")
seq -f 'user suspend user%06g' 100 100 100000 |
    authctl batch || bail_out 'no batch'
is "$(authctl user list -j | grep -c '"status":"suspended"')" 1003 \
    '1,000 changes in one batch'
ok 'in another file' [ "$inode" != "$(stat -c %i "$T/auth/users.gdbm")" ]
ok 'at once' eval '! accepts user100000@example.org secret'

done_testing
