#!/bin/sh
# DNS lists of every kind with real servers: rbldnsd behind unbound and asked
# directly; lists without test points, lists that hold 127.0.0.0/8, allow
# lists that are down, IPv6, names, answers of every shape.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

state() {
	policyctl lists | awk -v zone="$1" -v kind="${2:-ipv4}" \
	    '$1 == zone && $2 == kind { print $3 }'
}

# state_is ZONE STATE [KIND]
state_is() {
	[ "$(state "$1" "$3")" = "$2" ]
}

# action CLIENT NAME=VALUE...
action() {
	client=$1
	shift
	ask "client_address=$client" "$@" | sed 's/^action=//'
}

# blocked CLIENT NAME=VALUE...: by which list, with its text
blocked() {
	action "$@" | sed -n 's/.* blocked using //p'
}

dnsbl bl.test ip4set <<'END'
:127.0.0.2:see http://bl.test/?$
127.0.0.2
192.0.2.0/24
END
dnsbl bl6.test ip6trie <<'END'
:127.0.0.2:
::ffff:7f00:2
2001:db8::/32
END
dnsbl names.test dnset <<'END'
:127.0.0.2:a spam house
test
.spammer.example
END
dnsbl private.test ip4set <<'END'
:127.0.0.2:not wanted here
198.51.100.0/24
END
dnsbl direct.test ip4set <<'END'
:127.0.0.2:asked directly
127.0.0.2
192.88.99.99
END
dnsbl bogon.test ip4set <<'END'
:127.0.0.2:
127.0.0.0/8
203.0.113.0/24
END
dnsbl allow.test ip4set <<'END'
:127.0.10.3:
127.0.0.2
192.0.2.200
END
many=$(i=0; while [ $i -lt 50 ]; do
	i=$((i + 1)); echo "1.2.0.192.shapes.test. 60 A 127.0.1.$i"
done)
huge=$(i=0; while [ $i -lt 100 ]; do
	i=$((i + 1)); echo "2.2.0.192.shapes.test. 60 A 127.0.2.$i"
done)
dns_start <<END
2.0.0.127.shapes.test. 60 A 127.0.0.2
$many
$huge
3.2.0.192.shapes.test. 60 CNAME listed.elsewhere.test.
listed.elsewhere.test. 60 A 127.0.0.2
listed.elsewhere.test. 60 TXT "by an alias"
4.2.0.192.shapes.test. 60 A 127.0.0.2
4.2.0.192.shapes.test. 60 TXT "first" "second"
5.2.0.192.shapes.test. 60 A 127.0.0.2
5.2.0.192.shapes.test. 60 TXT "one"
5.2.0.192.shapes.test. 60 TXT "two"
END
policyd_start \
    "resolver = 127.0.0.1@$DNS_PORT direct.test=127.0.0.1@$RBLDNSD_PORT down.test=127.0.0.1@9" \
    'dnsbl_untested = bogon.test' \
    'smtpd_recipient_restrictions = reject_rbl_client bl.test,
	reject_rbl_client bl6.test, reject_rhsbl_sender names.test,
	reject_rbl_client private.test, reject_rbl_client bogon.test,
	reject_rbl_client direct.test' \
    'shapes/smtpd_recipient_restrictions = reject_rbl_client shapes.test' \
    'few/smtpd_recipient_restrictions = reject_rbl_client
	shapes.test=127.0.1.50' \
    'last/smtpd_recipient_restrictions = reject_rbl_client
	shapes.test=127.0.2.[100..255]' \
    'allow/smtpd_recipient_restrictions = permit_dnswl_client
	allow.test=127.0.[0..255].[1..3], reject' \
    'down/smtpd_recipient_restrictions = permit_dnswl_client down.test,
	reject' \
    'mydestination = example.org'

ok 'the list passes its test' wait_for state_is bl.test ok
ok 'one without test points is used' \
    wait_for state_is private.test untestable
is "$(state bogon.test)" unwatched 'one in dnsbl_untested is not tested'
ok 'a list of names has test points, too' \
    wait_for state_is names.test ok name
ok 'and one of IPv6 addresses' wait_for state_is bl6.test ok ipv6

is "$(blocked 192.0.2.9)" 'bl.test; see http://bl.test/?192.0.2.9' 'listed'
is "$(blocked 198.51.100.9)" 'private.test; not wanted here' \
    'listed by the one without test points'
is "$(blocked 192.88.99.99)" 'direct.test; asked directly' \
    'listed by a server of ours that is asked without the resolver'
is "$(blocked 203.0.113.9)" bogon.test 'listed by the one not tested'
is "$(blocked 2001:db8::9)" bl6.test 'an IPv6 address is listed'
is "$(blocked 192.88.99.1 sender=x@a.spammer.example)" \
    'names.test; a spam house' "the sender's domain is listed"
for client in 192.88.99.1 127.0.0.1 2001:db9::9; do
	is "$(blocked $client | grep -v bogon)" '' "$client is on no list"
done

is "$(blocked 192.0.2.1 policy_context=shapes)" shapes.test '50 addresses'
is "$(blocked 192.0.2.1 policy_context=few)" shapes.test \
    'a filter finds the last of them'
is "$(blocked 192.0.2.2 policy_context=last)" shapes.test \
    'an answer that needs TCP'
is "$(blocked 192.0.2.3 policy_context=shapes)" 'shapes.test; by an alias' \
    'an alias'
is "$(blocked 192.0.2.4 policy_context=shapes)" 'shapes.test; first' \
    'the first of several strings'
like "$(blocked 192.0.2.5 policy_context=shapes)" 'shapes.test; * / *' \
    'the texts of several records'

is "$(action 192.0.2.200 policy_context=allow)" DUNNO 'allowed'
like "$(action 192.0.2.9 policy_context=allow)" '554 *' 'not allowed'
like "$(action 192.0.2.200 policy_context=down)" '450 4.7.1 *' \
    'an allow list that is down, not tested yet: try again'
ok 'it is found failing' wait_for state_is down.test failing
like "$(action 192.0.2.200 policy_context=down)" '450 4.7.1 *' \
    'and then: try again'
policyctl lists -j >"$T/json"
ok 'lists as JSON' python3 - "$T/json" <<'END'
import json, sys
for l in json.load(open(sys.argv[1])):
    if l["zone"] == "private.test" and l["kind"] == "ipv4":
        assert l["state"] == "untestable" and l["hits"] == 1, l
        assert l["last_test"] and l["next_test"] > l["last_test"], l
END
done_testing
