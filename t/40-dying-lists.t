#!/bin/sh
# Six ways a DNS list dies, from the start and while it is used: it rejects
# nobody, and the list beside it goes on.  DYING_REQUESTS=10000: the long
# version.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

REQUESTS=${DYING_REQUESTS:-500}
DEATHS='world parked gone servfail silent refusing'

# lists_are MODE|death: all lists but one in this mode, or each as it dies
lists_are() {
	{
		echo 'well.test well'
		for death in $DEATHS; do
			case $1 in
			death) echo "$death.test $death" ;;
			*) echo "$death.test $1" ;;
			esac
		done
	} >"$T/lists"
	[ -z "$dns_pids" ] || kill -HUP "$dns_pids"
}

# state_is LIST STATE
state_is() {
	[ "$(policyctl lists | awk -v zone="$1.test" '
		$1 == zone && $2 == "ipv4" { print $3 }')" = "$2" ]
}

all_are_ok() {
	for list in $DEATHS well; do
		state_is "$list" ok || return 1
	done
}

all_are_dead() {
	for list in world parked gone refusing; do
		state_is $list quarantined || return 1
	done
	for list in servfail silent; do
		state_is $list failing || return 1
	done
}

# unlisted FIRST: so many new clients, and the worst of what they hear
unlisted() {
	"$BUILD/t/flood" "$POLICY_SOCKET" "$1" "$REQUESTS" 10
}

# The next listed client, asked by the whole set, is rejected by the well one;
# until the file given is there.
listed_until() {
	host=0
	while [ ! -e "$1" ]; do
		host=$((host % 250 + 1))
		ask "client_address=192.0.2.$host"
	done | sort | sed 's/\[[0-9.]*\]//; s/listed as.*//' | uniq -c
}

# each LIST: alone, it rejects a listed client
each_rejects() {
	address=$((address + 1))
	for list in $DEATHS; do
		case $(ask "client_address=192.0.2.$address" \
		    "policy_context=$list") in
		*"blocked using $list.test"*) ;;
		*) return 1 ;;
		esac
	done
}

start() {
	policyd_start "dns_timeout = 10s" "dnsbl_test_interval = 2s" \
	    "smtpd_recipient_restrictions = reject_rbl_client well.test,
$(for death in $DEATHS; do
		echo "	reject_rbl_client $death.test,"
	done)
	permit" \
	    "$(for death in $DEATHS; do
		echo "$death/smtpd_recipient_restrictions =" \
		    "reject_rbl_client $death.test"
	done)"
}

address=0
lists_are death
"$BUILD/t/dnsd" "$DNS_PORT" "$T/lists" >"$T/dnsd.log" 2>&1 &
dns_pids=$!

start
like "$(unlisted 20.0.0.1)" "DUNNO=$REQUESTS max_ms=*" \
    "dead from the start: $REQUESTS strangers pass"
ok 'the states say which is dead how' wait_for all_are_dead
like "$(ask client_address=192.0.2.77)" '*blocked using well.test*' \
    'the list that is well rejects'

lists_are well
ok 'they are tested again and found well' wait_for all_are_ok
ok 'each rejects its listed clients' wait_for each_rejects

"$POLICYCTL" -c "$T/policyd.cf" watch list >"$T/watched" &
listed_until "$T/stop" >"$T/listed" &
listed_pid=$!
unlisted 21.0.0.1 >"$T/strangers" &
strangers_pid=$!
lists_are death
wait $strangers_pid
like "$(cat "$T/strangers")" "DUNNO=$REQUESTS max_ms=*" \
    "dying while used: $REQUESTS strangers pass"
like "$(unlisted 22.0.0.1)" "DUNNO=$REQUESTS max_ms=*" \
    "and $REQUESTS after it"
ok 'the states say which died how' wait_for all_are_dead
lists_are well
ok 'the lists come back' wait_for all_are_ok
ok 'and reject again' wait_for each_rejects
touch "$T/stop"
wait $listed_pid
is "$(grep -vc 'action=554 5.7.1 .*blocked using well.test; ' "$T/listed")" 0 \
    'clients on the well list were rejected throughout'
diag "$(cat "$T/listed")"

for list in $DEATHS; do
	is "$(grep -c "zone=$list.test kind=ipv4 state=[fq][^ ]* was=ok .*remedy=" \
	    "$T/policyd.log")" 1 "one line says that $list.test died"
done

ok 'policyctl watch tells, too' grep -q \
    '^{"event":"list","list":"world.test","kind":"ipv4","state":"quarantined","was":"ok","reason":"' \
    "$T/watched"

# What Postfix alone makes of the same lists, for the record.
echo 'options timeout:1 attempts:1' >>"$T/etc/resolv.conf"
lists_are death
set --
for list in $DEATHS; do
	set -- "$@" "$list = reject_rbl_client $list.test"
done
postfix_start "smtpd_restriction_classes = $DEATHS" "$@" \
    "smtpd_recipient_restrictions = check_recipient_access inline:{$(
	for list in $DEATHS; do
		echo "$list@example.org=$list,"
	done | tr '\n' ' ')}"
for list in $DEATHS; do
	rejected=0
	for host in 1 2 3; do
		case $(smtp --xclient-addr 23.0.0.$host --xclient-name host.test \
		    --to "$list@example.org") in
		5*blocked*) rejected=$((rejected + 1)) ;;
		esac
	done
	diag "Postfix alone, $list.test: $rejected of 3 strangers rejected"
done
done_testing
