#!/bin/sh
# A Prometheus reads both daemons, and answers what the dashboard asks.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

dns_start </dev/null
authd_start 'metrics_listen = inet:127.0.0.1:9153' 'mechanisms = PLAIN' \
    'auth_failure_delay = 0'
socat TCP-LISTEN:9155,bind=127.0.0.1,fork,reuseaddr \
    SYSTEM:'while read line; do echo "500 none"; done' &
wait_for eval 'echo get x | socat -T 1 - TCP:127.0.0.1:9155'
policyd_start 'metrics_listen = inet:127.0.0.1:9154' \
    'smtpd_client_restrictions = check_client_access
	inline:{192.0.2.66=REJECT}, reject_rbl_client bl.example' \
    'smtpd_helo_restrictions = check_helo_access tcp:127.0.0.1:9155' \
    'smtpd_recipient_restrictions = reject_rate_limit' \
    'recipient_rate_limits = sasl_username 100/1d'
prometheus=http://127.0.0.1:9090
cat >"$T/prometheus.yml" <<'END'
global:
  scrape_interval: 1s
  evaluation_interval: 1s
scrape_configs:
  - job_name: sekisho
    static_configs:
      - targets: ['127.0.0.1:9153', '127.0.0.1:9154']
END
prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
    --web.listen-address=127.0.0.1:9090 >"$T/prometheus.log" 2>&1 &

# login PASSWORD
login() {
	printf 'VERSION\t1\t2\nCPID\t%s\nAUTH\t1\tPLAIN\tservice=smtp\tresp=%s\n' \
	    $$ "$(printf '\0fred@example.org\0%s' "$1" | base64)" |
	    timeout "$DEADLINE" socat -t 5 - "UNIX-CONNECT:$AUTH_SOCKET,ignoreeof" |
	    while read -r word _; do
		case $word in OK | FAIL) break ;; esac
	    done
}
user_add fred@example.org secret
login secret
login wrong
ask client_address=192.0.2.1 sasl_username=fred@example.org >/dev/null
ask client_address=192.0.2.66 >/dev/null

# query EXPRESSION: values of the series, one a line; an error says which
query() {
	curl -sG --data-urlencode "query=$1" "$prometheus/api/v1/query" |
	    python3 -c '
import json, sys
answer = json.load(sys.stdin)
if answer["status"] != "success":
    print(answer["error"])
else:
    for series in answer["data"]["result"]:
        print(series["value"][1])'
}

# is_scraped: both, twice at least, since what was done above
is_scraped() {
	[ "$(query 'count(count_over_time(up{job="sekisho"}[5m]) > 1
	    and up == 1)')" = 2 ] && query \
	    'count_over_time(sekisho_policyd_refusals_total[5m]) > 1' |
	    grep -q .
}
wait_for is_scraped
is "$(query 'sekisho_policyd_refusals_total{code="554",
    reason="check_client_access", list="smtpd_client_restrictions"}')" 1 \
    'a refusal is counted by code, reason and list'
is "$(query 'sekisho_authd_login_failures_total{mechanism="PLAIN",
    result="fail"}')" 1 'a failed login by mechanism, result and reason'
is "$(query 'sekisho_policyd_table_lookups_total{result="not_found"}')" 1 \
    'a lookup by a server by table and result'
is "$(query 'sekisho_policyd_answer_seconds_count')" 2 'both answers took a time'
is "$(query 'sekisho_authd_login_seconds_count')" 2 'and both logins'
ok 'the database has an age' [ "$(query \
    'time() - sekisho_authd_database_timestamp_seconds' | cut -d . -f 1)" -ge 0 ]
is "$(query 'scrape_samples_scraped == 0')" '' 'each scrape has something'

# Every query of the dashboard is one, and finds what it names.
python3 -c '
import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"].replace("$__rate_interval", "5m"))' \
    "$BUILD/etc/grafana/sekisho.json" >"$T/queries"
ok 'the dashboard asks something' [ "$(wc -l <"$T/queries")" -ge 20 ]
curl -s "$prometheus/api/v1/label/__name__/values" | tr ',[]"' '\n' >"$T/names"
while read -r expression; do
	query "$expression" >"$T/answer"
	ok "answers $expression" grep -qE '^([0-9.e+-]+|NaN)$' "$T/answer"
	grep -oE 'sekisho_[a-z_]+' <<-END | while read -r name; do
		$expression
	END
		grep -qx "$name" "$T/names" || echo "$name"
	done >"$T/unknown"
	is "$(cat "$T/unknown")" '' '... and all its metrics are there'
done <"$T/queries"
for daemon in authd policyd; do
	$([ $daemon = authd ] && echo authctl || echo policyctl) ask metrics \
	    >"$T/$daemon.before"
	is "$(promtool check metrics <"$T/$daemon.before" 2>&1)" '' \
	    "$daemon: promtool finds nothing"
done

quickest() {
	for _ in $(seq 20); do
		curl -s -o "$T/scraped" -w '%{time_total}\n' \
		    "http://127.0.0.1:$1/metrics"
	done | sort -n | head -n 1
}

# The cost of a scrape does not grow with users.
hash=$(openssl passwd -6 secret)
seq 10000 | sed "s|.*|user&@example.org:{CRYPT}$hash|" >"$T/users"
authctl import passwd-file "$T/users" >"$T/imported" 2>&1 ||
    diag "$(cat "$T/imported")"
seq 10000 | sed 's/.*/request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.1\nsasl_username=user&@example.org\nrecipient=a@example.net\n/' |
    timeout "$DEADLINE" socat -t "$DEADLINE" - "UNIX-CONNECT:$POLICY_SOCKET" \
	>"$T/answers"
is "$(grep -c '^action=DUNNO' "$T/answers")" 10000 '10,000 users send'
for daemon in authd policyd; do
	$([ $daemon = authd ] && echo authctl || echo policyctl) ask metrics \
	    >"$T/metrics"
	is "$(grep -vc '^#' "$T/metrics")" \
	    "$(grep -vc '^#' "$T/$daemon.before")" \
	    "$daemon: has no more series for them"
done
diag "with 10,000 users a scrape takes: authd $(quickest 9153) s," \
    "policyd $(quickest 9154) s"
policyctl ask metrics | grep -q user_limit_used_ratio
is $? 1 'no user has metrics of his own'
policyd_conf 'metrics_top_users = 20' \
    'smtpd_recipient_restrictions = reject_rate_limit' \
    'recipient_rate_limits = sasl_username 100/1d'
policyctl ask reload >/dev/null
# top N RATIO: so many users have used so much
top() {
	policyctl ask metrics |
	    grep '^sekisho_policyd_user_limit_used_ratio' >"$T/top"
	[ "$(grep -c "{user=\"[a-z0-9]*@example.org\",unit=\"recipients\",window=\"1d\"} $2\$" \
	    "$T/top")" -eq "$1" ]
}
wait_for top 20 0.01
ok '... but so many as metrics_top_users says' top 20 0.01
is "$(wc -l <"$T/top")" 20 '... and no more'
for _ in 1 2; do
	ask client_address=192.0.2.1 sasl_username=user7@example.org \
	    recipient=a@example.net >/dev/null
done
wait_for top 1 0.03
ok '... and what they use meanwhile' top 1 0.03
ok '... whoever is nearest' grep -q 'user7@' "$T/top"
diag "with metrics_top_users: $(quickest 9154) s"
done_testing
