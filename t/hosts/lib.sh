# What the tests on real hosts share.  A test sources this file first; it needs
# root, and runs on one release of Debian: SUITE=bookworm or trixie.
#
#   host_start NAME PACKAGE...    boot a host that has these packages
#   in_host NAME COMMAND...       run a command there
#   host COMMAND NAME...          copy, online, link, reboot: t/hosts/README
#   sekisho_host NAME PACKAGE...  a host with Postfix and our package
#   dns_start, readme_follow, user_add, smtp        what works with it
#   is, like, ok, exits, wait_for, done_testing     t/tap.sh
#
# NAME has at most four characters; to the machine a host is $prefix-NAME.  All
# hosts end with the test, however it ends; what they wrote is gone then.
# shellcheck shell=dash

BUILD=$(cd "$(dirname "$0")/../.." && pwd)
SUITE=${SUITE:-trixie}
prefix=s$(printf %x $$)
LC_ALL=C
export LC_ALL

# shellcheck source=t/tap.sh
. "$BUILD/t/tap.sh"

[ "$(id -u)" = 0 ] || skip_all 'needs root'
T=$(mktemp -d "${TMPDIR:-/var/tmp}/sekisho.XXXXXX") || exit 1
trap 'hosts_clear' EXIT
trap 'exit 130' HUP INT TERM

hosts_clear() {
	"$BUILD/t/hosts/host" clean "$prefix-" && rm -rf --one-file-system "$T"
}

# host COMMAND NAME...: t/hosts/host, with the name of a host of this test
host() {
	host_command=$1
	host_name=$prefix-$2
	shift 2
	"$BUILD/t/hosts/host" "$host_command" "$host_name" "$@"
}

in_host() {
	host run "$@"
}

# journal HOST OPTION...: the texts of what has been logged since its boot
journal() {
	journal_of=$1
	shift
	in_host "$journal_of" journalctl --sync
	in_host "$journal_of" journalctl -b --no-pager -o cat "$@"
}

# fails NAME HOST COMMAND...: the command does, there
fails() {
	name=$1
	shift
	! in_host "$@" >"$T/out" 2>&1
	result $? "$name" || diag "$* does not fail: $(cat "$T/out")"
}

# host_start NAME PACKAGE...
host_start() {
	host_root=$T/$1
	hosts="$hosts $1"
	shift
	{
		"$BUILD/t/hosts/host" root "$SUITE" "$host_root" "$@" &&
		    HOST_OWNER=$$ "$BUILD/t/hosts/host" boot "$host_root" \
		    "$prefix-${host_root##*/}"
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
# that is done; the file in dist/hosts is $package then.
package_make() {
	case $SUITE in
	bookworm) package=12 ;;
	trixie) package=13 ;;
	*) bail_out "SUITE=$SUITE: bookworm or trixie" ;;
	esac
	package=sekisho_$1+deb${package}_$(dpkg --print-architecture).deb
	mkdir -p "$BUILD/dist/hosts"
	exec 9>"$BUILD/dist/hosts/$package.lock" && flock 9
	if [ ! -e "$BUILD/dist/hosts/$package" ] || [ "$(cd "$BUILD" &&
	    git ls-files -z -- . ':!t' ':!.ci' | xargs -0 ls -d 2>/dev/null | tr '\n' '\0' |
	    find -files0-from - -newer "dist/hosts/$package" -print -quit)" ]; then
		package_build "$1"
	fi
	exec 9>&-
	package=$BUILD/dist/hosts/$package
}

# source_copy NAME: to /src there
source_copy() {
	mkdir -p "$T/source"
	(cd "$BUILD" && git ls-files -z | tar -c --null -T - 2>/dev/null) |
	    tar -x -C "$T/source"
	host copy "$1" "$T/source" /src
}

# In a root that has what building needs and nothing else.
package_build() {
	# shellcheck disable=SC2046 # words
	host_start bld make $("$BUILD/t/deps" list deb)
	source_copy bld
	in_host bld make -C /src deb DEPS=no "VERSION=$1" >"$T/out" 2>&1 ||
	    bail_out 'the package is not built' "$(tail -n 20 "$T/out")"
	in_host bld cat "/src/dist/$package" >"$T/$package" &&
	    mv "$T/$package" "$BUILD/dist/hosts/$package" ||
	    bail_out "no dist/$package"
	host_end bld
}

# sekisho_host NAME PACKAGE...: boot a host with Postfix, with what its tests
# need and with what our package depends on; install our package there.
sekisho_host() {
	package_make 0.1
	# shellcheck disable=SC2046 # words
	host_start "$@" postfix swaks libnet-ssleay-perl openssl unbound \
	    $(dpkg-deb -f "$package" Depends |
	    sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
	package_install "$1"
}

# package_install NAME: an upgrade, if an older one is there
package_install() {
	host copy "$1" "$package" /root/sekisho.deb
	in_host "$1" apt-get install -y ./sekisho.deb >"$T/out" 2>&1 ||
	    bail_out "cannot install on $1" "$(tail -n 20 "$T/out")"
}

# --- what works with it --------------------------------------------------------

# dns_start NAME <RECORDS: the whole tree for that host, one record a line
dns_start() {
	{
		cat <<-'END'
		server:
			module-config: "iterator"
			local-zone: "." static
			local-data: ". 300 IN SOA a. b. 1 300 300 300 300"
		END
		sed "s/.*/	local-data: '&'/"
	} >"$T/unbound.conf"
	host copy "$1" "$T/unbound.conf" /etc/unbound/unbound.conf
	# It may have given up already, for want of the Internet.
	in_host "$1" sh -c 'systemctl reset-failed unbound
	    systemctl restart unbound' || bail_out "no DNS on $1"
}

# readme_follow NAME: what README.md says about Postfix, word for word
readme_follow() {
	for file in main.cf master.cf; do
		"$BUILD/t/readme-lines" $file |
		    in_host "$1" sh -c "cat >>/etc/postfix/$file"
	done
	in_host "$1" postfix reload >/dev/null 2>&1
}

# Debian defers where most refuse.
relay='permit_mynetworks permit_sasl_authenticated reject_unauth_destination'

# site_make NAME: what a mail server has before it hears of us: a
# certificate, a domain, an account on the machine
site_make() {
	in_host "$1" sh -c 'useradd -m fred && openssl req -x509 -newkey ec \
	    -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mail.example.org \
	    -days 2 -keyout /etc/postfix/key.pem -out /etc/postfix/cert.pem \
	    2>/dev/null' || bail_out "no certificate on $1"
	in_host "$1" postconf -e 'myhostname = mail.example.org' \
	    'mydestination = example.org, localhost' \
	    'smtpd_tls_cert_file = /etc/postfix/cert.pem' \
	    'smtpd_tls_key_file = /etc/postfix/key.pem' \
	    'smtpd_authorized_xclient_hosts = 127.0.0.0/8' \
	    "smtpd_relay_restrictions = $relay" ||
	    bail_out "$1: no main.cf"
}

# user_add NAME USER PASSWORD
user_add() {
	printf '%s\n' "$3" |
	    in_host "$1" sekisho-authctl user add "$2" --password-stdin
}

# smtp NAME OPTION...: swaks on that host; prints the answer that decided.  The
# dialogue: $T/dialogue.
smtp() {
	client=$1
	shift
	in_host "$client" timeout "$DEADLINE" swaks --timeout "$DEADLINE" --server 127.0.0.1 \
	    --from sender@example.net --to fred@example.org \
	    --ehlo client.example.net "$@" >"$T/dialogue" 2>&1 </dev/null
	"$BUILD/t/smtp-answer" "$T/dialogue"
}

# complaints NAME: what a daemon or the service manager complained of
complaints() {
	journal "$1" -u 'sekisho*' |
	    grep -E '(warning|error|fatal): |Unknown|Failed|^<[0-4]>'
	journal "$1" -p warning -u 'sekisho*'
}
