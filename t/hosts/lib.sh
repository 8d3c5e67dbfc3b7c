# What the tests on real hosts share.  A test sources this file first; it needs
# root, and runs on one release of Debian: SUITE=bookworm or trixie.
#
#   host_start NAME PACKAGE...    boot a host that has these packages
#   in_host NAME COMMAND...       run a command there
#   host COMMAND NAME...          copy, online, link, reboot: t/hosts/README
#   sekisho_install NAME          what this tree builds
#   is, like, ok, exits, wait_for, done_testing     t/tap.sh
#
# NAME has at most four characters; to the machine a host is $HOSTS-NAME.  All
# hosts end with the test, however it ends; what they wrote is gone then.
# shellcheck shell=dash

BUILD=$(cd "$(dirname "$0")/../.." && pwd)
SUITE=${SUITE:-trixie}
HOSTS=s$(printf %x $$)
LC_ALL=C
export LC_ALL

# shellcheck source=t/tap.sh
. "$BUILD/t/tap.sh"

[ "$(id -u)" = 0 ] || skip_all 'needs root'
T=$(mktemp -d "${TMPDIR:-/var/tmp}/sekisho.XXXXXX") || exit 1
trap 'hosts_clear' EXIT
trap 'exit 130' HUP INT TERM

hosts_clear() {
	"$BUILD/t/hosts/host" clean "$HOSTS-" && rm -rf --one-file-system "$T"
}

# host COMMAND NAME...: t/hosts/host, with the name of a host of this test
host() {
	host_command=$1
	host_name=$HOSTS-$2
	shift 2
	"$BUILD/t/hosts/host" "$host_command" "$host_name" "$@"
}

in_host() {
	host run "$@"
}

# host_start NAME PACKAGE...
host_start() {
	host_root=$T/$1
	hosts="$hosts $1"
	shift
	{
		"$BUILD/t/hosts/host" root "$SUITE" "$host_root" "$@" &&
		    HOST_OWNER=$$ "$BUILD/t/hosts/host" boot "$host_root" \
		    "$HOSTS-${host_root##*/}"
	} >"$T/out" 2>&1 ||
	    bail_out "$host_root does not start" "$(cat "$T/out")"
}

# The last lines of every journal, when something went wrong.
logs_show() {
	for host in $hosts; do
		diag "--- $host" "$(in_host "$host" journalctl -n 40 --no-pager \
		    2>&1)"
	done
}

done_testing() {
	tests_end
}

# sekisho_install NAME: from the source, with make install
sekisho_install() {
	mkdir -p "$T/source"
	(cd "$BUILD" && git ls-files -z | tar -c --null -T - 2>/dev/null) |
	    tar -x -C "$T/source"
	host copy "$1" "$T/source" /src
	host online "$1" sh -c 'apt-get update -qq &&
	    make -s -C /src -j2 install PREFIX=/usr &&
	    systemd-sysusers && systemd-tmpfiles --create' >"$T/out" 2>&1 ||
	    bail_out "cannot install on $1" "$(tail -n 20 "$T/out")"
}
