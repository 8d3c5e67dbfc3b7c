#!/bin/sh
#
# policyctl relay-test finds what lets strangers relay, from outside and in the
# configuration, and finds nothing in a stock Postfix.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# Strangers come from a name space of their own, by a cable.
unshare --net sleep 1000 &
outside=$!
is_outside() {
	[ "$(readlink /proc/self/ns/net)" != \
	    "$(readlink "/proc/$outside/ns/net")" ]
}
wait_for is_outside
ip link add cable type veth peer name cable netns "$outside"
ip address add 10.9.8.1/24 dev cable
ip link set cable up
stranger() {
	nsenter --net -t "$outside" "$@"
}
stranger ip address add 10.9.8.2/24 dev cable
stranger ip link set cable up

# service PORT OPTION...: of master.cf, for strangers
service() {
	port=$1
	shift
	echo "10.9.8.1:$port inet n - n - - smtpd"
	printf '    -o { %s }\n' "$@"
}

# hole PORT NAME WORDS_OF_STATIC: seen in both ways
hole() {
	stranger "$POLICYCTL" relay-test "10.9.8.1:$1" --yes-it-is-mine \
	    >"$T/live" 2>&1
	is $? 1 "$2: open to a stranger" || diag "$(cat "$T/live")"
	like "$(grep '^ACCEPTED' "$T/live" | head -n 1)" 'ACCEPTED  *' \
	    '... who is shown what was accepted'
	like "$(grep "^OPEN: 10.9.8.1:$1/inet: " "$T/static")" "*$3*" \
	    '... and it stands in the configuration'
}

strict='smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination'
RCPT=smtpd_recipient_restrictions
guard=reject_unauth_destination
authd_start
postfix_start 'mydestination = mail.example.org, localhost' \
    "$RCPT = $guard" smtpd_relay_restrictions= in_flow_delay=0
{
	service 2500 "$strict"
	service 2501 'smtpd_restriction_classes = lenient' \
	    "lenient = warn_if_reject $guard, permit" "$RCPT = lenient, $guard"
	service 2502 \
	    "$RCPT = check_sender_access inline:{example.org=OK}, $guard"
	service 2503 \
	    "$RCPT = check_helo_access regexp:{{/^\\[/ OK}}, $guard"
	service 2504 "$RCPT = check_sender_access inline:{<>=OK}, $guard"
	service 2505 \
	    "$RCPT = check_recipient_access inline:{postmaster@=OK}, $guard"
	service 2506 'mynetworks = 0.0.0.0/0' "$RCPT = permit_mynetworks, $guard"
	service 2507 \
	    "$RCPT = check_sender_access regexp:{{/@example.org\$\$/ OK}}, $guard"
	service 2508 \
	    "$RCPT = check_helo_access inline:{mail.example.org=OK}, $guard"
	service 2509 "$RCPT = check_client_access static:OK, $guard"
	service 2510 \
	    "$RCPT = check_recipient_access inline:{example.com=OK}, $guard"
	service 2511 \
	    "$RCPT = check_recipient_access regexp:{{/example.org/ OK}}, $guard"
	service 2512 'smtpd_restriction_classes = friends' \
	    'friends = permit_naked_ip_address, permit' "$RCPT = friends, $guard"
	service 2513 "$RCPT = check_sender_access inline:{localhost=OK}, $guard"
	service 2514 "$strict" smtpd_hard_error_limit=3
	service 2515 "$strict" smtpd_delay_reject=no \
	    smtpd_client_restrictions=reject
	service 2517 "$strict" "$RCPT=" inet_interfaces=all mynetworks_style=subnet
	service 2518 "$strict" "$RCPT=" inet_interfaces=all mynetworks_style=class
	service 2519 "$strict" "$RCPT=" smtpd_authorized_xclient_hosts=0.0.0.0/0
	service 2520 "$RCPT = permit_sasl_authenticated, $guard" \
	    smtpd_sasl_auth_enable=yes \
	    'smtpd_authorized_xclient_hosts = !192.0.2.0/24, static:all'
	service 2521 "$strict" "$RCPT=" inet_interfaces=all mynetworks_style=host
	service 2522 "$RCPT = permit_mx_backup, $guard"
	service 2523 "$RCPT = permit_mx_backup, $guard" \
	    permit_mx_backup_networks=192.0.2.0/24
	service 2524 "$RCPT = permit_mx_backup, $guard" \
	    permit_mx_backup_networks=0.0.0.0/0
	service 2530 "$RCPT = check_sender_access tcp:10.9.8.1:9, permit" \
	    smtpd_authorized_xclient_hosts=tcp:10.9.8.1:7
	service 2531 "$strict, reject_unlisted_recipient" "$RCPT=" \
	    virtual_alias_maps=mysql:/nowhere
} >>"$T/postfix/master.cf"
postfix -c "$T/postfix" reload >/dev/null 2>&1
policyd_conf
wait_for socat -u OPEN:/dev/null TCP:10.9.8.1:2515
"$POLICYCTL" relay-test --static "$T/postfix" >"$T/static"
is $? 1 'a configuration with holes is found to be open'

stranger "$POLICYCTL" relay-test 10.9.8.1:2500 --yes-it-is-mine >"$T/live"
is $? 0 "Postfix's own relay control lets no stranger through"
is "$(grep -c '^refused' "$T/live")" "$(grep -vc '^[0-9]\|^the\|^skipped' "$T/live")" \
    '... in whatever form'
ok '... of sixty and more' [ "$(grep -c '^refused' "$T/live")" -ge 60 ]
is "$(grep "^OPEN: 10.9.8.1:2500/inet: " "$T/static")" '' \
    '... and its configuration says so'

hole 2501 'relay control that only warns' 'permit permits in'
hole 2502 'a domain of ours that anybody may write' check_sender_access
hole 2503 'a HELO name that is believed' check_helo_access
hole 2504 'the null sender' 'inline:{<>=OK}'
hole 2505 'a role account of everybody' 'check_recipient_access'
hole 2506 'the world in mynetworks' 'permit_mynetworks'
hole 2507 'anybody of a domain' 'regexp:{{/@example.org'
hole 2508 'our name as HELO' 'inline:{mail.example.org=OK}'
hole 2509 'all clients' 'check_client_access static:OK'
hole 2510 'a domain that is not ours any more' 'inline:{example.com=OK}'
hole 2511 'a pattern that matches more than it should' 'regexp:'
hole 2512 'a class that permits' 'permit permits in'
hole 2513 'a sender at localhost' 'inline:{localhost=OK}'
hole 2517 'neighbors by mynetworks_style = subnet' \
    'permit_mynetworks*mynetworks_style = subnet'
hole 2518 'neighbors by mynetworks_style = class' \
    'permit_mynetworks*mynetworks_style = class'
hole 2519 'strangers who say that they are local' \
    'permit_mynetworks*smtpd_authorized_xclient_hosts'
hole 2520 'strangers who say that they have logged in' \
    'permit_sasl_authenticated*smtpd_authorized_xclient_hosts'
static=$(grep -A 1 '^OPEN: 10.9.8.1:252[0-9]/inet: ' "$T/static")
like "$static" '*2522/inet: permit_mx_backup permits in *' \
    'who names this host as a backup'
like "$static" '*2524/inet: permit_mx_backup permits in *' \
    '... of any network'
is "$(echo "$static" | grep -c '2521\|2523')" 0 \
    '... but no networks of our own, and no host beside this one'
static=$(cat "$T/static")
like "$static" '*OPEN: 10.9.8.1:2530/inet: permit permits in *' \
    'what stands behind a table that a server has'
like "$static" '*not looked at: tcp:10.9.8.1:9, which a server has*' \
    '... and the table is named'
like "$static" '*not looked at: *xclient_hosts in 10.9.8.1:2530/inet: a server *' \
    '... as is a list that has one'
like "$static" '*not looked at: proxy:mysql:/nowhere, which a server has*' \
    'a table of recipients that relay control alone asks for'

stranger "$POLICYCTL" relay-test 10.9.8.1:2514 --yes-it-is-mine >"$T/live"
is $? 0 'a server that hangs up on who makes mistakes is asked all the same'
like "$(tail -n 2 "$T/live")" '* 0 accepted*the relay is closed to strangers' \
    '... and found to be closed'
stranger "$POLICYCTL" relay-test 10.9.8.1:2515 --yes-it-is-mine >"$T/live" 2>&1
is $? 69 'a server that talks to nobody cannot be tested'
like "$(cat "$T/live")" '*does not want to talk: 5*access denied*' \
    '... and relay-test tells what it said'
stranger "$POLICYCTL" relay-test 10.9.8.1:2599 --yes-it-is-mine >"$T/live" 2>&1
is $? 69 'a server that is not there'
like "$(cat "$T/live")" '*Connection refused (10.9.8.1:2599)' '... is named'

# What trivial-rewrite(8) reads is the same for all services.
postfix_stop
postfix_start 'mydestination = mail.example.org, localhost' \
    "$RCPT = $guard" 'relay_domains = com' in_flow_delay=0
service 2516 "$strict" >>"$T/postfix/master.cf"
postfix -c "$T/postfix" reload >/dev/null 2>&1
wait_for socat -u OPEN:/dev/null TCP:10.9.8.1:2516
"$POLICYCTL" relay-test --static "$T/postfix" >"$T/static"
hole 2516 'a relay domain that is half of the world' 'nothing refuses it'

"$POLICYCTL" relay-test "127.0.0.1:$SMTP_PORT" >"$T/live" 2>&1
is $? 75 'from an own network nothing can be told'
like "$(cat "$T/live")" '*from 127.0.0.1, which is in mynetworks*--static*' \
    '... and relay-test says so, and what to do'
stranger "$POLICYCTL" relay-test 10.9.8.1:2516 >"$T/live" 2>&1
is $? 64 'the host of somebody else is not tested'
like "$(cat "$T/live")" '*is not this host*--yes-it-is-mine*' \
    '... unless one says that it is not'
exits 64 'there has to be a host' "$POLICYCTL" relay-test
exits 69 'that is there' "$POLICYCTL" relay-test nobody.invalid
exits 66 'and a main.cf' "$POLICYCTL" relay-test --static "$T"
is "$(cat "$T/out")" "policyctl: $T/main.cf: No such file or directory" \
    '... which is all that is said of it'
is "$(grep -c 'postfix/qmgr.*: from=<' "$T/mail.log")" 0 \
    'no mail was sent in all of this'

done_testing
