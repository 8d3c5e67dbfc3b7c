#!/bin/sh
# make demo: all as expected, and nothing of it stays, also when it is
# interrupted.
BUILD=${BUILD:-$(cd "$(dirname "$0")/.." && pwd)}
# shellcheck source=t/tap.sh
. "$BUILD/t/tap.sh"

[ "$(id -u)" = 0 ] || skip_all 'needs root'
T=$(mktemp -d /tmp/t.XXXXXX) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 130' HUP INT TERM
mkdir "$T/tmp"
chmod 755 "$T" "$T/tmp"
TMPDIR=$T/tmp
export TMPDIR

logs_show() {
	diag "$(cat "$T/out")"
}

# Directories and processes that know of this place.
nothing_left() {
	[ -z "$(ls "$TMPDIR")" ] &&
	    ! grep -lF "$TMPDIR/sekisho" /proc/[0-9]*/cmdline 2>/dev/null
}

shows_its_table() {
	grep -q 'Service unavailable' "$T/out"
}

# waited NAME COMMAND...: in time
waited() {
	name=$1
	shift
	wait_for "$@"
	result $? "$name"
}

ok 'all is as expected' "$BUILD/t/demo"
waited 'nothing is left' nothing_left

# As Ctrl-C does it: a signal to the whole group.
: >"$T/out"
env --default-signal=INT setsid "$BUILD/t/demo" >"$T/out" 2>&1 </dev/null &
demo=$!
waited 'it runs again' shows_its_table
kill -s INT -- -$demo
waited 'nothing is left when it is interrupted' nothing_left

# As a service manager does it: one signal to what it started.
: >"$T/out"
"$BUILD/t/demo" >"$T/out" 2>&1 </dev/null &
demo=$!
waited 'it runs once more' shows_its_table
kill $demo
waited 'nothing is left when it is terminated' nothing_left
tests_end
