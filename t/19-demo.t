#!/bin/sh
# make demo: all as expected, and nothing of it stays, also when it is
# interrupted.

[ "$(id -u)" = 0 ] || {
	echo '1..0 # SKIP needs root'
	exit 0
}
cd "$(dirname "$0")/.." || exit 1
TMPDIR=$(mktemp -d /tmp/t.XXXXXX) || exit 1
export TMPDIR
chmod 755 "$TMPDIR"
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' HUP INT TERM

# result CODE NUMBER NAME
result() {
	[ "$1" = 0 ] || {
		printf 'not '
		sed 's/^/# /' "$TMPDIR/out" >&2
	}
	echo "ok $2 - $3"
}

# Directories and processes that know of this place.
nothing_left() {
	[ "$(ls "$TMPDIR")" = out ] &&
	    ! grep -lF "$TMPDIR/sekisho" /proc/[0-9]*/cmdline 2>/dev/null
}

shows_its_table() {
	grep -q 'Service unavailable' "$TMPDIR/out"
}

# wait_for COMMAND: as that of t/tap.sh
wait_for() {
	deadline=$(($(date +%s) + 300))
	until "$@" >/dev/null; do
		[ "$(date +%s)" -le "$deadline" ] || return 1
		sleep 0.05
	done
}

echo 1..6
t/demo >"$TMPDIR/out" 2>&1 </dev/null
result $? 1 'all is as expected'
wait_for nothing_left
result $? 2 'nothing is left'

# As Ctrl-C does it: a signal to the whole group.
env --default-signal=INT setsid t/demo >"$TMPDIR/out" 2>&1 </dev/null &
demo=$!
wait_for shows_its_table
result $? 3 'it runs again'
kill -s INT -- -$demo
wait_for nothing_left
result $? 4 'nothing is left when it is interrupted'

# As a service manager does it: one signal to what it started.
t/demo >"$TMPDIR/out" 2>&1 </dev/null &
demo=$!
wait_for shows_its_table
result $? 5 'it runs once more'
kill $demo
wait_for nothing_left
result $? 6 'nothing is left when it is terminated'
