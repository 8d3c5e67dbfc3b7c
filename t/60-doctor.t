#!/bin/sh
# doctor names what is wrong, and its line mends it: faults are made on a
# private Postfix and our daemons, one at a time, each found by its name, each
# silent once the line was typed or written.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=t/doctor.sh
. "$BUILD/t/doctor.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'
cp -a /etc "$T/machine-etc"
mount --bind "$T/machine-etc" /etc
postfix_start 'service_throttle_time = 1h'
authd_start
user_add fred secret || bail_out 'no user'
is "$(doctor authctl)" 'no faults found' 'authd: a good set-up' ||
    diag "$(cat "$T/not-checked")"

for chroot in y n; do
	postconf -c "$T/postfix" -F "*/inet/chroot=$chroot"
	good_keep
	faults authctl <<-END
	sasl-path|*smtpd_sasl_path = private/auth*|main_cf 'smtpd_sasl_path = private/auth'
	sasl-path|*127.0.0.1:587*|submission smtpd_sasl_path=smtpd
	sasl-path|*not listen*|main_cf 'smtpd_sasl_path = unix:/var/run/dovecot/auth'
	END
done
main_cf 'smtpd_tls_auth_only = yes'
good_keep
offers() {
	swaks --server 127.0.0.1 -p $SUBMISSION_PORT --tls --quit-after EHLO 2>&1 |
	    grep 'AUTH PLAIN'
}

for gave_up in 'smtpd_sasl_path = smtpd' 'smtpd_sasl_type = cyrus' \
    'smtpd_sasl_tls_security_options = noplaintext' \
    'smtpd_sasl_mechanism_filter = cram-md5'; do
	main_cf "$gave_up"
	postfix -c "$T/postfix" reload >"$T/out" 2>&1
	is "$(offers)" '' "$gave_up: smtpd gives up"
	line=$(doctor authctl | head -n 1)
	apply "${line##*; fix: }"
	like "$(offers)" '*AUTH PLAIN LOGIN' "$gave_up: and works at once"
	good_restore
done
faults authctl <<-END
sasl-type|*= cyrus*|main_cf 'smtpd_sasl_type = cyrus'
sasl-mechanisms|*no SASL authentication mechanisms*noplaintext*PLAIN LOGIN*|submission smtpd_sasl_security_options=noplaintext,noanonymous
sasl-mechanisms|*behind TLS*noplaintext*|main_cf 'smtpd_sasl_tls_security_options = noplaintext'
sasl-mechanisms|*forward_secrecy*|submission smtpd_sasl_security_options=forward_secrecy
sasl-mechanisms|*smtpd_sasl_mechanism_filter*|main_cf 'smtpd_sasl_mechanism_filter = cram-md5'
sasl-hidden|*smtpd_sasl_exceptions_networks*|main_cf 'smtpd_sasl_exceptions_networks = 0.0.0.0/0'
sasl-hidden|*= auth*|submission smtpd_discard_ehlo_keywords=auth
sasl-hidden|*= starttls*|submission smtpd_discard_ehlo_keywords=starttls
sasl-permit|*permit_sasl_authenticated*|main_cf 'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination'
sasl-off|*no service*|submission smtpd_sasl_auth_enable=no
tls-missing|*nobody can log in*|submission smtpd_tls_security_level=none
clear-passwords|*PLAIN without TLS*|submission smtpd_tls_auth_only=no && submission smtpd_tls_security_level=may
auth-port-25|*127.0.0.1:25*|main_cf 'smtpd_sasl_auth_enable = yes'
realm-doubled|*= example.org*|main_cf 'smtpd_sasl_local_domain = example.org'
database|*no users*|rm $T/auth/users.gdbm
database|*|echo garbage >$T/auth/users.gdbm
database-rights|*everybody (644)*|chmod o+r $T/auth/users.gdbm
database-rights|*open to the group daemon*|chgrp daemon $T/auth/users.gdbm
database-rights|*cannot be read by sekisho-authd*|chgrp root $T/auth/users.gdbm
rehash-rights|*open to others*(755)*|chmod 755 $T/last/rehash
rehash-rights|*not sekisho-authd*|chown daemon $T/last/rehash
rehash-waits|*since 1[0-9] min*|echo rehash = yes >>$T/authd.cf && authctl ask reload && install -o sekisho-authd -m 600 /dev/null $T/last/rehash/$(printf %064d 0) && touch -d '15 min ago' $T/last/rehash/$(printf %064d 0)
no-users|*|authctl user del fred
no-secret|*1 of 1 users*CRAM-MD5*|echo mechanisms = PLAIN CRAM-MD5 >>$T/authd.cf && authctl ask reload
default-realm|*(example.com)*|echo default_realm = example.com >>$T/authd.cf && authctl ask reload
clock|*in the future*|late=-1d
authd-old|*auth_failure_delay*|echo auth_failure_delay = 3s >>$T/authd.cf
authd-old|*workers*|echo workers = 3 >>$T/authd.cf
authd-down|*does not run*|authd_stop
authd-down|*does not answer*|kill -STOP \$authd_pid
socket-missing|*nobody listens*|rm $AUTH_SOCKET
socket-dead|*nobody listens*|rm $AUTH_SOCKET; socket_dead $AUTH_SOCKET
socket-directory|*may not enter $T/queue/private*|chown root $T/queue/private
socket-rights|*may not write*|chown root:root $AUTH_SOCKET
socket-acl|*access control list*|socket_acl $AUTH_SOCKET
socket-stranger|*as it should*|rm $AUTH_SOCKET; socket_stranger $AUTH_SOCKET 'echo hello'
socket-silent|*|rm $AUTH_SOCKET; socket_stranger $AUTH_SOCKET 'read line'
END

port_taken() {
	socat "TCP-LISTEN:$1,bind=127.0.0.1,fork" SYSTEM:cat &
	wait_for eval "echo | socat -T 1 - TCP:127.0.0.1:$1"
}

# As a client of a provider.
provider_start
mkdir "$T/sent"
secret=$T/sent/passwd
echo '[192.0.2.9]:587 site@example.org:SECRET' >"$secret"
chmod 600 "$secret"
main_cf 'relayhost = [192.0.2.9]:587'
main_cf 'smtp_sasl_auth_enable = yes'
main_cf 'smtp_sasl_security_options = noanonymous'
main_cf 'smtp_tls_security_level = encrypt'
main_cf "smtp_sasl_password_maps = texthash:$secret"
good_keep
is "$(doctor authctl)" 'no faults found' 'authd: through a provider' ||
    diag "$(cat "$T/not-checked")"
relayhost_of() {
	echo "192.0.2.9 $1" >>/etc/hosts
	main_cf "relayhost = [$1]:587"
}
faults authctl <<-END
relay-provider|*OAuth*|relayhost_of smtp.office365.com
relay-options|*noplaintext*|main_cf 'smtp_sasl_security_options = noplaintext, noanonymous'
relay-clear|*in clear*|main_cf 'smtp_tls_security_level = may'
relay-secret|*everybody (644)*|chmod 644 $secret
relay-secret|*open to the group postfix*|chmod 640 $secret && chgrp postfix $secret
relay-map|*is newer than*|main_cf 'smtp_sasl_password_maps = hash:$secret'
key-rights|*a key of TLS*|chmod 644 $T/key.pem
port-stranger|*socat*port 465*|port_taken 465
END
options='--outbound 192.0.2.9'
faults authctl <<-END
outbound|*192.0.2.9:25 is blocked*|filter_begin '' prohibit
outbound|*192.0.2.9:25 is blocked*|filter_begin '' unreachable
outbound|*192.0.2.9:25 is blocked*|filter_begin in_provider blackhole
END
# other WORDS HOST: what is no filter
other() {
	options="--outbound $2"
	like "$(doctor authctl)" "fault outbound: *$2* $1*" "outbound: $2: $1"
}
other 'is refused' 192.0.2.9:26
other 'is silent' 192.0.2.77
other 'no such name' nowhere.example
options=
main_cf 'relayhost ='
doctor authctl >"$T/out"
like "$(cat "$T/not-checked")" '*not checked: outbound: no relayhost*' \
    'outbound: no host, not checked'
good_restore

# named ID WORDS NAME: found, and its line is for people
named() {
	doctor authctl >"$T/findings"
	like "$(cat "$T/findings")" "*$1: $2; fix: *" "$3"
	good_restore >"$T/restored" 2>&1
}
main_cf "smtpd_tls_cert_file = $T/nowhere.pem"
named tls-file "*$T/nowhere.pem is not there*" 'no certificate'
main_cf 'smtpd_tls_cert_file ='
named tls-missing '*has no certificate*' 'no certificate is named'
rm "$T/postfix/master.cf"
named main-cf '*master.cf: No such file or directory' 'no master.cf'
echo 'mechanism = PLAIN' >>"$T/authd.cf"
named authd-config '*mechanism*did you mean mechanisms*' 'a parameter misspelt'

# An installed program knows the filter that belongs to it.
for file in sbin/sekisho-authctl share/sekisho/fail2ban/filter.conf; do
	mkdir -p "$T/usr/$(dirname "$file")"
done
cp "$AUTHCTL" "$T/usr/sbin/sekisho-authctl"
cp "$BUILD/etc/fail2ban/filter.conf" "$T/usr/share/sekisho/fail2ban"
mkdir -p /etc/fail2ban/filter.d
AUTHCTL=$T/usr/sbin/sekisho-authctl
faults authctl <<-END
fail2ban|*another version*|echo old >/etc/fail2ban/filter.d/sekisho-authd.conf
END
AUTHCTL=$BUILD/authd/authctl

doctor_json() {
	"$AUTHCTL" -c "$T/authd.cf" doctor -j "$T/postfix" 2>"$T/not-checked"
}
is "$(doctor_json)" '[]' 'no findings as JSON'
main_cf 'smtpd_sasl_local_domain = example.org'
like "$(doctor_json)" \
    '[[]{"severity":"warning","id":"realm-doubled","what":"*","fix":"postconf *"}]' \
    'a finding as JSON'
good_restore
timeout "$DEADLINE" setpriv --reuid 4711 --regid 4711 --clear-groups \
    "$AUTHCTL" -c "$T/authd.cf" doctor "$T/postfix" >"$T/out" 2>&1
is "$?" 0 'without root'
like "$(cat "$T/out")" '*not checked: open *authd.cf: Permission denied*
*no faults found*' 'without root: says what it could not check'
done_testing
