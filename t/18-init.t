#!/bin/sh
# The init scripts, as a machine without systemd uses them: from the installed
# programs to the lines in syslog.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'

# A machine of its own: /etc is a copy, /run and /var/lib are new, and /dev
# has room for syslog's socket.
cp -a /etc "$T/machine-etc"
mkdir "$T/dev"
for device in null zero random urandom tty; do
	: >"$T/dev/$device"
	mount --bind /dev/$device "$T/dev/$device"
done
mount --bind "$T/machine-etc" /etc
mount --rbind "$T/dev" /dev
mount -t tmpfs run /run
mount -t tmpfs lib /var/lib

machine_install() {
	make -C "$BUILD" --no-print-directory install DEPS=no \
	    ${SANITIZE:+SANITIZE=1} PREFIX="$T/usr" CONFDIR=/etc/sekisho
}

syslog_start() {
	socat -u UNIX-RECV:/dev/log,mode=666 OPEN:"$T/syslog",creat &
	wait_for 5 test -S /dev/log
}

# said TEXT: in syslog, by $d
said() {
	wait_for 5 grep -q "$d\[[0-9]*\]: .*$1" "$T/syslog"
}

pid_of() {
	cat "/run/sekisho/$d.pid"
}

rm -rf /etc/sekisho
ok 'it installs' machine_install
for d in authd policyd; do
	case $d in
	authd) tool=$T/usr/sbin/sekisho-authctl ;;
	policyd) tool=$T/usr/sbin/sekisho-policyctl ;;
	esac
	init=$T/usr/share/sekisho/sekisho-$d.init
	echo "listen = unix:$T/$d.sock" >/etc/sekisho/$d.cf
	rm -f /dev/log "$T/syslog"

	exits 3 "$d: status before it runs" "$init" status
	exits 0 "$d: stop before it runs" "$init" stop
	is "$(cat "$T/out")" '' "$d: says nothing"
	exits 7 "$d: reload before it runs" "$init" reload
	exits 0 "$d: start" "$init" start
	like "$(cat "$T/out")" "*$d: warning: /dev/log: No such file*" \
	    "$d: without syslog: warns that the log is lost"
	ok "$d: serves when start returns" "$tool" ask version
	[ $d = policyd ] || echo secret |
	    "$tool" user add fred@example.org --password-stdin ||
	    bail_out 'no user'
	exits 0 "$d: status" "$init" status
	pid=$(pid_of)
	is "$(cat "$T/out")" "sekisho-$d runs, pid $pid" "$d: says its pid"
	exits 0 "$d: start when it runs" "$init" start
	is "$(pid_of)" "$pid" "$d: changes nothing"

	syslog_start
	exits 0 "$d: reload" "$init" reload
	ok "$d: syslog that came later gets its lines" said 'reload: done'
	echo 'nonsense = 1' >>/etc/sekisho/$d.cf
	exits 78 "$d: reload of a bad configuration" "$init" reload
	exits 78 "$d: restart with one" "$init" restart
	is "$(pid_of)" "$pid" "$d: leaves it as it is"
	sed -i '$d' /etc/sekisho/$d.cf

	machine_install >/dev/null # over the program that runs
	exits 0 "$d: restart after an upgrade" "$init" restart
	is "$(cat "$T/out")" '' "$d: with syslog: says nothing"
	ok "$d: is another process" [ "$(pid_of)" != "$pid" ]
	ok "$d: serves" "$tool" ask version

	kill -9 "$(pid_of)"
	wait_for 5 eval '! "$init" status'
	exits 3 "$d: status when it was killed" "$init" status
	echo $$ >"/run/sekisho/$d.pid"
	exits 3 "$d: the pid is another's now" "$init" status
	exits 0 "$d: stop does not stop that one" "$init" stop
	exits 0 "$d: start" "$init" start
	exits 0 "$d: stop" "$init" stop
	exits 3 "$d: status after it" "$init" status
	exits 0 "$d: stop again" "$init" stop
	exits 2 "$d: a word it does not know" "$init" begin
done
done_testing
