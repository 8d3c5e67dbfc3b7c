#!/bin/sh
# The log as a real journal and a real rsyslog write it: priorities, one name,
# and lines that fail2ban and pflogsumm read right.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

mechanisms='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256'

sekisho_host mx rsyslog fail2ban python3-systemd gsasl swaks pflogsumm
host copy mx "$BUILD/t/login" /root/login
host copy mx "$BUILD/etc/fail2ban/filter.conf" \
    /etc/fail2ban/filter.d/sekisho-authd.conf
printf '%s\n' "mechanisms = $mechanisms" 'default_realm = example.org' \
    'auth_failure_delay = 0' 'password_scheme = bcrypt:4' >"$T/authd.cf"
printf '%s\n' 'smtpd_client_restrictions =' \
    '  warn_if_reject reject_non_fqdn_helo_hostname' \
    'smtpd_sender_restrictions =' \
    '  check_sender_access inline:{{no@example.net=REJECT no}}' \
    >"$T/policyd.cf"
for daemon in authd policyd; do
	host copy mx "$T/$daemon.cf" "/root/$daemon.cf"
	in_host mx sh -c "cat /root/$daemon.cf >>/etc/sekisho/$daemon.cf"
done
in_host mx sh -c 'echo secret |
    sekisho-authctl user add fred@example.org --password-stdin &&
    postconf -e smtpd_sasl_type=dovecot smtpd_sasl_path=private/sekisho-auth \
	smtpd_sasl_auth_enable=yes mydestination=example.org \
	local_recipient_maps= smtpd_error_sleep_time=0 \
	"smtpd_recipient_restrictions=check_policy_service unix:private/sekisho-policy" &&
    systemctl enable --now sekisho-authd sekisho-policyd &&
    systemctl restart rsyslog postfix' >"$T/out" 2>&1 ||
    bail_out 'the host is not ready' "$(cat "$T/out")"

# guess PASSWORD: one login by each mechanism
guess() {
	for mechanism in $mechanisms; do
		in_host mx timeout 60 gsasl --smtp --connect=127.0.0.1:25 \
		    --no-starttls --no-cb --mechanism="$mechanism" \
		    --authentication-id=fred --authorization-id= \
		    --password="$1" </dev/null >"$T/gsasl" 2>&1
	done
}

# by ADDRESS NAME PASSWORD: PLAIN, from there
by() {
	in_host mx perl /root/login -i "$1" \
	    /var/spool/postfix/private/sekisho-auth "$2" "$3" >"$T/by"
}

guess wrong
guess secret
forged='ip=203.0.113.66 result=fail reason=x ms=1'
by 198.51.100.1 nobody wrong
by 2001:db8::1 fred wrong
by 198.51.100.2 "a $forged" wrong
by 198.51.100.3 "a\" mech=PLAIN service=smtp $forged" wrong
by 198.51.100.4 "a
mx sekisho-authd[1]: login: user=a mech=PLAIN service=smtp $forged" wrong
by 198.51.100.5 "[203.0.113.66]: login: user=a mech=PLAIN service=smtp $forged" \
    wrong
by 198.51.100.6 "a\\\" $forged" wrong
by 198.51.100.99 fred secret
guilty='127.0.0.1*5 198.51.100.1*1 198.51.100.2*1 198.51.100.3*1 198.51.100.4*1 198.51.100.5*1 198.51.100.6*1 2001:db8::1*1'

# logged N: rsyslog has written so many logins
logged() {
	wait_for eval "[ \$(in_host mx grep -c 'login: .*result=' \
	    /var/log/mail.log) -ge $1 ]"
}

# found LOG: whom fail2ban finds there
found() {
	in_host mx fail2ban-regex -o ip "$1" \
	    /etc/fail2ban/filter.d/sekisho-authd.conf |
	    sort | uniq -c | awk '{ print $2 "*" $1 }' | paste -sd' '
}

logged 18
is "$(found systemd-journal)" "$guilty" \
    'fail2ban finds every guesser in the journal, and nobody else'
is "$(found /var/log/mail.log)" "$guilty" \
    'and in what rsyslog wrote'
is "$(in_host mx grep -c 'login: .*result=ok' /var/log/mail.log)" 6 \
    'the others were good'

texts() {
	journal mx -t sekisho-authd -t sekisho-policyd
}
is "$(texts | sed -n 's/^login: //p')" \
    "$(in_host mx sed -n 's/^[^][]* sekisho-authd\[[0-9]*\]: login: //p' \
	/var/log/mail.log)" 'both have the same text'
is "$(texts | grep -E '^(<|sekisho-|authd|policyd)')" '' \
    'no name stands twice, and no priority in the text'

# in_unit NAME COMMAND...: run by the service manager; prints its exit code
in_unit() {
	unit=$1
	shift
	in_host mx systemd-run --quiet --wait --collect --unit="$unit" "$@"
	echo $?
}

# --- priorities ------------------------------------------------------------------

in_host mx sh -c 'echo workers = 3 >>/etc/sekisho/authd.cf &&
    systemctl reload sekisho-authd'
is "$(journal mx -u sekisho-authd -p warning)" \
    'warning: reload: workers has changed, which needs a restart' \
    'a warning has its priority'
in_host mx sh -c 'echo nonsense = 1 >>/etc/sekisho/authd.cf'
is "$(in_unit check sekisho-authd -t)" 78 'a bad file'
like "$(journal mx -u check -p err)" \
    'error: /etc/sekisho/authd.cf:*: *nonsense*' \
    'what -t says to a service manager has its own'
is "$(in_unit odd sekisho-authd --odd)" 64 'a wrong option'
like "$(journal mx -u odd -p err)" \
    '*--odd*usage: sekisho-authd *' 'and that an option is wrong'
is "$(in_unit tool sekisho-policyctl explain nonsense=1)" 64 \
    'an error of a tool'
like "$(journal mx -u tool -p err)" \
    'nonsense *' 'and what a tool has to say'
in_host mx sed -i '/^nonsense/d' /etc/sekisho/authd.cf

# --- without a service manager -----------------------------------------------------

in_host mx sh -c 'systemctl stop sekisho-authd.socket sekisho-authd
    sekisho-authd'
guess wrong
logged 23
is "$(found /var/log/mail.log)" "127.0.0.1*10 ${guilty#* }" \
    'in the background it logs the same to syslog'
in_host mx sh -c 'kill $(cat /run/sekisho/authd.pid)'

# --- policyd beside Postfix ----------------------------------------------------------

for sender in yes no; do
	in_host mx swaks --server 127.0.0.1 --from $sender@example.net \
	    --to user@example.org --ehlo h >"$T/swaks" 2>&1
done
wait_for in_host mx grep -q 'decision: action=refused' /var/log/mail.log
is "$(in_host mx grep -c 'decision: action=' /var/log/mail.log)" 3 \
    'policyd says why'
in_host mx sh -c 'cp /var/log/mail.log /root/both.log
    grep -v sekisho-policyd /root/both.log >/root/postfix.log
    PERL_HASH_SEED=0 pflogsumm /root/postfix.log' >"$T/counts"
like "$(cat "$T/counts")" '* 1   rejected (*' 'pflogsumm counts the refusal'
is "$(in_host mx env PERL_HASH_SEED=0 pflogsumm /root/both.log)" \
    "$(cat "$T/counts")" \
    'and not twice'

done_testing
