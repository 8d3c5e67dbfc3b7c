#!/bin/sh
# DNS that is slow or gone: no request takes longer than dns_timeout, and nobody
# else notices.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# flood FIRST COUNT CONNECTIONS
flood() {
	"$BUILD/t/flood" "$POLICY_SOCKET" "$@"
}

# The longest wait of the floods in a file
max_ms() {
	sed 's/.*max_ms=//' "$1" | sort -n | tail -n 1
}

lists_are_ok() {
	[ "$(policyctl lists | grep -c 'ipv4 ok ')" = "$1" ]
}

# blocked NAME=VALUE...
blocked() {
	ask "$@" | grep -q 'blocked using'
}

# shellcheck disable=SC3045 # dash and bash have it
ulimit -n "$(ulimit -H -n)"
dnsbl own.test ip4set <<'END'
127.0.0.2
203.0.113.0/24
END
dns_start </dev/null # for rbldnsd; who is asked for the rest:
kill "$(echo "$dns_pids" | awk '{ print $2 }')"

# dns_is there|silent
dns_is() {
	for zone in a.test b.test c.test d.test example.net; do
		case $1$zone in
		silent*) echo "$zone silent" ;;
		*example.net) echo "$zone host 200" ;;
		*) echo "$zone well 200" ;;
		esac
	done >"$T/lists"
	[ "$dnsd_pid" ] || return
	times=$(times_read)
	kill -HUP "$dnsd_pid"
	wait_for eval "[ \$(times_read) -gt $times ]"
}

times_read() {
	grep -c ' read ' "$T/dnsd.log"
}

# DNS has nothing more to say about that many known clients.
are_known() {
	[ "$(awk '$2 == "say" && $3 ~ /\.0\.0\.30\./ { print $3 }' \
	    "$T/dnsd.log" | sort -u | wc -l)" = $((4 * $1)) ]
}

asks_of_known() {
	awk '$2 == "ask" && $3 ~ /\.0\.0\.30\./' "$T/dnsd.log" | wc -l
}

conf() {
	printf '%s\n' \
	    "resolver = 127.0.0.1@5300 own.test=127.0.0.1@$RBLDNSD_PORT" \
	    'smtpd_recipient_restrictions = reject_rbl_client a.test,
	reject_rbl_client b.test, reject_rbl_client c.test,
	reject_rbl_client d.test, reject_unknown_sender_domain' \
	    'own/smtpd_recipient_restrictions = reject_rbl_client own.test'
}

dns_is there
"$BUILD/t/dnsd" 5300 "$T/lists" 600 >"$T/dnsd.log" 2>&1 &
dnsd_pid=$!
dns_pids="$dns_pids $dnsd_pid"
policyd_start "$(conf)"
ok 'the lists pass their tests' wait_for lists_are_ok 5

flood 20.0.0.77 1 1 >"$T/one"
like "$(cat "$T/one")" 'DUNNO=1 *' 'four lists of 200 ms each'
diag "decided in $(max_ms "$T/one") ms"
flood 192.0.2.77 1 1 >"$T/one"
like "$(cat "$T/one")" '554=1 *' 'a listed client: one lookup more'
diag "decided in $(max_ms "$T/one") ms"

policyd_conf "$(conf)" 'dns_timeout = 2s'
policyctl ask reload || bail_out 'no reload'
flood 30.0.0.1 200 200 >"$T/known"
like "$(cat "$T/known")" 'DUNNO=200 *' 'clients that will be known'
ok 'are known' wait_for are_known 200
asked=$(asks_of_known)
dns_is silent
flood 31.0.0.1 1000 1000 >"$T/waiting" &
waiting_pid=$!
wait_for eval "policyctl ask cache | grep -q 'in flight: [1-9][0-9]'"
for _ in 1 2 3 4 5; do
	flood 30.0.0.1 200 10
done >"$T/known"
is "$(grep -c '^DUNNO=200 ' "$T/known")" 5 \
    'DNS is gone: 1,000 requests of known clients are answered'
is "$(asks_of_known)" "$asked" 'and have not waited for it'
ok 'those who need another server are answered, too' \
    wait_for blocked client_address=203.0.113.9 policy_context=own
wait $waiting_pid
like "$(cat "$T/waiting")" 'D*=1000 max_ms=*' 'the others get an answer, too'
ok 'when dns_timeout is over' eval \
    'policyctl ask cache | grep -q "late [1-9]"'
diag "DNS gone: 1,000 new clients $(cat "$T/waiting"), known ones$(
    sed 's/.*=/ /' "$T/known" | xargs) ms at most"
wait_for grep -q 'so it is the resolver' "$T/policyd.log"
is "$(grep -c 'so it is the resolver' "$T/policyd.log")" 1 \
    'one line says that it is the resolver'
ok 'no list has lost its good name' lists_are_ok 5
dns_is there
back=$(date +%s%N)
ok 'DNS is back: so are the lists' \
    wait_for blocked client_address=192.0.2.99
back=$((($(date +%s%N) - back) / 1000000))
diag "$back ms after the server"
done_testing
