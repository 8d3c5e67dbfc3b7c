#!/bin/sh
# A log that takes no lines stops nobody: a pipe that is not read, a syslog
# daemon that hangs, one that is gone.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'
dev_make

flood_size=1500 # lines of 1 kB or more: a pipe and the queue hold less

# flood: each request, answered, leaves a long line
authd_flood() {
	perl -MIO::Socket::UNIX -e '
		my ($path, $n) = @ARGV;
		my $s = IO::Socket::UNIX->new($path) or die "$path: $!";
		alarm 60;
		syswrite $s, "VERSION\t1\t2\nCPID\t$$\n";
		while (<$s>) { last if $_ eq "DONE\n" }
		my $odd = "\x9b" x 255;
		for my $id (1 .. $n) {
			syswrite $s, "AUTH\t$id\tODD\tservice=$odd\trip=192.0.2.1\n";
			<$s> =~ /^FAIL\t$id\b/ or die "no answer";
		}
	' "$AUTH_SOCKET" "$flood_size"
}

policyd_flood() {
	perl -MIO::Socket::UNIX -e '
		my ($path, $n) = @ARGV;
		my $s = IO::Socket::UNIX->new($path) or die "$path: $!";
		alarm 60;
		my $odd = "\x9b" x 255;
		for (1 .. $n) {
			syswrite $s, "request=smtpd_access_policy\n" .
			    "protocol_state=RCPT\nrecipient=$odd\n" .
			    "client_name=unknown\nclient_address=192.0.2.1\n\n";
			<$s> =~ /^action=554/ or die "no answer";
			<$s>;
		}
	' "$POLICY_SOCKET" "$flood_size"
}

tool() {
	case $d in
	authd) "$AUTHCTL" -c "$T/authd.cf" "$@" ;;
	policyd) "$POLICYCTL" -c "$T/policyd.cf" "$@" ;;
	esac
}

lost() {
	tool ask stats | sed -n 's/^log lines lost:* //p'
}

# told FILE: how many lines it says were lost
told() {
	sed -n 's/.*warning: log: \([0-9]*\) lines were lost$/\1/p' "$1" |
	    awk '{ n += $1 } END { print n + 0 }'
}

# stuck NAME: whoever asks is answered all the same, and what is lost counts
stuck() {
	ok "$d: $1: everybody is answered" "${d}_flood"
	lost=$(lost)
	result $((lost == 0)) "$d: $1: lines are lost ($lost)"
	is "$(tool ask metrics | sed -n 's/^sekisho_.*log_lines_lost_total //p')" \
	    "$lost" "$d: $1: and counted"
}

# whole FILE: what was logged and what was lost is all there was
whole() {
	wait_for grep -q 'lines were lost' "$T/$1"
	is "$(told "$T/$1")" "$(lost)" "$d: says how many, afterwards"
	is "$(($(grep -c '\\x9b' "$T/$1") + $(lost)))" "$flood_size" \
	    "$d: every other line is there"
}

# hung_syslog FILE: becomes one that reads nothing before it gets USR1
hung_syslog() {
	exec perl -MSocket -e '
		my $go = 0;
		$SIG{USR1} = sub { $go = 1 };
		socket my $s, PF_UNIX, SOCK_DGRAM, 0 or die;
		bind $s, pack_sockaddr_un "/dev/log" or die;
		chmod 0666, "/dev/log";
		open my $out, ">", shift or die;
		$out->autoflush;
		select undef, undef, undef, 0.05 until $go;
		print $out $_, "\n" while defined recv $s, $_, 65536, 0;
	' "$1"
}

for d in authd policyd; do
	case $d in
	authd) program=$AUTHD line='workers = 1' ;;
	policyd) program=$POLICYD line='smtpd_client_restrictions = reject' ;;
	esac
	"${d}_conf" "$line" "pid_file = $T/$d.pid"

	mkfifo "$T/$d.pipe"
	exec 9<>"$T/$d.pipe" # never at its end, and nobody reads
	(exec 9<&- && exec "$program" -f -c "$T/$d.cf" 2>"$T/$d.pipe") &
	pid=$!
	wait_for tool ask version || bail_out "$d does not serve"
	stuck 'a pipe that is not read'
	cat <&9 >"$T/$d.read" &
	reader=$!
	whole "$d.read"
	kill "$reader"
	"${d}_flood"
	kill "$pid"
	wait "$pid"
	is "$?" 0 "$d: ends, be the log stuck or not"
	"${d}_conf" "$line" 'user = root' # which is worth a warning
	(exec 9<&- && exec "$program" -f -c "$T/$d.cf" 2>"$T/$d.pipe") &
	pid=$!
	ok "$d: and starts" wait_for tool ask version
	cat <&9 >"$T/$d.read" &
	reader=$!
	ok "$d: its first line is not lost" wait_for \
	    grep -q "$d: warning: user = root" "$T/$d.read"
	kill "$reader" "$pid"
	wait "$pid"
	"${d}_conf" "$line" "pid_file = $T/$d.pid"
	exec 9<&-

	hung_syslog "$T/$d.syslog" &
	syslog=$!
	wait_for test -S /dev/log
	exits 0 "$d: goes into the background" "$program" -c "$T/$d.cf"
	stuck 'a syslog daemon that hangs'
	kill -USR1 "$syslog"
	whole "$d.syslog"
	like "$(head -n 1 "$T/$d.syslog")" "<22>* $d?[0-9]*]: ready: *" \
	    "$d: syslog gets facility, name and pid"
	is "$(grep -c "^<20>.*: warning: log: " "$T/$d.syslog")" 1 \
	    "$d: and the priority"

	kill "$syslog"
	wait "$syslog" 2>/dev/null
	rm /dev/log
	before=$(lost)
	ok "$d: a syslog daemon that is gone: everybody is answered" \
	    "${d}_flood"
	is "$(lost)" "$((before + flood_size))" "$d: all of it is lost"
	hung_syslog "$T/$d.again" &
	syslog=$!
	wait_for test -S /dev/log
	kill -USR1 "$syslog"
	(flood_size=1 && "${d}_flood")
	wait_for grep -q 'lines were lost' "$T/$d.again"
	is "$(told "$T/$d.again")" "$flood_size" \
	    "$d: and told, when there is another one"
	kill "$(cat "$T/$d.pid")" "$syslog"
	rm /dev/log
done
done_testing
