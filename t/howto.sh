# A test that follows a how-to word for word: sourced after lib.sh.  It makes a
# machine of its own, mail.example.org (192.0.2.1), with Postfix as Debian has it
# and sekisho as make install puts it there, and a client beside it (192.0.2.9).
#
#   howto NAME <RECORDS     which one: etc/howto/NAME; what DNS has, one a line
#   follow SECTION          do what that section says
#   on_client COMMAND...    from there
#
# Variables that are used by the file which sources this one:
# shellcheck shell=dash disable=SC2034

sandbox_has mounts || skip_all 'needs mounts of its own'

# What is typed where a password is asked for.
password='open sesame'

howto() {
	document=$BUILD/etc/howto/$1
	sections=$(grep -c '^[0-9][0-9]*\. ' "$document")
	machine_make
}

# --- the machine ---------------------------------------------------------------

# A copy of /etc, and new directories where something is written.
machine_make() {
	cp -a /etc "$T/machine-etc"
	mount --bind "$T/machine-etc" /etc
	dev_make
	for directory in /run /home /var/lib /var/spool /var/log /var/mail \
	    /usr/local; do
		mount -t tmpfs -o mode=755 machine "$directory"
	done
	chgrp mail /var/mail
	chmod 2775 /var/mail
	PATH=/usr/local/sbin:/usr/local/bin:$PATH
	network_make
	syslog_start
	sekisho_install
	mail_server_make
	dns_start
}

# The client is at the other end of a cable.
network_make() {
	unshare --net sleep infinity </dev/null &
	client=$!
	wait_for client_is_apart
	ip link add wire type veth peer name wire netns "$client"
	ip addr add 192.0.2.1/24 dev wire
	ip link set wire up
	on_client ip link set lo up
	on_client ip addr add 192.0.2.9/24 dev wire
	on_client ip link set wire up
	echo '192.0.2.1 mail.example.org mail' >>/etc/hosts
}

client_is_apart() {
	[ "$(readlink "/proc/$client/ns/net")" != \
	    "$(readlink /proc/self/ns/net)" ]
}

on_client() {
	nsenter --target "$client" --net -- "$@"
}

# /var/log/mail.log, as rsyslog of Debian writes it
syslog_start() {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
		    Local => "/dev/log") or die;
		chmod 0666, "/dev/log";
		$| = 1;
		while (defined $s->recv(my $line, 65536)) {
			$line =~ s/^<\d+>//;
			print "$line\n";
		}' >/var/log/mail.log &
	wait_for test -S /dev/log
	ln -s /var/log/mail.log "$T/machine.log"
}

# Without systemd, which nobody has here: README's words on it.
sekisho_install() {
	rm -rf /etc/sekisho /etc/init.d/sekisho-*
	make -C "$BUILD" --no-print-directory install DEPS=no \
	    ${SANITIZE:+SANITIZE=1} >"$T/out" 2>&1 ||
	    bail_out 'no installation' "$(cat "$T/out")"
	cp /usr/local/share/sekisho/init.d/* /etc/init.d
}

# What a mail server has before it hears of us: a domain, accounts, a
# certificate.  What it sends to the world is gone.
mail_server_make() {
	cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=mail.example.org -days 2 -keyout /etc/postfix/key.pem \
	    -out /etc/postfix/cert.pem 2>"$T/out" || bail_out 'no certificate'
	cat /usr/share/postfix/main.cf.debian - <<-'CF' |
	myhostname = mail.example.org
	mydestination = example.org, localhost
	mynetworks = 127.0.0.0/8
	alias_maps =
	default_transport = discard:
	smtpd_relay_restrictions = permit_mynetworks,
	    permit_sasl_authenticated, reject_unauth_destination
	smtpd_tls_cert_file = /etc/postfix/cert.pem
	smtpd_tls_key_file = /etc/postfix/key.pem
	CF
	    main_cf_merge >/etc/postfix/main.cf
	for user in fred anna; do
		useradd -M "$user" || bail_out "no account $user"
	done
	install -d -o postfix /var/lib/postfix
	mkdir -p /var/spool/postfix/etc
	cp /etc/services /etc/nsswitch.conf /etc/hosts /etc/resolv.conf \
	    /var/spool/postfix/etc
	postfix start >"$T/out" 2>&1 ||
	    bail_out 'Postfix does not start' "$(cat "$T/out")"
}

# --- the document ----------------------------------------------------------------

# follow SECTION: each step is a test; without one the next ones mean nothing
follow() {
	rm -rf "$T/steps"
	mkdir "$T/steps"
	"$BUILD/t/howto-steps" "$document" "$1" "$T/steps"
	for step in "$T"/steps/*.put "$T"/steps/*.write "$T"/steps/*.root \
	    "$T"/steps/*.client; do
		[ ! -e "$step" ] || echo "$step"
	done | sort >"$T/list"
	[ -s "$T/list" ] || bail_out "section $1 has no steps"
	while read -r step; do
		step_do "$1" "${step%.*}" "${step##*.}"
	done <"$T/list"
	followed="$followed $1"
}

# step_do SECTION STEP KIND
step_do() {
	case $3 in
	put | write)
		read -r target <"$2.target"
		"lines_$3" "$2.$3" "$target" && result 0 "$1: $3 $target"
		;;
	*)
		shown=$2.shown
		command=$(cat "$2.$3")
		command_do "$3"
		result $? "$1: $(head -n 1 "$2.$3" | tr -d '\\')" ||
		    bail_out "$(cat "$T/out" "$T/missing" 2>/dev/null)"
		;;
	esac
}

lines_write() {
	cat "$1" >"$2"
}

# lines_put FROM TO: in place of the lines of the same name
lines_put() {
	awk '
		function name_of(line) {
			return line ~ /=/ ? substr(line, 1, match(line, / *=/) - 1) : line
		}
		/^[^ \t]/ { name = name_of($0) }
		NR == FNR { new[name]; next }
		/^#/ || !(name in new)
	' "$1" "$2" >"$T/lines"
	cat "$1" >>"$T/lines"
	cat "$T/lines" >"$2"
}

# command_do root|client: it shows what it should, or ends well; what looks at
# something is done until it sees it
command_do() {
	case $command in
	grep\ * | tail\ * | ls\ * | curl\ *) wait_for command_does "$1" ;;
	*) command_does "$1" ;;
	esac
}

command_does() {
	rm -f "$T/missing"
	case $1 in
	root) set -- ;;
	client) set -- on_client ;;
	esac
	"$@" timeout "$DEADLINE" "$BUILD/t/typing" "$password" \
	    sh -c "$command" </dev/null >"$T/typed" 2>&1
	ended=$?
	tr -d '\r' <"$T/typed" | tr -s ' ' >"$T/out"
	[ -e "$shown" ] || return $ended
	while read -r line; do
		shows "$line" || echo "missing: $line" >>"$T/missing"
	done <"$shown"
	[ ! -e "$T/missing" ]
}

# shows LINE: "..." is anything, blanks are one
shows() {
	pattern=$(printf '%s\n' "$1" | tr -s ' ' |
	    sed -e 's/[][\\.*^$]/\\&/g' -e 's/\\\.\\\.\\\./.*/g')
	grep -q "^ *$pattern *\$" "$T/out"
}

# howto_done: nothing of the document was left out, doctor finds nothing in what
# it has made, and nobody complained
howto_done() {
	is "$(echo "$followed" | tr ' ' '\n' | grep .)" "$(seq "$sections")" \
	    'all sections were followed'
	for tool in sekisho-authctl sekisho-policyctl; do
		is "$($tool doctor 2>/dev/null)" 'no faults found' \
		    "$tool doctor"
	done
	is "$(grep -E ' sekisho-[a-z]*\[.*(error|fatal): ' /var/log/mail.log)" '' \
	    'no daemon of ours complained'
	postfix stop >"$T/out" 2>&1
	done_testing
}
