# What the tests on real hosts share.  A test sources this file first; it needs
# root, and runs on one release of Debian: SUITE=bookworm or trixie.
#
#   host_start NAME PACKAGE...    boot a host that has these packages
#   in_host NAME COMMAND...       run a command there
#   host COMMAND NAME...          copy, online, link, reboot: t/hosts/README
#   sekisho_host NAME PACKAGE...  ... with Postfix and our package
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

# host_end NAME: it, and its disk
host_end() {
	host stop "$1" && rm -rf --one-file-system "${T:?}/$1"
}

# The last lines of every journal, when something went wrong.
logs_show() {
	for host in $hosts; do
		[ ! -d "$T/$host" ] || diag "--- $host" \
		    "$(in_host "$host" journalctl -n 40 --no-pager \
		    -u 'sekisho*' -u 'postfix*' 2>&1)"
	done
}

done_testing() {
	tests_end
}

# package_make VERSION: build this source for this release of Debian, unless
# that is done; the file is $package then.
package_make() {
	case $SUITE in
	bookworm) package=12 ;;
	trixie) package=13 ;;
	*) bail_out "SUITE=$SUITE: bookworm or trixie" ;;
	esac
	package=sekisho_$1+deb${package}_$(dpkg --print-architecture).deb
	mkdir -p "$BUILD/dist"
	exec 9>"$BUILD/dist/.$package.lock" && flock 9
	if [ ! -e "$BUILD/dist/$package" ] || [ "$(cd "$BUILD" &&
	    git ls-files -z | xargs -0 ls -d 2>/dev/null | tr '\n' '\0' |
	    find -files0-from - -newer "dist/$package" -print -quit)" ]; then
		package_build "$1"
	fi
	exec 9>&-
	package=$BUILD/dist/$package
}

# In a root that has what building needs and nothing else.
package_build() {
	# shellcheck disable=SC2046 # words
	host_start bld make $("$BUILD/t/deps" list deb)
	mkdir "$T/source"
	(cd "$BUILD" && git ls-files -z | tar -c --null -T - 2>/dev/null) |
	    tar -x -C "$T/source"
	host copy bld "$T/source" /src
	in_host bld make -C /src deb DEPS=no "VERSION=$1" >"$T/out" 2>&1 ||
	    bail_out 'the package is not built' "$(tail -n 20 "$T/out")"
	in_host bld cat "/src/dist/$package" >"$BUILD/dist/$package.new" &&
	    mv "$BUILD/dist/$package.new" "$BUILD/dist/$package" ||
	    bail_out "no dist/$package"
	host_end bld
}

# sekisho_host NAME PACKAGE...: boot a host with Postfix, what our package
# depends on and these; install our package there.
sekisho_host() {
	package_make "${SEKISHO_VERSION:-0.1}"
	# shellcheck disable=SC2046 # words
	host_start "$@" postfix $(dpkg-deb -f "$package" Depends |
	    sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
	package_install "$1"
}

# package_install NAME: an upgrade, if there is one
package_install() {
	host copy "$1" "$package" /root/sekisho.deb
	in_host "$1" apt-get install -y --allow-downgrades ./sekisho.deb \
	    >"$T/out" 2>&1 || bail_out "cannot install on $1" \
	    "$(tail -n 20 "$T/out")"
}
