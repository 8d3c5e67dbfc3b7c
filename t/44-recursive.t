#!/bin/sh
# resolver = recursive: policyd asks the servers of the root, and follows what
# they say; here all addresses of the world are this network's own.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has net || skip_all 'needs a network of its own'
ip route add local 0.0.0.0/0 dev lo

# What libunbound knows of the root from birth.
root_servers='198.41.0.4 170.247.170.2 192.33.4.12 199.7.91.13 192.203.230.10
192.5.5.241 192.112.36.4 198.97.190.53 192.36.148.17 192.58.128.30
193.0.14.129 199.7.83.42 202.12.27.33'
test_server=192.0.2.53
list_server=192.0.2.54

# zone_start NAME ZONE ADDRESS... <RECORDS: a server that has authority for it
zone_start() {
	name=$1
	zone=$2
	shift 2
	{
		echo "\$TTL 300"
		echo "$zone SOA a. b. 1 300 300 300 300"
		cat
	} >"$T/dns/$name.zone"
	{
		cat <<-END
		server:
			access-control: 0.0.0.0/0 allow_snoop
			local-zone: "test." nodefault
		END
		printf '\tinterface: %s\n' "$@"
		cat <<-END
		auth-zone:
			name: "$zone"
			zonefile: "$T/dns/$name.zone"
			for-upstream: no
		END
	} >"$T/dns/$name.server"
	unbound_start "$name" <"$T/dns/$name.server"
}

# shellcheck disable=SC2086 # words
zone_start root . $root_servers <<END
. NS a.root-servers.net.
a.root-servers.net. A 198.41.0.4
test. NS ns.test.
ns.test. A $test_server
END
zone_start test test. $test_server <<END
test. NS ns.test.
ns.test. A $test_server
bl.test. NS ns.bl.test.
ns.bl.test. A $list_server
gone.test. NS ns.gone.test.
ns.gone.test. A 192.0.2.99
mail.test. A 192.0.2.25
alias.test. CNAME mail.test.
END
printf '127.0.0.2\n203.0.113.0/24\n' >"$T/dns/bl"
rbldnsd -n -f -c 1s -w / -u rbldns -b "$list_server/53" \
    "bl.test:ip4set:$T/dns/bl" >"$T/rbldnsd.log" 2>&1 &
dns_pids="$dns_pids $!"
root_pid=${dns_pids% * *}
root_pid=${root_pid##* }

# sender ADDRESS: the answer to it
sender() {
	ask client_address=198.51.100.9 "sender=$1"
}

policyd_start 'resolver = recursive' \
    'smtpd_recipient_restrictions = reject_rbl_client bl.test,
	reject_unknown_sender_domain'
[ "$(sender a@mail.test)" = action=DUNNO ] || bail_out 'the root is not asked'
ok 'a list that is three servers away passes its test' wait_for lists_are_ok 1
like "$(ask client_address=203.0.113.7)" \
    'action=554 5.7.1 *blocked using bl.test*' 'a client on it is refused'
is "$(sender a@alias.test)" 'action=DUNNO' 'another is not'
like "$(sender a@nobody.test)" 'action=450 4.1.8 *: Domain not found' \
    'a sender whose domain the server of test does not know'
like "$(sender a@gone.test)" 'action=DEFER_IF_PERMIT 4.1.8 *' \
    'one whose server is gone comes again later'
like "$(sender a@elsewhere.example)" 'action=450 4.1.8 *: Domain not found' \
    'one that the root does not know'

policyctl ask reload || bail_out 'no reload'
kill "$root_pid"
wait_for eval "! kill -0 $root_pid"
is "$(sender b@mail.test)" 'action=DUNNO' \
    'without the root, what is known of the servers is enough'
policyd_stop
policyd_start 'resolver = recursive' 'dns_timeout = 5s' \
    'smtpd_recipient_restrictions = reject_rbl_client bl.test,
	reject_unknown_sender_domain'
like "$(sender b@mail.test)" 'action=DEFER_IF_PERMIT 4.1.8 *' \
    'a start without the root: a sender comes again later'
done_testing
