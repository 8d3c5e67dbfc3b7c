# Part of t/bench/run: the sections about policyd.
# shellcheck shell=dash

FLOOR_SOCKET=unix:$T/floor
next_client=20

# lists_of N: restrictions that ask N DNS lists
lists_of() {
	list=0
	while [ "$list" -lt "$1" ]; do
		printf '%s' "reject_rbl_client l$list.bl.test, "
		list=$((list + 1))
	done
}

# stub_lists DELAY_MS N PERCENT: N lists that list so many addresses
stub_lists() {
	# shellcheck disable=SC2046 # words
	stub "$1" $(lists_of "$2" | sed "s/reject_rbl_client//g; s/,/=$3/g")
}

# policyd_bench N: as an ordinary mail exchanger has it, with N lists
policyd_bench() {
	policyd_start 'mynetworks = 192.168.7.0/24' \
	    'mydestination = example.org' \
	    "smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, $(lists_of "$1") reject_unauth_destination"
	[ "$1" = 0 ] || wait_for lists_work
}

# A list counts when its first test was good: is a new client that is listed
# rejected?
lists_work() {
	next_client=$((next_client + 1))
	ask "client_address=$next_client.0.0.1" | grep -q blocked
}

# load CONNECTIONS OPTION...: on policyd; one result
load() {
	connections=$1
	shift
	: >"$T/policyd.log"
	timeout 120 "$BENCH/policy_load" -c "$connections" -P "$policyd_pid" \
	    -t "$BENCH_SECONDS" "$@" "unix:$POLICY_SOCKET"
}

floor() {
	timeout 120 "$BENCH/policy_load" -m -c "$1" -P "$floor_pid" -n 10000000 -w 1000 \
	    -p 1000 -t "$BENCH_SECONDS" "$FLOOR_SOCKET"
}

# policy_row NAME RATIO RESULT
policy_row() {
	row "$1" "$(field "$3" rate)" "$2" "$(field "$3" p50)" \
	    "$(field "$3" p99)" "$(field "$3" max)" "$(field "$3" cpu_us)" \
	    "$(field "$3" rss_anon_kb)"
}

# Floor and policyd by turns, the best of three: the machine may have other
# things to do.
warm_rows() {
	floor=
	warm=
	for turn in 1 2 3; do
		floor=$(better "$floor" "$(floor "$connections")")
		warm=$(better "$warm" "$(load "$connections" -m \
		    -n 10000000 -w 5000 -p 1000)")
	done
	policy_row "floor, $connections" 1 "$floor"
	policy_row "$lists, $connections, warm" \
	    "$(calc %.2f "$(field "$warm" rate)/$(field "$floor" rate)")" \
	    "$warm"
}

policy_policy() {
	title 'policyd: 80 % strangers (5 % of them listed), 5 % own network, 5 % logged in, 10 % relaying'
	row 'lists, connections' requests/s x-floor p50 p99 max CPU RssAnon
	"$BENCH/policy_floor" "$FLOOR_SOCKET" &
	floor_pid=$!
	for lists in 0 1 5 20; do
		stub_lists 0 "$lists" 5
		policyd_bench "$lists"
		for connections in 1 10 100 1000; do
			warm_rows
		done
		for connections in 1 10 100 1000; do
			next_client=$((next_client + 1))
			policy_row "$lists, $connections, cold" - \
			    "$(load "$connections" -m -n 1000000 \
			        -a "$next_client.0.0.1")"
		done
		policyd_stop
		stub_stop
	done
	kill "$floor_pid"
}

# With and without by turns, medians of five.
policy_limits() {
	title 'Rate limits: three for each recipient, then the guard, too; 1,000 logins and clients; messages: half of the requests are their ends; each connection waits by itself, as smtpd does'
	row 'limits, connections' requests/s x-none p50 p99 max CPU RssAnon
	policyd_start "$(limits_conf none)"
	for connections in 10 100; do
		limits_rows recipients
		limits_rows messages -e
	done
	policyd_stop
}

# limits_conf none|three|guard [OPTION]: lines of configuration; guard: three
# limits, and the guard, which nobody is refused by
limits_conf() {
	[ "$1" = guard ] && guard=reject_sasl_takeover, || guard=
	echo "smtpd_recipient_restrictions = $guard reject_rate_limit, permit_sasl_authenticated, reject
takeover_own_recipient_limits = 1000000000/1h
takeover_strange_recipient_limits = 1000000000/1h"
	[ "$1" = none ] || echo 'recipient_rate_limits =
	sasl_username 300000/1h, sasl_username 1000000/1d,
	client_address 600000/1h'
	[ -z "$2" ] || echo 'smtpd_end_of_data_restrictions = reject_rate_limit'
}

# limits_rows NAME [OPTION]: -e: with ends of messages
limits_rows() {
	rm -f "$T/limits".*
	for turn in 1 2 3 4 5; do
		for limits in none three guard; do
			policyd_conf "$(limits_conf "$limits" "$2")"
			policyctl ask reload >/dev/null
			# shellcheck disable=SC2086 # an option or none
			load "$connections" -T $2 -l 1000 -p 1000 \
			    -n 10000000 -w 5000 >>"$T/limits.$limits"
		done
	done
	for limits in none three guard; do
		row "$limits, $connections, $1" "$(median rate "$T/limits.$limits")" \
		    "$(calc %.2f "$(median rate "$T/limits.$limits")/$(
		        median rate "$T/limits.none")")" \
		    "$(median p50 "$T/limits.$limits")" \
		    "$(median p99 "$T/limits.$limits")" \
		    "$(greatest max "$T/limits.$limits")" \
		    "$(median cpu_us "$T/limits.$limits")" \
		    "$(median rss_anon_kb "$T/limits.$limits")"
	done
}

# One client after the other, each new; clients .1 to .20 of a network are
# listed, .200 to .219 are not.
policy_lists() {
	title 'Four DNS lists that take 200 ms each: one decision, new client'
	row 'who decides' client p50 max x-200ms
	stub_lists 200 4 50
	policyd_bench 4
	for client in unlisted=200 listed=1; do
		result=$(load 1 -a "14.0.0.${client#*=}" -n 20 -t 30)
		row policyd "${client%=*}" "$(field "$result" p50)" \
		    "$(field "$result" max)" \
		    "$(calc %.2f "$(field "$result" p50)/200")"
	done
	postfix_start "smtpd_recipient_restrictions = check_policy_service unix:private/sekisho-policy"
	for client in unlisted=200 listed=1; do
		rcpt_row 'RCPT, Postfix and policyd' "${client%=*}" \
		    "14.1.0.${client#*=}"
	done
	postfix_stop
	postfix_start "smtpd_recipient_restrictions = $(lists_of 4)"
	for client in unlisted=200 listed=1; do
		rcpt_row 'RCPT, Postfix alone' "${client%=*}" \
		    "14.2.0.${client#*=}"
	done
	postfix_stop
	policyd_stop
	stub_stop
}

rcpt_row() {
	result=$("$BENCH/rcpt" "$SMTP_PORT" "$3" 10)
	row "$1" "$2" "$(field "$result" p50)" "$(field "$result" max)" \
	    "$(calc %.2f "$(field "$result" p50)/200")"
}

# The server stops while 1,000 new clients ask; known ones are not hurt.
policy_dead_dns() {
	title 'DNS server dies: 1,000 requests of new clients at once, known clients beside (500/s)'
	row 'requests' p50 p99 max x-alive
	stub_lists 0 5 5
	policyd_bench 5
	load 10 -p 1000 -a 12.0.0.1 -n 5000 >/dev/null
	quiet_rounds dead_round
	dead_row 'known, DNS alive' alive
	dead_row 'known, DNS dead' dead alive
	dead_row 'new, DNS dead' new
	echo "lists work again $(greatest ms "$T/$kind.back") ms after the server is back"
	quiet_summary
	policyd_stop
	stub_stop
}

dead_round() {
	load_known >"$T/round.alive"
	kill -STOP "$stub_pid"
	load 1000 -a "$((100 + round)).0.0.1" -n 1000 -t 20 >"$T/round.new" &
	load_pid=$!
	sleep 0.5
	load_known >"$T/round.dead"
	wait "$load_pid"
	kill -CONT "$stub_pid"
	back=$(date +%s%N)
	wait_for lists_work
	echo "ms=$((($(date +%s%N) - back) / 1000000))" >"$T/round.back"
}

load_known() {
	load 10 -p 1000 -a 12.0.0.1 -n "$DEAD_REQUESTS" -r 500 -t 10
}

# Of all processors, 1/100 s, that the host gave to others.
STOLEN_MAX=3
stolen_ticks() {
	awk '$1 == "cpu" { print $9 }' /proc/stat
}

# quiet_rounds COMMAND: DEAD_ROUNDS times, which leave their results in
# $T/round.NAME; sets kind, and $T/$kind.NAME has them all.  When the host takes
# the processors away, the p99 is the host's: such rounds are counted apart, and
# looked at only if there are no others.
quiet_rounds() {
	rm -f "$T/quiet".* "$T/noisy".*
	: >"$T/quiet.stolen"
	round=0
	while [ "$(wc -l <"$T/quiet.stolen")" -lt "$DEAD_ROUNDS" ] &&
	    [ "$round" -lt $((4 * DEAD_ROUNDS)) ]; do
		stolen=$(stolen_ticks)
		"$1"
		stolen=$(($(stolen_ticks) - stolen))
		[ "$stolen" -le "$STOLEN_MAX" ] && kind=quiet || kind=noisy
		echo "$stolen" >"$T/round.stolen"
		for result in "$T"/round.*; do
			cat "$result" >>"$T/$kind.${result##*.}"
		done
		round=$((round + 1))
	done
	[ -s "$T/quiet.stolen" ] && kind=quiet || kind=noisy
}

quiet_summary() {
	echo "$(wc -l <"$T/$kind.stolen") $kind rounds of $round: medians, and the greatest max; load $(
	    cut -d ' ' -f 1 /proc/loadavg)"
}

# median NAME FILE: of the lines "NAME=VALUE ..." in a file
median() {
	values "$@" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

greatest() {
	values "$@" | tail -n 1
}

values() {
	while read -r line; do
		field "$line" "$1"
	done <"$2" | sort -n
}

# dead_row NAME RESULT [RESULT]: of the rounds; x: of the p99 of the other one
dead_row() {
	row "$1" "$(median p50 "$T/$kind.$2")" "$(median p99 "$T/$kind.$2")" \
	    "$(greatest max "$T/$kind.$2")" "${3:+$(calc %.2f \
	        "$(median p99 "$T/$kind.$2")/$(median p99 "$T/$kind.$3")")}"
}

policy_soak() {
	title 'Requests in a row, 10 connections, five lists'
	row requests requests/s p99 CPU RssAnon files
	stub_lists 0 5 5
	policyd_bench 5
	requests=0
	while [ "$requests" -lt "${SOAK_REQUESTS:-10000000}" ]; do
		requests=$((requests + 1000000))
		result=$(load 10 -m -n 1000000 -p 20000 -t 600)
		row "$requests" "$(field "$result" rate)" \
		    "$(field "$result" p99)" "$(field "$result" cpu_us)" \
		    "$(field "$result" rss_anon_kb)" \
		    "$(find "/proc/$policyd_pid/fd" | wc -l)"
	done
	policyd_stop
	stub_stop
}
