#!/bin/sh
# What happens while requests wait for DNS: clients leave, the lists change,
# the resolver changes.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# conf PORT DNS_TIMEOUT RESTRICTIONS: asked at 127.0.0.1@PORT
conf() {
	echo "resolver = 127.0.0.1@$1"
	echo "dns_timeout = $2"
	echo "smtpd_recipient_restrictions = $3"
}

# reload PORT DNS_TIMEOUT RESTRICTIONS: returns when requests go by them
reload() {
	policyd_conf "$(conf "$@")"
	done_before=$(grep -c 'reload: done' "$T/policyd.log")
	kill -HUP "$policyd_pid"
	wait_for is_reloaded
}

is_reloaded() {
	[ "$(grep -c 'reload: done' "$T/policyd.log")" -gt "$done_before" ]
}

# dns_is 0|held: whether the server on port 5300 answers, from now on; what it
# held it says then
dns_is() {
	printf 'a.test well %s\nb.test well %s\n' "$1" "$1" >"$T/lists"
	[ "$dnsd_pid" ] || return
	times=$(times_read)
	kill -HUP "$dnsd_pid"
	wait_for eval "[ \$(times_read) -gt $times ]"
}

times_read() {
	grep -c ' read ' "$dns_log"
}

# noted WORD COUNT NETWORK: so many clients of a network were looked up in
# a.test (ask), or answered (say); each may be so several times
noted() {
	[ "$(grep -o " $1 .*\.$3\.a\.test 1\$" "$dns_log" | sort -u |
	    wc -l)" -ge "$2" ]
}

# How long the server held the first answer to a client of 11.0.0, in ms
held_ms() {
	awk '/ ask .*\.0\.0\.11\./ && !from { from = $1 }
		/ read / { to = $1 }
		END { print to - from }' "$dns_log"
}

# flood FIRST COUNT CONNECTIONS
flood() {
	"$BUILD/t/flood" "$POLICY_SOCKET" "$@"
}

# leave COUNT: clients from 10.0.0.1 on that ask and do not wait
leave() {
	perl -MIO::Socket::UNIX -e '
		my ($path, $count) = @ARGV;
		for my $i (1 .. $count) {
			my $socket = IO::Socket::UNIX->new($path) or die;
			syswrite $socket, "request=smtpd_access_policy\n" .
			    "protocol_state=RCPT\nclient_name=unknown\n" .
			    "client_address=10.0.0.$i\nrecipient=a\@b.test\n\n";
		}' "$POLICY_SOCKET" "$1"
}

descriptors() {
	find "/proc/$policyd_pid/fd" -type l | wc -l
}

no_more_than() {
	[ "$(descriptors)" -le "$1" ]
}

lists='reject_rbl_client a.test, reject_rbl_client b.test'
dns_log=$T/dnsd-5300.log
dns_is 0
for port in 5300 5301; do
	"$BUILD/t/dnsd" $port "$T/lists" 600 >"$T/dnsd-$port.log" 2>&1 &
	dns_pids="$dns_pids $!"
	dnsd_pid=${dnsd_pid:-$!}
done
policyd_start "$(conf 5300 30s "$lists")"
ok 'the lists pass their tests' wait_for lists_are_ok 2

dns_is held
before=$(descriptors)
ok 'clients ask and leave' leave 200
ok 'while their lookups wait' wait_for noted ask 200 0.0.10
dns_is 0
ok 'no descriptor of theirs is left' wait_for no_more_than "$before"
like "$(ask client_address=192.0.2.1)" '*blocked using a.test*' \
    'others are answered'

dns_is held
flood 11.0.0.1 20 20 >"$T/unlisted" &
unlisted_pid=$!
flood 192.0.2.50 20 20 >"$T/listed" &
listed_pid=$!
ok 'requests wait' eval \
    'wait_for noted ask 20 0.0.11 && wait_for noted ask 21 2.0.192'
ok 'when the lists are taken out' reload 5300 30s reject
like "$(ask client_address=12.0.0.1)" '*Access denied*' \
    'a new request goes by the new configuration'
kill -0 $listed_pid
waited=$?
dns_is 0
wait $unlisted_pid $listed_pid
like "$(cat "$T/unlisted")" 'DUNNO=20 *' 'those that wait go by the old one'
if [ "$(held_ms)" -lt 5000 ]; then
	result $waited 'and have waited until now'
	like "$(cat "$T/listed")" '554=20 *' 'those that are listed, too'
else
	result 0 'and have waited # SKIP libunbound gave up: too busy'
	result 0 'those that are listed, too # SKIP libunbound gave up'
fi
is "$(policyctl lists | grep -c a.test)" 0 'then the list is gone'

reload 5300 30s "$lists"
ok 'the lists are back' wait_for lists_are_ok 2
dns_is held
reload 5300 1s "$lists"
flood 13.0.0.1 5 5 >"$T/late" &
late_pid=$!
ok 'more requests wait' wait_for noted ask 5 0.0.13
policyctl ask flush >/dev/null
ok 'when the resolver is another one' reload 5301 30s "$lists"
like "$(ask client_address=192.0.2.9)" '*blocked using a.test*' \
    'which is asked from now on'
is "$(grep -c ' 9\.2\.0\.192\.' "$dns_log")" 0 'alone'
wait $late_pid
like "$(cat "$T/late")" 'DUNNO=5 *' 'those that wait are answered in time'
dns_is 0
ok 'what comes later' wait_for noted say 5 0.0.13
like "$(ask client_address=192.0.2.10)" '*blocked using a.test*' \
    'does no harm'
done_testing
