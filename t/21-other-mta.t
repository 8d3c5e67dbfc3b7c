#!/bin/sh
# Exim and chasquid with authd.  Their packages cannot be installed beside
# Postfix, so they are unpacked only.
#
# The packages come from Debian's mirror, before there is a network of our own.
dir=$(cd "$(dirname "$0")" && pwd)/packages

# libraries PACKAGE...: that these need and this machine lacks, whatever their
# names are in this release
libraries() {
	apt-cache depends "$@" | sed -n 's/^  Depends: \(lib.*\)/\1/p' |
	    sort -u | while read -r library; do
		dpkg-query -W "$library" >/dev/null 2>&1 || echo "$library"
	done
}

if [ -z "$SANDBOX" ] && [ "$DEPS" != no ] && [ ! -e "$dir/complete" ]; then
	names='exim4-daemon-heavy chasquid'
	# shellcheck disable=SC2086 # words
	names="$names $(libraries $names)"
	# shellcheck disable=SC2086 # words, with what the libraries need
	names="$names $(libraries $names)"
	# shellcheck disable=SC2086 # words
	mkdir -p "$dir" && cd "$dir" &&
	    apt-get download $names >/dev/null 2>&1 && : >complete
	cd - >/dev/null || exit 1
fi
. "$(dirname "$0")/lib.sh"

[ -e "$dir/complete" ] || skip_all 'the packages are not there'
for package in "$dir"/*.deb; do
	dpkg -x "$package" "$T/root"
done
library_path=$(find "$T/root" -name '*.so.*' -printf '%h\n' | sort -u |
    paste -sd:)
sandbox_has mounts || skip_all 'needs a mount namespace of its own'

authd_start 'auth_failure_delay = 0' \
    "listen = unix:$T/auth.sock" 'mechanisms = PLAIN LOGIN CRAM-MD5'
user_add fred@example.org secret || bail_out 'no user'
chmod 666 "$T/auth.sock"

log_has() {
	grep -q "$1" "$T/authd.log"
}

# --- Exim ----------------------------------------------------------------------

mkdir "$T/exim"
chown mail "$T/exim"
# Exim insists on the user that Debian makes for it.
sed '$ a Debian-exim:x:8:8::/nonexistent:/bin/false' /etc/passwd >"$T/passwd"
sed '$ a Debian-exim:x:8:' /etc/group >"$T/group"
mount --bind "$T/passwd" /etc/passwd
mount --bind "$T/group" /etc/group
{
	cat <<-END
	primary_hostname = mail.example.org
	spool_directory = $T/exim
	log_file_path = $T/exim/%s.log
	acl_smtp_rcpt = rcpt
	tls_advertise_hosts =
	keep_environment =
	begin acl
	rcpt:
	  accept authenticated = *
	  deny message = relay not permitted
	begin routers
	sink:
	  driver = redirect
	  data = :blackhole:
	begin authenticators
	END
	for mechanism in PLAIN LOGIN CRAM-MD5; do
		cat <<-END
		a$mechanism:
		  driver = dovecot
		  public_name = $mechanism
		  server_socket = $T/auth.sock
		  server_set_id = \$auth1
		END
	done
} | sed 's/aCRAM-MD5:/aCRAM:/' >"$T/exim.conf"
chmod 644 "$T/exim.conf"
LD_LIBRARY_PATH=$library_path "$T/root/usr/sbin/exim4" -C "$T/exim.conf" -bdf -oX 127.0.0.1.10026 \
    -oP "$T/exim/pid" >"$T/exim.log" 2>&1 &
wait_for [ -s "$T/exim/pid" ] || bail_out 'Exim does not start'

exim() {
	smtp -p 10026 --auth "$1" -au fred -ap "$2"
}

for mechanism in PLAIN LOGIN CRAM-MD5; do
	like "$(exim "$mechanism" secret)" '250 OK id=*' \
	    "Exim, $mechanism: the right password"
	like "$(exim "$mechanism" wrong)" '535 Incorrect authentication data' \
	    "Exim, $mechanism: a wrong one"
	log_has "user=fred@example.org mech=$mechanism .*ip=127.0.0.1 result=ok"
	result $? "Exim, $mechanism: the log has mechanism and name"
done
grep -q 'A=aPLAIN:fred@example.org' "$T/exim/main.log"
result $? 'Exim logs the name'
mv "$T/auth/users.gdbm" "$T/away"
like "$(exim PLAIN secret)" '435 Unable to authenticate at present*' \
    'Exim: no database is a temporary failure'
mv "$T/away" "$T/auth/users.gdbm"

# --- chasquid --------------------------------------------------------------------

certificate_make
mkdir -p "$T/chasquid/certs/mail.example.org" "$T/chasquid/domains/example.org" \
    "$T/chasquid/data"
cp "$T/cert.pem" "$T/chasquid/certs/mail.example.org/fullchain.pem"
cp "$T/key.pem" "$T/chasquid/certs/mail.example.org/privkey.pem"
cat >"$T/chasquid/chasquid.conf" <<END
hostname: "mail.example.org"
smtp_address: "127.0.0.1:10027"
submission_address: "127.0.0.1:10028"
data_dir: "$T/chasquid/data"
mail_log_path: "$T/chasquid/mail.log"
dovecot_auth: true
dovecot_userdb_path: "$T/none.sock"
dovecot_client_path: "$T/auth.sock"
END
"$T/root/usr/bin/chasquid" -config_dir "$T/chasquid" \
    >"$T/chasquid.log" 2>&1 &
chasquid() {
	smtp -p 10028 --tls --auth PLAIN -au fred@example.org -ap "$1" \
	    --quit-after AUTH
}
wait_for eval 'chasquid secret | grep -q ^2'
like "$(chasquid secret)" '235 *' 'chasquid: the right password'
like "$(chasquid wrong)" '535 *' 'chasquid: a wrong one'

done_testing
