#!/bin/sh
# doctor has nothing to say of five good set-ups, chrooted or not.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/doctor.sh
. "$BUILD/t/doctor.sh"

# good TOOL NAME
good() {
	for chroot in y n; do
		postconf -c "$T/postfix" -F "*/inet/chroot=$chroot"
		is "$(doctor "$1")" 'no faults found' "$2, chroot $chroot: $1" ||
		    diag "$(cat "$T/not-checked")"
	done
}

hook='check_policy_service unix:private/sekisho-policy'

# Its people send through it.
postfix_start "smtpd_recipient_restrictions =" 'smtpd_tls_auth_only = yes'
authd_start 'mechanisms = PLAIN LOGIN SCRAM-SHA-256'
user_add fred secret || bail_out 'no user'
good authctl 'submission with AUTH'

# CRAM-MD5 only, with and without TLS.
authctl user del fred
cp -a "$T/postfix" "$T/plain"
echo 'mechanisms = CRAM-MD5' >>"$T/authd.cf"
service sekisho-authd restart
user_add fred secret || bail_out 'no user'
main_cf 'smtpd_sasl_security_options = noanonymous, noplaintext'
main_cf 'smtpd_tls_auth_only = no'
submission smtpd_tls_security_level=may
submission smtpd_tls_auth_only=no
good authctl 'CRAM-MD5 only'
cp -a "$T/plain/"*.cf "$T/postfix"

# Through a provider, and nobody logs in here.
provider_start
(umask 077; echo '192.0.2.9 site@example.org:SECRET' >"$T/passwd")
authd_stop
rm "$T"/auth/users.gdbm* "$T/authd.ctl"
cp "$BUILD/etc/authd.cf" "$T/authd.cf"
main_cf 'relayhost = [192.0.2.9]:587'
main_cf 'smtp_tls_security_level = encrypt'
main_cf 'smtp_sasl_auth_enable = yes'
main_cf 'smtp_sasl_security_options = noanonymous'
main_cf "smtp_sasl_password_maps = texthash:$T/passwd"
submission smtpd_sasl_auth_enable=no
good authctl 'through a provider'
policyd_conf "$(cat "$BUILD/etc/policyd.cf")"
good policyctl 'through a provider, policyd is installed only'
cp -a "$T/plain/"*.cf "$T/postfix"

# A mail server for a domain, whose lists of DNS and whose restrictions are
# those of the sample.
dnsbl bl.example ip4set <<END
:127.0.0.2:listed
127.0.0.2
END
dns_start </dev/null
submission smtpd_sasl_auth_enable=no
main_cf "smtpd_recipient_restrictions = $hook"
sed 's/^    reject_unknown_reverse_client_hostname/    reject_rbl_client bl.example,\n&/' \
    "$BUILD/etc/policyd.cf" >"$T/sample.cf"
policyd_start "$(cat "$T/sample.cf")"
wait_for lists_are_ok 1
good policyctl 'MX'

# Both, and nobody sends as somebody else.
cp -a "$T/plain/"*.cf "$T/postfix"
main_cf "smtpd_recipient_restrictions = $hook"
main_cf 'smtpd_sender_login_maps = regexp:{{/(.+)/ $$1}}'
submission smtpd_sender_restrictions=reject_sender_login_mismatch
authd_start
user_add fred secret || bail_out 'no user'
service sekisho-policyd restart
wait_for lists_are_ok 1
good policyctl 'both'
good authctl 'both'
done_testing
