#!/bin/sh
# The life of a daemon: background, pid file, privileges, sockets, service
# manager.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs /proc of its own'

status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# notified COMMAND...: becomes it, with a service manager that writes $T/notify
notified() {
	socat -u UNIX-RECV:"$T/notify.socket",mode=666 OPEN:"$T/notify",creat \
	    2>/dev/null &
	wait_for [ -S "$T/notify.socket" ]
	export NOTIFY_SOCKET="$T/notify.socket"
	exec "$@"
}

mkdir "$T/run"
for d in authd policyd; do
	case $d in
	authd)
		program=$AUTHD
		tool=$AUTHCTL
		socket=$AUTH_SOCKET
		;;
	policyd)
		program=$POLICYD
		tool=$POLICYCTL
		socket=$POLICY_SOCKET
		;;
	esac
	pid_file=$T/run/$d.pid
	"${d}_conf" "pid_file = $pid_file"
	conf=$T/$d.cf

	exits 0 "$d: goes into the background" "$program" -c "$conf"
	ok "$d: and serves when the command returns" \
	    "$tool" -c "$conf" ask version
	pid=$(cat "$pid_file")
	ok "$d: the pid file names it" grep -q "^$program" "/proc/$pid/cmdline"
	uid=$(id -u sekisho-$d)
	is "$(status_of "$pid" Uid)" "$uid	$uid	$uid	$uid" \
	    "$d: is no longer root"
	is "$(status_of "$pid" CapEff)$(status_of "$pid" CapPrm)" \
	    "$(printf '%032d' 0)" "$d: keeps no capability"
	if ! grep -q '__[at]san_init' "$program"; then
		is "$(status_of "$pid" NoNewPrivs) $(status_of "$pid" Seccomp)" \
		    '1 2' "$d: is in its sandbox"
	fi
	is "$(stat -c '%U:%G %a' "$socket")" 'postfix:postfix 660' \
	    "$d: its socket is for Postfix"
	is "$(stat -c '%U:%G %a' "$T/$d.ctl")" 'root:sekisho 660' \
	    "$d: its control socket for administrators"
	is "$(find "$T/auth" "$T/policy" "$T/run" \
	    -type f -perm /o+rwx ! -name '*.pid')" '' \
	    "$d: nothing it made is for everyone"

	said=$("$program" -c "$conf" 2>&1)
	is "$?" 71 "$d: a second one is refused"
	like "$said" '*another process listens there*' "$d: and told why"
	ok "$d: which goes on" "$tool" -c "$conf" ask version

	kill -9 "$pid"
	wait_for eval "! kill -0 $pid"
	exits 0 "$d: starts over what a killed one left" "$program" -c "$conf"
	pid=$(cat "$pid_file")
	kill "$pid"
	ok "$d: TERM ends it" wait_for eval "! kill -0 $pid"
	exits 69 "$d: the tool says that it is not there" \
	    "$tool" -c "$conf" ask version

	rm -f "$T/notify" "$T/notify.socket" # of the daemon before
	notified "$program" -f -c "$conf" 2>>"$T/$d.log" &
	ok "$d: tells the service manager that it is ready" \
	    wait_for grep -q READY=1 "$T/notify"
	is "$(grep -c "^$d: ready: version=[0-9]" "$T/$d.log")" 1 \
	    "$d: and the log"
	daemon_stop $!

	# Started with its socket, as systemd and its kin do it.
	rm -f "$socket"
	perl -MIO::Socket::UNIX -MPOSIX -e '
		$^F = 9;
		my $s = IO::Socket::UNIX->new(Local => shift, Listen => 5)
		    or die;
		POSIX::dup2(fileno $s, 3);
		$ENV{LISTEN_FDS} = 1;
		$ENV{LISTEN_PID} = $$;
		exec @ARGV' "$socket" "$program" -f -c "$conf" 2>>"$T/$d.log" &
	pid=$!
	ok "$d: takes the socket it was started with" \
	    wait_for "$tool" -c "$conf" ask version
	is "$(stat -c "%U:%G %a" "$socket")" "postfix:postfix 660" \
	    "$d: and gives it to whom listen says"
	daemon_stop "$pid"
	is "$ended" 0 "$d: ends well"
done
done_testing
