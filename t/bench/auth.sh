# Part of t/bench/run: the sections about authd.
# shellcheck shell=dash

PASSWORD=correct-horse
AUTH_FIGURES='logins/s p50 p99 max CPU RssAnon'

# authd_bench CACHE_TIME FAILURE_DELAY: ten users with all secrets
authd_bench() {
	rm -f "$T/auth/"*
	authd_start "auth_cache_time = $1" "auth_failure_delay = $2" \
	    'mechanisms = PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5'
	for number in 0 1 2 3 4 5 6 7 8 9; do
		echo "user add user$number@example.org $PASSWORD"
	done | authctl batch >/dev/null || bail_out 'no users'
	wait_for login_works
}

login_works() {
	logins 1 -n 1 -w 0 | grep -q ok=1
}

# logins_at SOCKET PID CONNECTIONS OPTION...: one result
logins_at() {
	socket=$1
	pid=$2
	connections=$3
	shift 3
	timeout 120 "$BENCH/auth_load" -c "$connections" -P "$pid" \
	    -p "$PASSWORD" -U 10 -n 10000000 -w 20 -t "$BENCH_SECONDS" "$@" \
	    "unix:$socket"
}

# logins CONNECTIONS OPTION...: on authd
logins() {
	logins_at "$AUTH_SOCKET" "$authd_pid" "$@"
}

# auth_row NAME RESULT [CELL...]
auth_row() {
	name=$1
	result=$2
	shift 2
	row "$name" "$(field "$result" rate)" "$(field "$result" p50)" \
	    "$(field "$result" p99)" "$(field "$result" max)" \
	    "$(field "$result" cpu_us)" "$(field "$result" rss_anon_kb)" "$@"
}

# hash_rate: hashes like the stored one that this machine makes in a second
hash_rate() {
	perl -MTime::HiRes=time -e '
		my ($cores, $seconds, $hash) = @ARGV;
		pipe my $in, my $out;
		for (1 .. $cores) {
			next if fork;
			my ($count, $end) = (0, time + $seconds);
			while (time < $end) {
				crypt "secret", $hash;
				$count++;
			}
			syswrite $out, "$count\n";
			exit;
		}
		close $out;
		my $all = 0;
		$all += $_ while <$in>;
		printf "%.1f", $all / $seconds' "$1" "$BENCH_SECONDS" "$stored"
}

# stored_hash: sets stored
stored_hash() {
	stored=$(authctl export passwd-file |
	    sed -n 's/^user0@example.org:{CRYPT}\([^:]*\).*/\1/p')
	[ "$stored" ] || bail_out 'no stored hash'
}

auth_auth() {
	title 'authd: PLAIN, no success cache, best of three; x: of the hashes that as many cores make'
	row connections $AUTH_FIGURES hashes/s x-hashes
	authd_bench 0 0
	stored_hash
	for connections in 1 10 100; do
		plain_row
	done
	authd_stop

	title 'authd: PLAIN with the success cache'
	row connections $AUTH_FIGURES
	authd_bench 10m 0
	for connections in 1 10 100; do
		auth_row "$connections" "$(logins "$connections" -w 1000)"
	done
	authd_stop

	title 'authd: wrong passwords of known and of unknown users; median'
	row 'failure delay, mechanism' known unknown ratio
	authd_bench 0 0
	for mechanism in PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256; do
		equal_row '0' 1 -m "$mechanism" -t 4
	done
	authd_stop
	authd_bench 0 2s
	for mechanism in PLAIN CRAM-MD5 SCRAM-SHA-256; do
		equal_row '2 s, 200 in flight' 10 -d 10 -m "$mechanism" \
		    -n 300 -w 0 -A 0 -t 20
	done
	authd_stop
}

plain_row() {
	cores=$CORES
	[ "$connections" -ge "$CORES" ] || cores=$connections
	hashes=
	logins=
	for turn in 1 2 3; do
		hashes=$(better "$hashes" "rate=$(hash_rate "$cores")")
		logins=$(better "$logins" "$(logins "$connections")")
	done
	auth_row "$connections" "$logins" "$(field "$hashes" rate)" \
	    "$(calc %.2f "$(field "$logins" rate)/$(field "$hashes" rate)")"
}

# equal_row NAME CONNECTIONS OPTION...: both kinds at the same time
equal_row() {
	name=$1
	shift
	logins "$@" -a 11.0.0.1 -p wrong -u nobody >"$T/unknown" &
	unknown_pid=$!
	known=$(field "$(logins "$@" -a 10.0.0.1 -p wrong)" p50)
	wait "$unknown_pid"
	unknown=$(field "$(cat "$T/unknown")" p50)
	row "$name, $mechanism" "$known" "$unknown" \
	    "$(calc %.3f "$unknown/$known")"
}

# dovecot_start SCHEME: the same users and password
dovecot_start() {
	rm -rf "$T/dovecot"
	mkdir -m 755 "$T/dovecot"
	echo >"$T/dovecot/none"
	hash=$(doveadm -c "$T/dovecot/none" pw -s "$1" -p "$PASSWORD")
	for number in 0 1 2 3 4 5 6 7 8 9; do
		echo "user$number@example.org:$hash:::::"
	done >"$T/dovecot/users"
	cat >"$T/dovecot/conf" <<-END
	base_dir = $T/dovecot/run
	state_dir = $T/dovecot/state
	log_path = $T/dovecot.log
	protocols =
	ssl = no
	auth_mechanisms = plain cram-md5 scram-sha-256
	passdb {
	  driver = passwd-file
	  args = username_format=%u $T/dovecot/users
	}
	userdb {
	  driver = static
	  args = uid=8 gid=8 home=/tmp
	}
	service auth {
	  client_limit = 4096
	  unix_listener $T/dovecot/socket {
	    mode = 0666
	  }
	}
	END
	dovecot -F -c "$T/dovecot/conf" >"$T/dovecot.out" 2>&1 &
	dovecot_pid=$!
	wait_for dovecot_logins 1 -n 1 -w 0
	dovecot_auth_pid=$(grep -lx auth /proc/[0-9]*/comm | cut -d / -f 3)
}

dovecot_stop() {
	kill "$dovecot_pid"
	wait "$dovecot_pid" 2>/dev/null
}

dovecot_logins() {
	logins_at "$T/dovecot/socket" "${dovecot_auth_pid:-0}" "$@"
}

auth_mechanisms() {
	title "authd beside Dovecot's auth; x: of Dovecot's rate"
	row 'mechanism, connections' $AUTH_FIGURES x-Dovecot
	authd_bench 0 0
	for mechanism in SCRAM-SHA-256 CRAM-MD5; do
		dovecot_start "$mechanism"
		for connections in 1 10 100; do
			theirs=
			ours=
			for turn in 1 2 3; do
				theirs=$(better "$theirs" "$(dovecot_logins \
				    "$connections" -m "$mechanism")")
				ours=$(better "$ours" "$(logins \
				    "$connections" -m "$mechanism")")
			done
			auth_row "Dovecot $mechanism, $connections" "$theirs"
			auth_row "authd $mechanism, $connections" "$ours" \
			    "$(calc %.2f "$(field "$ours" rate)/$(
			        field "$theirs" rate)")"
		done
		dovecot_stop
	done
	auth_row 'SCRAM-SHA-256, 1000' "$(logins 1000 -m SCRAM-SHA-256)"
	authd_stop
}

# By turns.  Who reads authd's watch takes time of processors, too: on two cores
# the rate says something when authd has one of them.  At a rate that is given,
# the CPU says what a login costs that comes alone.
auth_watch() {
	title "authd: SCRAM-SHA-256 while policyd, and authctl watch beside it, read its watch; medians of $WATCH_ROUNDS"
	row 'readers, connections' $AUTH_FIGURES x-none x-CPU
	authd_bench 0 0
	taskset -apc 0 "$authd_pid" >/dev/null
	taskset -pc "1-$((CORES - 1))" $$ >/dev/null
	for connections in 10 100; do
		watch_rounds "pinned, $connections" "$connections"
	done
	watch_rounds 'pinned, 2,000/s' 10 -r 2000
	taskset -apc "0-$((CORES - 1))" "$authd_pid" >/dev/null
	taskset -pc "0-$((CORES - 1))" $$ >/dev/null
	for connections in 10 100; do
		watch_rounds "$connections" "$connections"
	done
	authd_stop
}

# watch_rounds NAME CONNECTIONS OPTION...
watch_rounds() {
	name=$1
	shift
	rm -f "$T/watch".*
	for _ in $(seq "$WATCH_ROUNDS"); do
		for readers in none policyd both; do
			readers_start "$readers"
			logins "$@" -m SCRAM-SHA-256 -w 300 -t 0.3 \
			    >>"$T/watch.$readers"
			readers_stop "$readers"
		done
	done
	for readers in none policyd both; do
		watch_row "$readers, $name" "$T/watch.$readers"
	done
}

readers_start() {
	[ "$1" = none ] && return
	policyd_start
	wait_for link_is_up
	[ "$1" = both ] || return
	"$AUTHCTL" -c "$T/authd.cf" watch >"$T/watched" &
	reader_pid=$!
	wait_for grep -q present "$T/watched"
}

readers_stop() {
	if [ "$1" = both ]; then
		kill "$reader_pid"
		wait "$reader_pid" 2>/dev/null
	fi
	[ "$1" = none ] || policyd_stop
}

link_is_up() {
	policyctl ask metrics | grep -qx 'sekisho_policyd_link_up 1'
}

# watch_row NAME FILE
watch_row() {
	row "$1" "$(median rate "$2")" "$(median p50 "$2")" \
	    "$(median p99 "$2")" "$(greatest max "$2")" \
	    "$(median cpu_us "$2")" "$(median rss_anon_kb "$2")" \
	    "$(watch_ratio rate "$2")" "$(watch_ratio cpu_us "$2")"
}

# watch_ratio FIGURE FILE: to that of the same round without readers
watch_ratio() {
	while read -r line && read -r without <&3; do
		calc 'x=%.3f' "$(field "$line" "$1")/$(field "$without" "$1")"
		echo
	done <"$2" 3<"$T/watch.none" >"$T/ratios"
	median x "$T/ratios"
}

# flood_start OPTION...: PLAIN in the background, until flood_stop
flood_start() {
	"$BENCH/auth_load" -p "$PASSWORD" -U 10 -t 120 -n 10000000 \
	    -a 198.18.0.1 "$@" "unix:$AUTH_SOCKET" >/dev/null 2>&1 &
	flood_pid=$!
	sleep 1
}

flood_stop() {
	kill "$flood_pid" 2>/dev/null
	wait "$flood_pid" 2>/dev/null
}

auth_flood() {
	title 'authd: logins of one client, alone and while others log in by PLAIN (100 in flight)'
	row mechanism alone-p50 alone-p99 flood-p50 flood-p99
	authd_bench 0 0
	for mechanism in SCRAM-SHA-256 CRAM-MD5 PLAIN; do
		alone=$(logins 1 -m "$mechanism")
		flood_start -c 10 -d 10
		flood=$(logins 1 -m "$mechanism")
		flood_stop
		row "$mechanism" "$(field "$alone" p50)" \
		    "$(field "$alone" p99)" "$(field "$flood" p50)" \
		    "$(field "$flood" p99)"
	done
	authd_stop
}

auth_guessers() {
	title 'authd: a user who logged in before, while others guess (PLAIN, failure delay 2 s, no success cache)'
	row 'who guesses, login by' logins/s p50 p99 max
	authd_bench 0 2s
	for mechanism in PLAIN SCRAM-SHA-256 CRAM-MD5; do
		guessed_row 'nobody'
	done
	flood_start -p wrong -c 50 -d 20 -A 100
	for mechanism in PLAIN SCRAM-SHA-256 CRAM-MD5; do
		guessed_row '100 addresses'
	done
	flood_stop
	flood_start -p wrong -c 100 -d 9 -A 0 -a 10.0.0.1
	for mechanism in PLAIN SCRAM-SHA-256 CRAM-MD5; do
		guessed_row 'new addresses'
	done
	flood_stop
	authd_stop
}

guessed_row() {
	result=$(logins 1 -m "$mechanism" -U 1 -w 1 -t 4)
	row "$1, $mechanism" "$(field "$result" rate)" \
	    "$(field "$result" p50)" "$(field "$result" p99)" \
	    "$(field "$result" max)"
	[ "$(field "$result" failed)" = 0 ] || echo "  failed: $result"
}

auth_users() {
	title 'authd: number of users (CRAM-MD5, 10 connections)'
	row users $AUTH_FIGURES max-while-replaced
	echo >"$T/none"
	hash=$(doveadm -c "$T/none" pw -s CRAM-MD5 -p "$PASSWORD")
	for users in 10 10000 1000000; do
		authd_bench 0 0
		awk -v n="$users" -v hash="$hash" 'BEGIN {
			for (i = 0; i < n; i++)
				print "many" i "@example.org:" hash
		}' | authctl import passwd-file - >/dev/null
		sleep 1.5
		result=$(logins 10 -m CRAM-MD5 -A 0 -u many -U "$users")
		{
			sleep 0.5
			user_add "one-more@example.org" secret >/dev/null
		} &
		replacing=$!
		beside=$(logins 10 -m CRAM-MD5 -A 0 -u many -U "$users" -t 5)
		wait "$replacing"
		auth_row "$users" "$result" "$(field "$beside" max)"
		authd_stop
	done
}
