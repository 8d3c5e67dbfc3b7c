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
			if ($4 == "histogram")
				for (n = split("_bucket _sum _count", part, " "); n; n--)
					type[$3 part[n]] = $4
			if (($4 == "counter") != ($3 ~ /_total$/))
				print $3 " is a " $4
			type[$3] = $4
			next
		}
		/^[a-z0-9_]+([{]([a-z]+="([^"\\]|\\[n"\\])*"[,}])+)? [-+.e0-9]+$/ {
			name = $0
			sub(/[{ ].*/, "", name)
			series = $0
			sub(/ [^ ]*$/, "", series)
			if (!(name in type))
				print name " lacks its type"
			if (series in seen)
				print series " comes twice"
			seen[series] = 1
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

# http SOCKET LINE...: the answer to a request, without CR
http() {
	socket=$1
	shift
	printf '%s\r\n' "$@" '' | timeout "$DEADLINE" socat -t "$DEADLINE" - "$socket" |
	    tr -d '\r'
}

# status SOCKET LINE...: the code and its text alone
status() {
	http "$@" | sed -n '1s,^HTTP/1.1 ,,p'
}

# body SOCKET LINE...
body() {
	http "$@" | sed '1,/^$/d'
}

dns_start </dev/null
port=$(free_port)
authd_start "metrics_listen = unix:$T/authd.metrics"
policyd_start "metrics_listen = inet:127.0.0.1:$port" 'smtpd_recipient_restrictions = reject_rbl_client dnsbl.example,
	reject_rbl_client dnsbl.example=127.0.0.[2..4],
	reject_rhsbl_sender dnsbl.example'
ask client_address=192.0.2.1 >/dev/null
for daemon in authd policyd; do
	case $daemon in
	authd)
		tool=authctl
		web=UNIX-CONNECT:$T/authd.metrics
		;;
	policyd)
		tool=policyctl
		web=TCP:127.0.0.1:$port
		;;
	esac
	$tool ask metrics >"$T/metrics"
	is "$(faults <"$T/metrics")" '' "$daemon: all rules are kept"
	is "$(body "$web" 'GET /metrics HTTP/1.1' 'Host: x' |
	    faults)" '' "$daemon: by HTTP, too"
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

like "$(http "$web" 'GET /metrics?x=y HTTP/1.0')" "HTTP/1.1 200 OK
Content-Type: text/plain; version=0.0.4; charset=utf-8
Content-Length: *
*
sekisho_policyd_build_info*" 'an answer of HTTP'
length=$(http "$web" 'GET /metrics HTTP/1.1' |
    sed -n 's/^Content-Length: //p')
is "$(body "$web" 'GET /metrics HTTP/1.1' | wc -c)" "$length" 'as long as it says'
is "$(body "$web" 'HEAD /metrics HTTP/1.1')" '' 'HEAD gets no body'
is "$(status "$web" 'HEAD /metrics HTTP/1.1')" '200 OK' 'but the head'
is "$(status "$web" 'GET / HTTP/1.1')" '404 Not Found' 'another path'
is "$(status "$web" 'GET /metricsx HTTP/1.1')" '404 Not Found' 'nor a longer one'
is "$(status "$web" 'POST /metrics HTTP/1.1')" '405 Method Not Allowed' \
    'another method'
for line in 'GET /metrics' 'GET' 'x' 'GET /metrics SMTP/1.1' ' '; do
	is "$(status "$web" "$line")" '400 Bad Request' "no HTTP: $line"
done
is "$(status "$web" "GET /$(printf '%09000d' 0) HTTP/1.1")" \
    '431 Request Header Fields Too Large' 'a head that is too long'

# Clients that say nothing take no more than their places.
n=0
while [ $n -lt 40 ]; do
	socat -u "$web" - >/dev/null 2>&1 &
	n=$((n + 1))
done
ok 'silent clients are sent away' wait_for \
    eval "[ \"\$(status $web 'GET /metrics HTTP/1.1')\" = '200 OK' ]"
# Nor do those that never come to an end, in ten times what a client has.
drip() {
	printf 'GET /metrics HTTP/1.1\r\n'
	for _ in $(seq 100); do
		printf 'x: y\r\n' || return
		sleep 1
	done
	touch "$T/dripped"
}
drip 2>/dev/null | socat - "$web" >/dev/null 2>&1 &
wait_for eval '! kill -0 $! 2>/dev/null'
ok 'a client that sends a line a second is sent away' [ ! -e "$T/dripped" ]
policyd_conf "metrics_listen = inet:127.0.0.1:$((port + 1))"
policyctl ask reload >/dev/null
ok 'another address needs a restart, and that is said' \
    grep -q 'metrics_listen has changed, which needs a restart' "$T/policyd.log"
done_testing
