#!/bin/sh
# The init scripts, as a machine without systemd uses them: from the installed
# programs to the lines in syslog.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'

# A machine of its own: /etc is a copy, /run and /var/lib are new, and /dev
# has room for syslog's socket.
cp -a /etc "$T/machine-etc"
mount --bind "$T/machine-etc" /etc
dev_make
mount -t tmpfs run /run
mount -t tmpfs lib /var/lib

machine_make() {
	make -C "$BUILD" --no-print-directory "$1" DEPS=no \
	    ${SANITIZE:+SANITIZE=1} PREFIX="$T/usr" CONFDIR=/etc/sekisho
}

syslog_start() {
	socat -u UNIX-RECV:/dev/log,mode=666 OPEN:"$T/syslog",creat &
	wait_for test -S /dev/log
}

# said TEXT: in syslog, by $d
said() {
	wait_for grep -q "$d\[[0-9]*\]: .*$1" "$T/syslog"
}

pid_of() {
	cat "/run/sekisho/$d.pid"
}

# the_scripts SHELL FAMILY: init.d or rc.d, for both daemons
the_scripts() {
	shell=$1
	family=$2
	for d in authd policyd; do
		case $family in
		init.d) init=/etc/init.d/sekisho-$d ;;
		rc.d) init=/etc/rc.d/rc.sekisho-$d ;;
		esac
		tool=$T/usr/sbin/sekisho-${d%d}ctl
		one_script
	done
}

one_script() {
	n="$family, $shell, $d"
	echo "listen = unix:$T/$d.sock" >/etc/sekisho/$d.cf
	chown root:root /etc/sekisho/$d.cf
	chmod 640 /etc/sekisho/$d.cf
	rm -f /dev/log "$T/syslog"

	exits 3 "$n: status before it runs" "$shell" "$init" status
	exits 0 "$n: stop before it runs" "$shell" "$init" stop
	is "$(cat "$T/out")" '' "$n: says nothing"
	exits 7 "$n: reload before it runs" "$shell" "$init" reload
	exits 0 "$n: start" "$shell" "$init" start
	like "$(cat "$T/out")" "*$d: warning: /dev/log: No such file*" \
	    "$n: without syslog: warns that the log is lost"
	ok "$n: serves when start returns" "$tool" ask version
	[ $d = policyd ] || [ -e /var/lib/sekisho/auth/users.gdbm ] ||
	    echo secret | "$tool" user add fred@example.org --password-stdin ||
	    bail_out 'no user'
	exits 0 "$n: status" "$shell" "$init" status
	pid=$(pid_of)
	is "$(cat "$T/out")" "sekisho-$d runs, pid $pid" "$n: says its pid"
	exits 0 "$n: start when it runs" "$shell" "$init" start
	is "$(pid_of)" "$pid" "$n: changes nothing"

	syslog_start
	exits 0 "$n: reload" "$shell" "$init" reload
	ok "$n: syslog that came later gets its lines" said 'reload: done'
	echo 'nonsense = 1' >>/etc/sekisho/$d.cf
	exits 78 "$n: reload of a bad configuration" "$shell" "$init" reload
	exits 78 "$n: restart with one" "$shell" "$init" restart
	is "$(pid_of)" "$pid" "$n: leaves it as it is"
	sed -i '$d' /etc/sekisho/$d.cf
	chown root:root /etc/sekisho/$d.cf
	exits 1 "$n: reload of what it cannot read" "$shell" "$init" reload
	like "$(cat "$T/out")" '*Permission denied*' "$n: says so"
	chgrp sekisho /etc/sekisho/$d.cf

	machine_make install >"$T/installed" # over the program that runs
	like "$(cat "$T/installed")" \
	    "*sekisho-$d still runs the program of before (pid $pid): $init restart*" \
	    "$n: an install names what runs on, and the line to type"
	exits 0 "$n: status after an upgrade" "$shell" "$init" status
	like "$(cat "$T/out")" "*before the upgrade: $init restart" \
	    "$n: tells it, too"
	exits 0 "$n: restart after an upgrade" "$shell" "$init" restart
	is "$(cat "$T/out")" '' "$n: with syslog: says nothing"
	ok "$n: is another process" [ "$(pid_of)" != "$pid" ]
	ok "$n: serves" "$tool" ask version

	kill -9 "$(pid_of)"
	wait_for eval '! "$shell" "$init" status'
	exits 3 "$n: status when it was killed" "$shell" "$init" status
	echo $$ >"/run/sekisho/$d.pid"
	exits 3 "$n: the pid is another's now" "$shell" "$init" status
	exits 0 "$n: stop does not stop that one" "$shell" "$init" stop
	exits 0 "$n: start" "$shell" "$init" start
	exits 0 "$n: stop" "$shell" "$init" stop
	exits 3 "$n: status after it" "$shell" "$init" status
	exits 0 "$n: stop again" "$shell" "$init" stop
	exits 2 "$n: a word it does not know" "$shell" "$init" begin
	rm -f "$init"
}

rm -rf /etc/sekisho /etc/rc.d
mkdir /etc/rc.d
ok 'it installs' machine_make install
# The lines that a manual names, to the letter.
scripts=$T/usr/share/sekisho
cp "$scripts"/init.d/* /etc/init.d
the_scripts dash init.d
cp "$scripts"/rc.d/* /etc/rc.d
the_scripts bash rc.d
is "$(grep -l 'INIT INFO' "$scripts"/*.d/*)" "$scripts/init.d/sekisho-authd
$scripts/init.d/sekisho-policyd" 'only one family has the header of the LSB'

ok 'a script runs from where it was installed' \
    "$scripts/init.d/sekisho-policyd" start
pid=$(d=policyd pid_of)
machine_make uninstall >"$T/uninstalled"
like "$(cat "$T/uninstalled")" \
    "*sekisho-policyd still runs (pid $pid): kill $pid*" \
    'uninstall names what runs on'
kill "$pid"
done_testing
