#!/bin/sh
# Metrics keep Prometheus' rules for names, units and types, and stand in the
# manuals.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# faults <METRICS: a line for each rule that is broken
faults() {
	awk '
		/^# HELP [^ ]+ .*\.$/ { help[$3] = 1; next }
		/^# TYPE / {
			if ($3 in type)
				print $3 " comes twice"
			if (!($3 in help))
				print $3 " lacks its help"
			if (($4 == "counter") != ($3 ~ /_total$/))
				print $3 " is a " $4
			type[$3] = $4
			next
		}
		/^[a-z0-9_]+([{]([a-z]+="([^"\\]|\\[n"\\])*"[,}])+)? [-+.e0-9]+$/ {
			name = $1
			sub(/[{].*/, "", name)
			if (!(name in type))
				print name " lacks its type"
			if ($1 in seen)
				print $1 " comes twice"
			seen[$1] = 1
			if (name !~ /^sekisho_(authd|policyd)_[a-z]/)
				print name " is not ours"
			if (name ~ /_(milli|micro|kilo|mega|ms|us|mb|kb|min)/)
				print name " has no base unit"
			next
		}
		{ print "no line of a metric: " $0 }
	'
}

# undocumented DAEMON <METRICS: names that its manual does not have
undocumented() {
	sed -n "s/^# TYPE sekisho_$1_\([^ ]*\) .*/\1/p" | while read -r name; do
		grep -Eq "^\.It Cm (.* , )?$name( |$)" "$BUILD/$1/$1.8" ||
		    echo "$name"
	done
}

# value NAME: of the daemon at hand
value() {
	$tool ask metrics | sed -n "s/^sekisho_${daemon}_$1 //p"
}

dns_start </dev/null
authd_start
policyd_start 'smtpd_recipient_restrictions = reject_rbl_client dnsbl.example,
	reject_rbl_client dnsbl.example=127.0.0.[2..4],
	reject_rhsbl_sender dnsbl.example'
ask client_address=192.0.2.1 >/dev/null
for daemon in authd policyd; do
	tool=authctl
	[ "$daemon" = authd ] || tool=policyctl
	$tool ask metrics >"$T/metrics"
	is "$(faults <"$T/metrics")" '' "$daemon: all rules are kept"
	is "$(undocumented "$daemon" <"$T/metrics")" '' \
	    "$daemon: each has its place in the manual"
	if command -v promtool >/dev/null; then
		is "$(promtool check metrics <"$T/metrics" 2>&1)" '' \
		    "$daemon: promtool finds nothing"
	fi
	like "$(cat "$T/metrics")" "*_build_info{version=\"*\"} 1*" \
	    "$daemon: the version"
	started=$(value start_time_seconds)
	ok "$daemon: when it started" test "$started" -le "$(date +%s)"
	is "$(value config_last_reload_successful)" 1 "$daemon: no reload yet"
	echo 'nonsense = yes' >>"$T/$daemon.cf"
	$tool ask reload 2>/dev/null
	is "$(value config_last_reload_successful)" 0 \
	    "$daemon: a reload that failed shows"
	sed -i '$d' "$T/$daemon.cf"
	$tool ask reload >/dev/null
	is "$(value config_last_reload_successful)" 1 \
	    "$daemon: until one succeeds"
	ok "$daemon: and when that was" test "$started" -le \
	    "$(value config_last_reload_success_timestamp_seconds)"
done
done_testing
