#!/bin/sh
# Four DNSBLs that take their time are asked at once.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# dns_is DELAY: of the four lists (t/dnsd)
dns_is() {
	for zone in a b c d; do
		echo "$zone.example well $1"
	done >"$T/lists"
	[ -z "$dns_pids" ] || kill -HUP "$dns_pids"
}

asks() {
	awk '$2 == "ask" && /\.198\./ { print $3 }' "$T/dnsd.log" | sort -u
}

all_are_asked() {
	[ "$(asks | wc -l)" = 4 ]
}

dns_is 0
"$BUILD/t/dnsd" "$DNS_PORT" "$T/lists" >"$T/dnsd.log" 2>&1 &
dns_pids=$!
policyd_start 'smtpd_client_restrictions = reject_rbl_client a.example,
	reject_rbl_client b.example, reject_rbl_client c.example,
	reject_rbl_client d.example'
ok 'the lists pass their test' wait_for lists_are_ok 4

dns_is held
ask client_address=198.51.100.77 >"$T/answer" &
asking=$!
ok 'all four are asked before the first one answers' wait_for all_are_asked
dns_is 0
wait $asking
like "$(cat "$T/answer")" 'action=DUNNO*' 'an unlisted client'
done_testing
