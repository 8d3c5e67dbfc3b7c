#!/bin/sh
# What authctl exports for Dovecot, read by a real one: 2.3 of Debian 12 and 2.4
# of Debian 13.  Who cannot log in here cannot log in there.

# A Debian 13 for the Dovecot that this machine does not have.  It comes from
# the network, which the test itself has not.
if [ -z "$TRIXIE" ]; then
	TRIXIE=$(mktemp -d /var/tmp/sekisho-trixie.XXXXXX) || exit 1
	export TRIXIE
	trap 'rm -rf --one-file-system "$TRIXIE"' EXIT
	trap 'exit 130' HUP INT TERM
	"$(dirname "$0")/hosts/host" root trixie "$TRIXIE" dovecot-core \
	    >&2 </dev/null
	"$0"
	exit
fi
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'

authd_conf 'mechanisms = PLAIN CRAM-MD5' 'password_scheme = bcrypt:4'
for user in active suspended past later bound '#hash' 'co:lon'; do
	user_add "$user" secret || bail_out "no user $user"
done
authctl user suspend suspended
authctl user expire past 2020-01-01 2>"$T/out"
authctl user expire later +30d
app_password=$(authctl app-password add bound --label a -j \
    --networks 203.0.113.0/24 | sed 's/.*"password":"\([^"]*\)".*/\1/')
authctl export dump | sed '/^user=active@/,/^$/{
	s/=active@/=newer@/
	s/^created=.*/&\nlogin-hours=8-17/
}' >"$T/dump"
authctl import dump "$T/dump" >"$T/out" 2>&1

authctl export passwd-file >"$T/users" 2>"$T/err"
is "$? $(sort "$T/err")" '1 authctl: #hash@example.org: a passwd-file cannot have this name
authctl: bound@example.org: its app passwords are left out
authctl: co:lon@example.org: a passwd-file cannot have this name
authctl: later@example.org: a passwd-file cannot say that it expires
authctl: newer@example.org: its record is of a later version, whose limits are not known here' \
    'what a passwd-file cannot say is told'

# dovecot_conf VERSION DIRECTORY
dovecot_conf() {
	case $1 in
	2.3.*)
		cat <<-END
		passdb {
		  driver = passwd-file
		  args = username_format=%u $2/users
		}
		userdb {
		  driver = static
		  args = uid=8 gid=8 home=/tmp
		}
		END
		;;
	*)
		cat <<-END
		dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		passdb passwd-file {
		  passwd_file_path = $2/users
		}
		userdb static {
		  fields {
		    uid = 8
		    gid = 8
		    home = /tmp
		  }
		}
		END
		;;
	esac
	cat <<-END
	base_dir = $2/run
	state_dir = $2/state
	log_path = $2/log
	protocols =
	ssl = no
	auth_mechanisms = plain
	auth_failure_delay = 0
	service auth {
	  unix_listener $2/socket {
	    mode = 0666
	  }
	}
	END
}

# dovecot_reads ROOT: the Dovecot of that root gets the users, and answers
dovecot_reads() {
	root=$1
	version=$(chroot "$root" dovecot --version 2>/dev/null)
	if [ -z "$version" ]; then
		diag "no Dovecot in $root"
		return
	fi
	dir=/run/sekisho-dovecot
	mount --bind /dev "$root/dev"
	mount -t tmpfs run "$root/run"
	mkdir "$root$dir"
	cp "$T/users" "$root$dir/users"
	dovecot_conf "$version" $dir >"$root$dir/conf"
	chroot "$root" dovecot -F -c $dir/conf >"$T/dovecot.log" 2>&1 &
	dovecot_pid=$!
	wait_for test -S "$root$dir/socket" ||
	    bail_out "Dovecot $version does not start"
	asked=0
	says active secret 'OK *' 'an active user logs in'
	says active Secret 'FAIL *' 'with no other password'
	says suspended secret 'FAIL *' 'a suspended one does not'
	says past secret 'FAIL *' 'nor one who has expired'
	says later secret 'FAIL *' 'nor one who will'
	says newer secret 'FAIL *' 'nor one with limits of a later version'
	says bound "$app_password" 'FAIL *' 'nor one bound to a network'
	says bound secret 'OK *' 'but with his own password'
	says '#hash' secret 'FAIL *' 'nor one whose line is a comment'
	says co secret 'FAIL *' 'nor one whose name is cut'
	kill "$dovecot_pid"
	wait "$dovecot_pid"
	umount "$root/run" "$root/dev"
}

# says NAME PASSWORD PATTERN TEXT: each from another address, for a refusal
# makes the next one wait
says() {
	asked=$((asked + 1))
	like "$("$BUILD/t/login" -v 1 -i "192.0.2.$asked" "$root$dir/socket" \
	    "$1@example.org" "$2")" "$3" "Dovecot ${version%% *}: $4"
}

# The root of this machine, where no mount of it is seen.
mkdir "$T/root"
mount --rbind / "$T/root" && mount --make-rprivate "$T/root"
dovecot_reads "$T/root"
dovecot_reads "$TRIXIE"
[ "$tests" -gt 1 ] || bail_out 'no Dovecot at all'

done_testing
