# The test anything protocol, for tests that are shell scripts: sourced by
# t/lib.sh and t/hosts/lib.sh.  Who sources it has a directory $T and a function
# logs_show.
# shellcheck shell=dash

tests=0
failures=0

# Seconds.  It ends what hangs, and nothing that is slow on a busy machine.
DEADLINE=300

diag() {
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

bail_out() {
	diag "$@"
	logs_show
	exit 1
}

# result 0|1 NAME
result() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		failures=$((failures + 1))
		return 1
	fi
}

# is GOT EXPECTED NAME
is() {
	if [ "$1" = "$2" ]; then
		result 0 "$3"
	else
		result 1 "$3"
		diag "     got: $1"
		diag "expected: $2"
		return 1
	fi
}

# like GOT PATTERN NAME: a pattern of the shell
like() {
	# shellcheck disable=SC2254 # a pattern it is
	case $1 in
	$2) result 0 "$3" ;;
	*)
		result 1 "$3"
		diag "     got: $1"
		diag "expected: $2"
		return 1
		;;
	esac
}

# ok NAME COMMAND...: the command succeeds
ok() {
	name=$1
	shift
	if "$@" >"$T/out" 2>&1; then
		result 0 "$name"
	else
		result 1 "$name"
		diag "$* failed: $(cat "$T/out")"
		return 1
	fi
}

# exits CODE NAME COMMAND...: what it says stands in $T/out
exits() {
	code=$1
	name=$2
	shift 2
	timeout "$DEADLINE" "$@" >"$T/out" 2>&1 </dev/null
	is "$?" "$code" "$name" || diag "$(cat "$T/out")"
}

tests_end() {
	echo "1..$tests"
	[ "$failures" = 0 ] && exit 0
	logs_show
	exit 1
}

# wait_for COMMAND...: until the command succeeds
wait_for() {
	wait_until=$(($(date +%s) + DEADLINE))
	until "$@" >/dev/null 2>&1; do
		[ $? != 127 ] || bail_out "wait_for: no such command: $1"
		[ "$(date +%s)" -le "$wait_until" ] || return 1
		sleep 0.05
	done
}
