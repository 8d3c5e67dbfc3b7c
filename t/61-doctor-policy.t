#!/bin/sh
# What policyctl doctor finds: see 60-doctor.t.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/doctor.sh
. "$BUILD/t/doctor.sh"

# One that protects from rebinding, on 127.0.0.2.
stripping_start() {
	sed -e 's/interface: 127.0.0.1@.*/interface: 127.0.0.2@53/' \
	    -e '/local-data/d' "$T/dns/zones" >"$T/dns/stripping"
	echo 'server: private-address: 127.0.0.0/8' >>"$T/dns/stripping"
	unbound_start stripping <"$T/dns/stripping"
}

policyd_line() {
	echo "$1" >>"$T/policyd.cf"
	service sekisho-policyd reload
}

for zone in bl.example wl.example; do
	dnsbl "$zone" ip4set <<-END
	:127.0.${zone%%l.*}.1:listed
	127.0.0.2
	END
	sed -i -e 's/127.0.b.1/127.0.0.2/' -e 's/127.0.w.1/127.0.10.1/' \
	    "$T/dns/$zone"
done
dns_start </dev/null
stripping_start
postfix_start 'smtpd_sender_login_maps = static:fred' \
    'mynetworks = 127.0.0.0/8' \
    'smtpd_end_of_data_restrictions = check_policy_service unix:private/sekisho-policy'
policyd_start \
    'smtpd_client_restrictions = permit_mynetworks, reject_rbl_client bl.example' \
    'smtpd_sender_restrictions = reject_sender_login_mismatch' \
    'smtpd_recipient_restrictions = reject_rate_limit' \
    'recipient_rate_limits = sasl_username 300/1h' \
    'smtpd_end_of_data_restrictions = reject_rate_limit'
wait_for lists_are_ok 1
is "$(doctor policyctl)" 'no faults found' 'policyd: a good set-up' ||
    diag "$(cat "$T/not-checked")"
good_keep
key=1234567890abcdefghijklmnop
hook='check_policy_service unix:private/sekisho-policy'
faults policyctl <<END
policyd-down|*does not run*|policyd_stop
policyd-down|*does not answer*|kill -STOP \$policyd_pid
policyd-old|*dns_timeout*|echo dns_timeout = 20s >>$T/policyd.cf
policyd-old|*relay_domains*|main_cf 'relay_domains = example.net'
config-rights|*everybody*|policyd_line 'smtpd_client_restrictions = reject_rbl_client bl.example reject_rbl_client $key.bl.example' && policyd_line 'dnsbl_untested = $key.bl.example' && chmod o+r $T/policyd.cf
socket-missing|*nobody listens*|rm $POLICY_SOCKET
socket-dead|*nobody listens*|rm $POLICY_SOCKET; socket_dead $POLICY_SOCKET
socket-directory|*may not enter*; fix: chown postfix *|chown root $T/queue/private
socket-rights|*may not write*|chown root:root $POLICY_SOCKET
socket-acl|*access control list*|socket_acl $POLICY_SOCKET
socket-stranger|*|rm $POLICY_SOCKET; socket_stranger $POLICY_SOCKET cat
state-lost|*in memory only*|chown root $T/policy && rm -f $T/policy/* && service sekisho-policyd restart
hook-missing|*|main_cf 'smtpd_recipient_restrictions =' && main_cf 'smtpd_end_of_data_restrictions ='
hook-dead|*unix:private/policy,*|main_cf 'smtpd_recipient_restrictions = check_policy_service unix:private/policy'
hook-dead|*|main_cf 'smtpd_recipient_restrictions = $hook, check_policy_service unix:private/postgrey'
hook-dead|*chrooted*|main_cf 'smtpd_recipient_restrictions = check_policy_service unix:$POLICY_SOCKET'
hook-behind|*permit_mynetworks*|main_cf 'smtpd_recipient_restrictions = permit_mynetworks, $hook'
hook-behind|*permit_sasl_authenticated*|main_cf 'smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination, $hook'
hook-list|*smtpd_recipient_restrictions*|main_cf 'smtpd_recipient_restrictions =' && main_cf 'smtpd_data_restrictions = $hook'
hook-list|*|main_cf 'smtpd_recipient_restrictions =' && main_cf 'smtpd_client_restrictions = $hook' && main_cf 'smtpd_delay_reject = no'
hook-list|*smtpd_data_restrictions*|policyd_line 'smtpd_data_restrictions = permit_mynetworks'
hook-context|*submision*|main_cf 'smtpd_recipient_restrictions = check_policy_service {unix:private/sekisho-policy,policy_context=submision}'
end-of-data|*|main_cf 'smtpd_end_of_data_restrictions ='
default-action|*DUNNO*|main_cf 'smtpd_policy_service_default_action = DUNNO'
default-action|*|main_cf 'smtpd_recipient_restrictions = check_policy_service { unix:private/sekisho-policy, default_action = OK }'
policy-timeout|*waits 10s*|main_cf 'smtpd_policy_service_timeout = 10s'
policy-timeout|*waits 3s*|main_cf 'smtpd_recipient_restrictions = check_policy_service { unix:private/sekisho-policy, timeout = 3s }'
limits-unused|*|policyd_line 'smtpd_recipient_restrictions =' && policyd_line 'smtpd_end_of_data_restrictions ='
limits-ends|*|policyd_line 'message_rate_limits = sasl_username 10/1h' && policyd_line 'smtpd_end_of_data_restrictions ='
limits-behind|*reject_rate_limit stands behind*|policyd_line 'smtpd_recipient_restrictions = permit_sasl_authenticated reject_rate_limit'
limits-behind|*reject_sasl_takeover stands behind*|policyd_line 'smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, warn_if_reject reject_sasl_takeover' && policyd_line 'recipient_rate_limits ='
limits-behind|*in submission/smtpd_recipient_restrictions*|policyd_line 'submission/smtpd_recipient_restrictions = permit_sasl_authenticated, reject_authenticated_sender_login_mismatch'
guard-unused|*takeover_action*|policyd_line 'takeover_action = hold'
limits-unseen|*127.0.0.1:587*|submission smtpd_recipient_restrictions=permit_sasl_authenticated,reject
networks-world|*the world*|main_cf 'mynetworks = 127.0.0.0/8, 0.0.0.0/0'
networks-world|*a part of the world*|main_cf 'mynetworks = 127.0.0.0/8, 192.0.0.0/8'
networks-world|*the world*|policyd_line 'mynetworks = 127.0.0.0/8 [::]/0'
networks-container|*172.17.0.1*|main_cf 'mynetworks = 127.0.0.0/8 172.16.0.0/12'
networks-container|*docker0*|ip link add docker0 type bridge && ip addr add 192.168.7.1/24 dev docker0 && main_cf 'mynetworks = 127.0.0.0/8 192.168.7.0/24'
networks-ipv6|*public prefix*|main_cf 'mynetworks = 127.0.0.0/8 [2001:db8:1::]/64'
submission-sender|*accepts any sender*|policyd_line 'smtpd_sender_restrictions ='
submission-sender|*accepts any sender*|policyd_line 'smtpd_sender_restrictions =' && main_cf 'smtpd_sender_login_maps =' && service sekisho-policyd restart
resolver-public|*8.8.8.8*|policyd_line 'resolver = 8.8.8.8'
resolver-strips|*rebind protection*|echo 'resolver = 127.0.0.2' >>$T/policyd.cf && service sekisho-policyd restart && wait_for eval 'policyctl lists | grep untestable' && settled='lists_are_ok 1'
resolver-dead|*gives no answer*|echo 'resolver = 127.0.0.3' >>$T/policyd.cf && service sekisho-policyd restart && settled='lists_are_ok 1'
dnsbl-state|*gone.example is quarantined*|policyd_line 'smtpd_client_restrictions = reject_rbl_client bl.example reject_rbl_client gone.example' && wait_for eval 'policyctl lists | grep quarantined'
dnsbl-filter|*(127.0.10.1)*|policyd_line 'smtpd_client_restrictions = reject_rbl_client wl.example=127.0.0.[1..9]'
dnsbl-twice|*bl.example*|main_cf 'smtpd_recipient_restrictions = $hook, reject_rbl_client bl.example'
dnsbl-twice|*postscreen*|main_cf 'postscreen_dnsbl_sites = bl.example*2, xx.example' && postconf -c $T/postfix -M '2525/inet=2525 inet n - y - 1 postscreen'
END
echo 'joe@example.net OK' >"$T/senders"
chgrp sekisho "$T/senders"
policyd_line "smtpd_helo_restrictions = check_sender_access texthash:$T/senders"
echo '  no line' >"$T/senders"
wait_for eval 'policyctl ask tables | grep "old content"'
like "$(doctor policyctl)" "warning table-old: the table texthash:$T/senders *" \
    'a table that is wrong'
good_restore >"$T/restored" 2>&1

# Tables that servers have.
proxymap_end() {
	# shellcheck disable=SC2046 # words
	kill -9 $(pgrep -x proxymap) 2>/dev/null
	policyctl ask flush
}
table=proxy:texthash:$T/postfix
touch "$T/postfix/helo" "$T/postfix/other"
main_cf "proxy_read_maps = $table/helo"
main_cf 'service_throttle_time = 1s'
postfix -c "$T/postfix" reload >>"$T/postfix.log" 2>&1
policyd_line "smtpd_helo_restrictions = check_helo_access $table/helo"
service sekisho-policyd restart
is "$(doctor policyctl)" 'no faults found' 'a table that Postfix reads' ||
    diag "$(policyctl ask tables)"
good_keep
faults policyctl <<END
proxy-unnamed|*does not name: $table/other:*|policyd_line 'smtpd_helo_restrictions = check_helo_access $table/other'
proxymap-missing|*no proxymap that reads them*|postconf -c $T/postfix -M# proxymap/unix && postfix -c $T/postfix reload
server-dead|*proxymap cannot be reached: *refused*|postfix -c $T/postfix stop && proxymap_end
server-dead|*the process that opens proxymap has ended*|kill -9 \$(pgrep -P \$policyd_pid) && proxymap_end
table-failing|*gets 451, as *does not name it*|main_cf proxy_read_maps= && proxymap_end && ! doctor policyctl && main_cf 'proxy_read_maps = $table/helo'
END
rm "$T/postfix/helo"
policyd_line "smtpd_helo_restrictions = check_helo_access $table/helo
	check_helo_access $table/helo2"
proxymap_end >"$T/ended"
like "$(doctor policyctl | grep table-failing)" "fault table-failing: *$table/helo *; fix: \
postmap -c $T/postfix -q x texthash:$T/postfix/helo says why: mend it" \
    'a table that Postfix cannot read, beside one that main.cf does not name'
policyd_line 'smtpd_helo_restrictions = check_helo_access tcp:127.0.0.1:9'
like "$(doctor policyctl | grep tcp:)" "fault server-dead: tcp:127.0.0.1:9 \
cannot be reached: Connection refused; fix: start what listens at tcp:127.0.0.1:9" \
    'a server that is not there'
touch "$T/postfix/helo"
good_restore >"$T/restored" 2>&1
postconf -c "$T/postfix" -F '*/inet/chroot=n'
good_keep
faults policyctl <<END
hook-dead|*unix:private/policy, which is $T/queue/private/policy, and*|main_cf 'smtpd_recipient_restrictions = check_policy_service unix:private/policy'
hook-dead|*unix:/nowhere*|main_cf 'smtpd_recipient_restrictions = check_policy_service unix:/nowhere'
socket-missing|*nobody listens*|rm $POLICY_SOCKET
END
socket_dead "$T/authd.ctl"
like "$(doctor policyctl)" "*warning link: policyd hears nothing of authd (authd_control = unix:$T/authd.ctl): *" \
    'a link that is down'
rm "$T/authd.ctl"
chmod 0600 "$T/policyd.cf"
exits 66 'who may not read policyd.cf finds nothing, and no faults either' \
    setpriv --reuid 4711 --regid 4711 --clear-groups \
    "$POLICYCTL" -c "$T/policyd.cf" doctor
like "$(cat "$T/out")" '*not checked: open *policyd.cf: Permission denied*' \
    '... and hears why'
done_testing
