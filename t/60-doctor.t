#!/bin/sh
# doctor names what is wrong, and its line mends it: faults are made on a
# private Postfix and our daemons, one at a time, each found by its name, each
# silent once the line was typed or written.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has net || skip_all 'needs a network of its own'
SMTP_PORT=25
SUBMISSION_PORT=587
faketime=$(echo /usr/lib/*/faketime/libfaketime.so.1)

# What the lines call; the daemons of the test are no services.
service() {
	case $1:$2 in
	sekisho-authd:restart)
		[ -z "$authd_pid" ] || {
			kill -CONT "$authd_pid"
			authd_stop
		}
		daemon_run "$AUTHD" "$AUTHCTL" "$T/authd.cf" "$T/authd.log"
		authd_pid=$daemon_pid
		;;
	sekisho-authd:reload) authctl ask reload ;;
	*) return 1 ;;
	esac
}

systemctl() {
	service "$2" "$1"
}

# apply LINE: type it, or write it
apply() {
	case $1 in
	'write in '*)
		rest=${1#write in }
		line=${rest#*: }
		printf '%s\n' "${line%, then *}" >>"${rest%%: *}"
		eval "${line##*, then }"
		;;
	*' user '*NAME | *' user passwd '*)
		printf 'secret\n' | eval "$(echo "$1" | sed 's/NAME$/fred/')" \
		    --password-stdin
		;;
	*) eval "$(echo "$1" | sed "s,BACKUP,$T/good/users.gdbm,")" ;;
	esac >"$T/applied" 2>&1
}

# With a clock that is late, until $late is empty.
doctor() {
	(
		[ -z "$late" ] || export LD_PRELOAD="$faketime" FAKETIME="$late"
		"$1" doctor "$T/postfix" 2>"$T/not-checked"
	)
}

timedatectl() {
	late=
}

good_keep() {
	mkdir -p "$T/good"
	cp -a "$T/postfix" "$T/authd.cf" "$T/auth/users.gdbm" "$T/good"
}

good_restore() {
	cp -a "$T/good/postfix/"*.cf "$T/postfix"
	cmp "$T/good/authd.cf" "$T/authd.cf" || {
		cp -a "$T/good/authd.cf" "$T/authd.cf"
		service sekisho-authd restart
	}
}

# fault TOOL ID WORDS COMMAND: made by the command
fault() {
	eval "$4" >"$T/broken" 2>&1 || bail_out "$(cat "$T/broken")"
	doctor "$1" >"$T/findings"
	is "$?" 1 "$2: $4: exit code"
	line=$(grep "^[a-z]* $2: " "$T/findings" | head -n 1)
	like "$line" "$3" "$2: $4: is named"
	apply "${line##*; fix: }"
	is "$(doctor "$1")" 'no faults found' "$2: ${line##*; fix: }: mends it" ||
	    diag "$(cat "$T/findings" "$T/applied")"
	good_restore >"$T/restored" 2>&1
}

main_cf() {
	postconf -c "$T/postfix" -e "$1"
}

submission() {
	postconf -c "$T/postfix" -P "127.0.0.1:587/inet/$1"
}

socket_dead() {
	perl -MIO::Socket::UNIX -e \
	    'IO::Socket::UNIX->new(Listen => 1, Local => shift) or die' "$1"
	chmod 666 "$1"
}

# Its listener is a process of its own, that has to go.
socket_stranger() {
	socat "UNIX-LISTEN:$1,fork,mode=666" SYSTEM:"$2" &
	wait_for test -S "$1"
}

# The owner is root, so that the list counts for postfix.
socket_acl() {
	chown root "$1"
	python3 -c '
import os, pwd, struct, sys
def entry(tag, rights, who = 0xffffffff):
	return struct.pack("<HHI", tag, rights, who)
os.setxattr(sys.argv[1], "system.posix_acl_access", struct.pack("<I", 2) +
    entry(1, 6) + entry(2, 0, pwd.getpwnam("postfix").pw_uid) + entry(4, 6) +
    entry(16, 6) + entry(32, 0))' "$1"
}

setfacl() {
	python3 -c '
import os, sys
os.removexattr(sys.argv[1], "system.posix_acl_access")' "$2"
}

authd_faults() {
	while IFS='|' read -r id words command; do
		[ "$id" ] || continue
		fault authctl "$id" "$words" "$command" </dev/null
	done
}

postfix_start
authd_start
user_add fred secret || bail_out 'no user'
is "$(doctor authctl)" 'no faults found' 'authd: a good set-up' ||
    diag "$(cat "$T/not-checked")"

for chroot in y n; do
	postconf -c "$T/postfix" -F "*/inet/chroot=$chroot"
	good_keep
	authd_faults <<-END
	sasl-path|*smtpd_sasl_path = private/auth*|main_cf 'smtpd_sasl_path = private/auth'
	sasl-path|*127.0.0.1:587*|submission smtpd_sasl_path=smtpd
	sasl-path|*not listen*|main_cf 'smtpd_sasl_path = unix:/var/run/dovecot/auth'
	END
done
main_cf 'smtpd_tls_auth_only = yes'
good_keep
authd_faults <<-END
sasl-type|*= cyrus*|main_cf 'smtpd_sasl_type = cyrus'
sasl-mechanisms|*no SASL authentication mechanisms*noplaintext*PLAIN LOGIN*|submission smtpd_sasl_security_options=noplaintext,noanonymous
sasl-mechanisms|*behind TLS*noplaintext*|main_cf 'smtpd_sasl_tls_security_options = noplaintext'
sasl-mechanisms|*forward_secrecy*|submission smtpd_sasl_security_options=forward_secrecy
sasl-mechanisms|*smtpd_sasl_mechanism_filter*|main_cf 'smtpd_sasl_mechanism_filter = cram-md5'
sasl-hidden|*smtpd_sasl_exceptions_networks*|main_cf 'smtpd_sasl_exceptions_networks = 0.0.0.0/0'
sasl-hidden|*= auth*|submission smtpd_discard_ehlo_keywords=auth
sasl-hidden|*= starttls*|submission smtpd_discard_ehlo_keywords=starttls
sasl-permit|*permit_sasl_authenticated*|main_cf 'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination'
sasl-off|*no service*|submission smtpd_sasl_auth_enable=no
tls-missing|*nobody can log in*|submission smtpd_tls_security_level=none
clear-passwords|*PLAIN without TLS*|submission smtpd_tls_auth_only=no && submission smtpd_tls_security_level=may
auth-port-25|*127.0.0.1:25*|main_cf 'smtpd_sasl_auth_enable = yes'
realm-doubled|*= example.org*|main_cf 'smtpd_sasl_local_domain = example.org'
database|*no users*|rm $T/auth/users.gdbm
database|*|echo garbage >$T/auth/users.gdbm
database-rights|*everybody (644)*|chmod o+r $T/auth/users.gdbm
database-rights|*open to the group daemon*|chgrp daemon $T/auth/users.gdbm
database-rights|*cannot be read by sekisho-authd*|chgrp root $T/auth/users.gdbm
no-users|*|authctl user del fred
no-secret|*1 of 1 users*CRAM-MD5*|echo mechanisms = PLAIN CRAM-MD5 >>$T/authd.cf && authctl ask reload
default-realm|*(example.com)*|echo default_realm = example.com >>$T/authd.cf && authctl ask reload
clock|*in the future*|late=-1d
authd-old|*auth_failure_delay*|echo auth_failure_delay = 3s >>$T/authd.cf
authd-old|*workers*|echo workers = 3 >>$T/authd.cf
authd-down|*does not run*|authd_stop
authd-down|*does not answer*|kill -STOP \$authd_pid
socket-missing|*nobody listens*|rm $AUTH_SOCKET
socket-dead|*nobody listens*|rm $AUTH_SOCKET; socket_dead $AUTH_SOCKET
socket-directory|*may not enter $T/queue/private*|chown root $T/queue/private
socket-rights|*may not write*|chown root:root $AUTH_SOCKET
socket-acl|*access control list*|socket_acl $AUTH_SOCKET
socket-stranger|*as it should*|rm $AUTH_SOCKET; socket_stranger $AUTH_SOCKET 'echo hello'
socket-silent|*|rm $AUTH_SOCKET; socket_stranger $AUTH_SOCKET 'read line'
END

doctor_json() {
	"$AUTHCTL" -c "$T/authd.cf" doctor -j "$T/postfix" 2>&1
}
is "$(doctor_json)" '[]' 'no findings as JSON'
main_cf 'smtpd_sasl_local_domain = example.org'
like "$(doctor_json)" \
    '[[]{"severity":"warning","id":"realm-doubled","what":"*","fix":"postconf *"}]' \
    'a finding as JSON'
good_restore
timeout "$DEADLINE" setpriv --reuid 4711 --regid 4711 --clear-groups \
    "$AUTHCTL" -c "$T/authd.cf" doctor "$T/postfix" >"$T/out" 2>&1
is "$?" 0 'without root'
like "$(cat "$T/out")" '*not checked: open *authd.cf: Permission denied*
*no faults found*' 'without root: says what it could not check'
done_testing
