#!/bin/sh
# A login is possible only where Postfix can ask: check tries it as Postfix's
# user, -t judges by rights, and both name what stands in the way and the line
# against it.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'
cp -a /etc "$T/machine-etc"
mount --bind "$T/machine-etc" /etc
groupadd --system mailers
usermod -a -G mailers postfix

start() {
	[ -z "$authd_pid" ] || authd_stop
	authd_start "listen = $1"
}

# checked CODE SOCKET WORDS NAME: what check says of the login and the socket
checked() {
	exits "$1" "$4: check" "$AUTHCTL" -c "$T/authd.cf" check fred
	case $1 in
	0) login='login: possible' ;;
	*) login='login: impossible: Postfix cannot ask authd, see below' ;;
	esac
	like "$(cat "$T/out")" "*$login
*$2: $3" "$4: says why"
}

# warned WORDS NAME: by -t of both daemons, for the listen of authd.cf
warned() {
	grep ^listen "$T/authd.cf" >"$T/policyd.cf"
	echo 'postfix_config_directory =' >>"$T/policyd.cf"
	for d in authd policyd; do
		exits 0 "$2: $d -t" "$BUILD/$d/$d" -t -c "$T/$d.cf"
		case $1 in
		'') is "$(cat "$T/out")" '' "$2: $d -t is content" ;;
		*) like "$(cat "$T/out")" "$d: warning: $1" \
			"$2: $d -t says why" ;;
		esac
	done
}

# The line that is proposed, of check's last line.
proposed() {
	"$AUTHCTL" -c "$T/authd.cf" check fred | sed -n '$s/.*: //p'
}

start "unix:$AUTH_SOCKET"
user_add fred secret || bail_out 'no user'
checked 0 "unix:$AUTH_SOCKET" 'answers postfix' 'as it should be'
warned '' 'as it should be'
timeout "$DEADLINE" setpriv --reuid 4711 --regid 4711 \
    --groups "$(getent group sekisho | cut -d: -f3)" \
    "$AUTHCTL" -c "$T/authd.cf" check fred >"$T/out" 2>&1
is "$? $(tail -n 1 "$T/out")" \
    "0 unix:$AUTH_SOCKET: run this as root to try it" 'not as root: not judged'
rm "$AUTH_SOCKET"
checked 1 "unix:$AUTH_SOCKET" 'nobody listens there: restart the daemon' \
    'the socket is gone'
socat "UNIX-LISTEN:$AUTH_SOCKET,fork,mode=666" SYSTEM:'echo hello' &
stranger=$!
wait_for test -S "$AUTH_SOCKET"
checked 1 "unix:$AUTH_SOCKET" 'it does not answer as it should: *' \
    "another's socket"
kill "$stranger"
wait "$stranger"
rm -f "$AUTH_SOCKET"

mkdir -p "$T/closed/open"
chmod 700 "$T/closed"
start "unix:$T/closed/open/authd"
why="postfix may not enter $T/closed: chmod o+x $T/closed"
checked 1 "unix:$T/closed/open/authd" "$why" 'a directory is closed'
warned "unix:$T/closed/open/authd: $why" 'a directory is closed'
eval "$(proposed)"
checked 0 "unix:$T/closed/open/authd" 'answers postfix' 'the line helps'
warned '' 'the line helps'

for rights in 'owner = root, group = root' 'owner = nobody, group = nogroup' \
    'owner = root, group = root, mode = 0606' 'mode = 0060' \
    'owner = root, group = postfix, mode = 0600'; do
	start "{ unix:$T/a, $rights }"
	if [ "$rights" = 'owner = root, group = root, mode = 0606' ]; then
		checked 0 "unix:$T/a" 'answers postfix' "$rights"
		warned '' "$rights"
		continue
	fi
	fix="{ unix:$T/a, owner = postfix, group = postfix, mode = 0660 }"
	why="postfix may not write to it: write listen = $fix and restart"
	checked 1 "unix:$T/a" "$why" "$rights"
	warned "unix:$T/a: $why" "$rights"
done
start "$fix"
checked 0 "unix:$T/a" 'answers postfix' 'the line helps'
start "{ unix:$T/a, owner = root, group = mailers, mode = 0660 }"
checked 0 "unix:$T/a" 'answers postfix' 'by a further group'
warned '' 'by a further group'

# One that is reached is enough; the others are named all the same.
start "unix:$T/b { unix:$T/a, owner = root, group = root } inet:127.0.0.1:12345"
checked 0 "unix:$T/a" "postfix may not write to it: *
inet:127.0.0.1:12345: answers postfix" 'several'
userdel postfix
checked 0 "unix:$T/b" 'there is no user postfix
*' 'without Postfix'
done_testing
