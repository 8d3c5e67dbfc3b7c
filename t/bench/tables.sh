# Part of t/bench/run: the sections about tables that Postfix reads for policyd.
# shellcheck shell=dash

# tables_conf TYPE: three tables
tables_conf() {
	for kind in client sender recipient; do
		echo "smtpd_${kind}_restrictions =
			check_${kind}_access $1:$T/tables/$kind"
	done
}

# By turns; what proxymap answered is kept when it is warm.
policy_tables() {
	title 'Three access tables, read by policyd or, behind proxymap, by Postfix: 1,000 clients; cold: each is new'
	row 'type, connections' requests/s x-texthash p50 p99 max CPU RssAnon
	mkdir "$T/tables"
	for kind in client sender recipient; do
		echo 'nobody.example REJECT' >"$T/tables/$kind"
	done
	postfix_start "proxy_read_maps = proxy:texthash:$T/tables/client
	    proxy:texthash:$T/tables/sender proxy:texthash:$T/tables/recipient"
	policyd_start "$(tables_conf texthash)"
	for connections in 10 100; do
		rm -f "$T/warm".*
		for turn in 1 2 3 4 5; do
			for type in texthash proxy:texthash; do
				policyd_conf "$(tables_conf $type)"
				policyctl ask reload >/dev/null
				load "$connections" -p 1000 -n 10000000 \
				    -w 5000 >>"$T/warm.$type"
			done
		done
		for type in texthash proxy:texthash; do
			tables_row "$type, $connections, warm" "$T/warm.$type"
		done
		next_client=$((next_client + 1))
		load "$connections" -n 10000000 -a "$next_client.0.0.1" \
		    >"$T/cold.proxy:texthash"
		tables_row "$type, $connections, cold" "$T/cold.proxy:texthash"
	done
	policyd_stop
	postfix_stop
}

# tables_row NAME FILE
tables_row() {
	row "$1" "$(median rate "$2")" \
	    "$(calc %.2f "$(median rate "$2")/$(
	        median rate "$T/warm.texthash")")" \
	    "$(median p50 "$2")" "$(median p99 "$2")" "$(greatest max "$2")" \
	    "$(median cpu_us "$2")" "$(median rss_anon_kb "$2")"
}

# A database behind Postfix goes away, and 20 new clients at a time need it.
# Beside them two kinds of known clients: those of 12.0.0.0 need no table, of
# those of 13.0.0.0 its answers are kept.
policy_dead_tables() {
	title 'A database behind proxymap: 20 new clients at a time need it, known clients beside (500/s)'
	row 'known clients, database' p50 p99 max x-alive
	mariadb_start
	postfix_start "proxy_read_maps = $MARIADB_TABLE"
	policyd_start 'dns_timeout = 5s' 'proxy_cache_time = 1d' \
	    "smtpd_client_restrictions = permit_mynetworks,
	        check_client_access $MARIADB_TABLE" 'mynetworks = 12.0.0.0/8'
	wait_for mariadb_answers
	load 10 -p 1000 -a 13.0.0.1 -n 5000 >/dev/null
	quiet_rounds dead_tables_round
	for needs in none kept; do
		dead_row "$needs, alive" "$needs-alive"
		for state in slow hung stopped; do
			dead_row "$needs, $state" "$needs-$state" "$needs-alive"
		done
	done
	for state in alive slow hung stopped; do
		echo "$state: $(median unanswered "$T/$kind.new-$state") new ones waited at the end"
	done
	quiet_summary
	policyd_stop
	postfix_stop
	mariadb_stop
}

dead_tables_round() {
	new_beside alive 22
	new_beside slow $MARIADB_SLOW_NET
	kill -STOP "$mariadb_pid"
	new_beside hung $MARIADB_SLOW_NET
	kill -CONT "$mariadb_pid"
	mariadb_stop
	new_beside stopped $MARIADB_SLOW_NET
	mariadb_run
	postfix -c "$T/postfix" reload 2>/dev/null # it would not ask for 60 s
	wait_for mariadb_answers
}

# new_beside STATE NET: known clients while new ones of a network ask
new_beside() {
	next_network=$((next_network + 1))
	load 20 -a "$2.$next_network.0.1" -r 20 -n 100 -t 3 >"$T/round.new-$1" &
	new_pid=$!
	sleep 0.5
	load 10 -p 1000 -a 12.0.0.1 -n $((DEAD_REQUESTS / 2)) -r 250 -t 10 \
	    >"$T/round.none-$1" &
	none_pid=$!
	load 10 -p 1000 -a 13.0.0.1 -n $((DEAD_REQUESTS / 2)) -r 250 -t 10 \
	    >"$T/round.kept-$1"
	wait "$none_pid" "$new_pid"
}

next_network=0
MARIADB=$T/mariadb
MARIADB_TABLE=proxy:mysql:$MARIADB/client.cf
MARIADB_SLOW_NET=21 # 15 in the names of clients

# A server that needs 5 s for the names of some clients
mariadb_start() {
	mkdir "$MARIADB"
	chown mysql "$MARIADB"
	mariadb-install-db --no-defaults --user=mysql --datadir="$MARIADB/data" \
	    --skip-test-db --auth-root-authentication-method=normal \
	    >"$T/mariadb.log" 2>&1 || bail_out 'no MariaDB'
	cat >"$MARIADB/client.cf" <<-END
	hosts = unix:$MARIADB/socket
	dbname = mysql
	user = root
	query = SELECT 'DUNNO' FROM DUAL
	    WHERE SLEEP(IF('%s' LIKE 'c15%%', 5, 0)) = 0
	END
	mariadb_run
}

mariadb_run() {
	mariadbd --no-defaults --user=mysql --datadir="$MARIADB/data" \
	    --socket="$MARIADB/socket" --skip-networking \
	    --innodb-buffer-pool-size=16M --innodb-log-file-size=8M \
	    >>"$T/mariadb.log" 2>&1 &
	mariadb_pid=$!
	wait_for mariadb --no-defaults -S "$MARIADB/socket" -e ''
}

mariadb_stop() {
	kill "$mariadb_pid"
	wait "$mariadb_pid" 2>/dev/null
}

# Does somebody new get an answer of it?
mariadb_answers() {
	next_client=$((next_client + 1))
	ask "client_address=14.0.0.$next_client" "client_name=n$next_client.test" |
	    grep -q DUNNO
}
