#!/bin/sh
# What is remembered: killed under load, on disks that are full, stall, or
# cannot be written, and with files that are damaged.  KILLS=60 KILL_SECONDS=1
# t/58-state.t kills for two minutes.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

kills=${KILLS:-5}

# One line for each login and window: NAME WINDOW COUNT
counts() {
	policyctl rates | sed -n \
	    's/^sasl_username \(u[0-9]\): \([0-9]*\) of .* in \(.*\)/\1 \3 \2/p' |
	    sort
}

load_begin() {
	rm -f "$T/load" "$T/load.marked"
	"$BUILD/t/rate-load" "$POLICY_SOCKET" "$T/load" >"$T/answered" &
	load_pid=$!
	wait_for test -e "$T/load"
}

# answers_come N: until that many hundred more have come
answers_come() {
	answers=$(($(stat -c %s "$T/load") + $1))
	wait_for eval "[ \$(stat -c %s '$T/load') -ge $answers ]"
}

# What is answered until now counts as remembered.
load_mark() {
	kill -USR1 "$load_pid"
	wait_for test -e "$T/load.marked"
}

policyd_kill() {
	kill -9 "$policyd_pid"
	wait "$policyd_pid" 2>/dev/null
}

# lost BEFORE AFTER: of the counts, with what was answered meanwhile, those that
# lack something of what is remembered, or have more than was asked for
lost() {
	awk '
		FILENAME == ARGV[1] { before[$1 " " $2] = $3; next }
		FILENAME == ARGV[2] { marked[$1] = $2; answered[$1] = $3; next }
		{
			seen++
			least = before[$1 " " $2] + marked[$1]
			most = before[$1 " " $2] + answered[$1] + 1
			if ($3 < least || $3 > most)
				print $0, "is not in", least, "to", most
		}
		END { if (seen != 20) print seen, "counts" }' \
	    "$1" "$T/answered" "$2"
}

dns_start </dev/null
config='recipient_rate_limits = sasl_username 100000000/1h, 100000000/1d
smtpd_recipient_restrictions = check_dynamic_client_access, reject_rate_limit'
policyd_start "$config"

# --- kill -9 under load

# What was there when a command was acknowledged is on disk; without one, what
# was there a second before.
kill_under_load() {
	counts >"$T/before"
	load_begin
	answers_come 10
	load_mark
	if [ "$KILL_SECONDS" ]; then
		sleep "$KILL_SECONDS"
	else
		policyctl allow 192.0.2.1
	fi
	answers_come 10
	policyd_kill
	wait "$load_pid"
	policyd_start "$config"
	counts >"$T/after"
	lost "$T/before" "$T/after" >>"$T/lost"
}
for _ in $(seq "$kills"); do
	kill_under_load
done
is "$(cat "$T/lost")" '' "counters after kill -9 under load, $kills times"
counts >"$T/before"
policyctl ask reload >/dev/null
is "$(counts)" "$(cat "$T/before")" 'a reload keeps all'
is "$(grep 'warning' "$T/policyd.log")" '' 'and there is nothing to say'

# --- what is acknowledged is on disk

kill_and_start() {
	policyd_kill
	policyd_start "$config"
}
policyctl allow 192.0.2.2 --for 1h --comment 'kept'
kill_and_start
like "$(policyctl clients)" '*allow 192.0.2.2, *m left: kept*' \
    'allow, and kill -9 at once'
policyctl deny 192.0.2.3
kill_and_start
like "$(policyctl clients)" '*deny 192.0.2.3*' 'deny'
policyctl forget 192.0.2.2
kill_and_start
is "$(policyctl clients | grep -c 192.0.2.2)" 0 'forget'
policyctl rates reset u3
kill_and_start
is "$(counts | grep -c '^u3 ')" 0 'rates reset'
is "$(counts | wc -l)" 18 'and no other is lost'
policyd_stop

# --- a disk that stalls

"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o "$T/stalling_disk.so" \
    "$BUILD/t/stalling_disk.c" || bail_out 'no stalling disk'
LD_PRELOAD=$T/stalling_disk.so STALL=$T/stall
export LD_PRELOAD STALL
policyd_start "$config"
unset LD_PRELOAD
counts >"$T/before"
: >"$T/stall"
load_begin
policyctl deny 192.0.2.4 >"$T/acknowledged" 2>&1 &
command_pid=$!
wait_for grep -q 'the disk stalls' "$T/policyd.log"
answers_come 20
like "$(ask client_address=192.0.2.4)" 'action=554 *' \
    'while a disk stalls, answers go on, and commands count'
ok 'but are not acknowledged' kill -0 "$command_pid"
load_mark
rm "$T/stall"
wait "$command_pid"
is $? 0 'until the disk goes on'
policyctl deny 192.0.2.5 # after the mark
kill "$load_pid"
wait "$load_pid"
kill_and_start
counts >"$T/after"
is "$(lost "$T/before" "$T/after")" '' 'and nothing is lost'
policyd_stop

# --- a disk that is full

# command_fails WORD...: of policyctl
command_fails() {
	exits 75 "$*" "$POLICYCTL" -c "$T/policyd.cf" "$@"
	like "$(cat "$T/out")" '*not on disk*the disk has 0 kB free*' 'says why'
}

rm "$T"/policy/*
mount -t tmpfs -o size=128k,mode=700,uid=sekisho-policyd small "$T/policy"
policyd_start "$config"
policyctl allow 192.0.2.1 --comment 'from the beginning'
policyctl allow 192.0.2.5
for login in u1 u2; do
	ask sasl_username=$login >/dev/null
done
head -c 200k /dev/zero >"$T/policy/filler" 2>/dev/null
seq 2000 | sed 's/.*/2001:db8::& 1h a comment that takes room/' >"$T/many"
exits 75 'a full disk' sh -c "'$POLICYCTL' -c '$T/policyd.cf' deny --stdin \
    <'$T/many'"
command_fails allow 192.0.2.2
command_fails deny 192.0.2.3
command_fails forget 192.0.2.5
command_fails rates reset u1
is "$(grep -c 'memory only' "$T/policyd.log")" 1 'the log says it once'
like "$(ask client_address=192.0.2.3)" 'action=554 *' \
    'what a command did counts all the same'
mount -o remount,size=8m "$T/policy"
ok 'there is room again' policyctl deny 192.0.2.4
is "$(grep -c 'on disk again' "$T/policyd.log")" 1 'the log says it'
policyctl deny 192.0.2.6 --comment 'from the journal'
kill_and_start
like "$(policyctl clients)" 'allow 192.0.2.1: from the beginning
allow 192.0.2.2
deny 192.0.2.3
deny 192.0.2.4
deny 192.0.2.6: from the journal
deny 2001:db8::1, *' 'and all of it has been done'
is "$(counts)" 'u2 1d 1
u2 1h 1' 'the reset, too'
policyd_stop

# --- files that are damaged, or somebody else's

# damaged WHY KNOWN: what policyd says once of its files as they are now, and
# whether it knows (journal, snapshot, nothing) what is in them
damaged() {
	: >"$T/policyd.log"
	policyd_start "$config"
	is "$(grep -c 'state.gdbm' "$T/policyd.log")" 1 "$1: one line"
	like "$(cat "$T/policyd.log")" "*state.gdbm*$1*" 'which says it'
	case $2 in
	nothing) is "$(policyctl clients)$(counts)" '' 'nothing is known' ;;
	snapshot)
		like "$(policyctl clients)" '*deny 192.0.2.4*' \
		    'the snapshot is known'
		;;
	*)
		like "$(policyctl clients)" '*192.0.2.6: from the journal*' \
		    'all is known'
		;;
	esac
	policyctl deny 192.0.2.9 >"$T/out" 2>&1
	code=$?
	like "$(ask client_address=192.0.2.9)" 'action=554 *' 'it goes on'
}

# file_edit CODE FILE: in perl, $_ is all of it
file_edit() {
	perl -0777 -i -pe "$1" "$T/policy/$2"
	chown sekisho-policyd "$T/policy/$2"
}

good_files() {
	rm -f "$T"/policy/*
	cp -p "$T"/good/* "$T/policy"
}
mkdir "$T/good"
rm -f "$T/policy/filler"
cp -p "$T"/policy/* "$T/good"

good_files
printf 'torn' >>"$T/policy/state.gdbm.journal"
damaged 'torn at its end, as after a crash: 4 bytes are cut off' journal
is "$code" 0 'and is kept'
policyd_stop

for damage in \
    's/.*/Dear Fred/s|state.gdbm|not a GDBM database|nothing' \
    's/(.*)..../$1/s|state.gdbm|truncated|nothing' \
    's/.*//s|state.gdbm|empty|nothing' \
    's/#sekisho-state1/#sekisho-state2/|state.gdbm|of a newer version|nothing' \
    's/#sekisho-state1/#another-state1/|state.gdbm|not a state database|nothing' \
    's/.*/Dear Fred/s|state.gdbm.journal|not a journal|nothing' \
    's/journal 1/journal 2/|state.gdbm.journal|of a newer version|nothing'; do
	good_files
	rest=${damage#*|}
	file=${rest%%|*}
	rest=${rest#*|}
	file_edit "${damage%%|*}" "$file"
	before=$(cksum <"$T/policy/$file")
	damaged "${rest%|*}" "${rest#*|}"
	is "$code" 75 'a command says that it is not kept'
	is "$(cksum <"$T/policy/$file")" "$before" "$file is left alone"
	policyd_stop
done

# --- nowhere to write, until there is

# works_again: and the command that says so is not lost
works_again() {
	ok 'it works again' policyctl deny 192.0.2.10
	is "$(grep -c 'on disk again' "$T/policyd.log")" 1 'the log says it'
	kill_and_start
	like "$(policyctl clients)" '*deny 192.0.2.9
deny 192.0.2.10*' 'and nothing is lost'
	policyd_stop
}

good_files
mount -o remount,ro "$T/policy"
damaged 'Read-only file system' journal
is "$code" 75 'a command says that it is not kept'
mount -o remount,rw "$T/policy"
works_again
rm "$T"/policy/*
chown root "$T/policy"
chmod 755 "$T/policy"
damaged 'Permission denied' nothing
is "$code" 75 'a command says that it is not kept'
chown sekisho-policyd "$T/policy"
works_again
rm "$T"/policy/*
head -c 9m /dev/zero >"$T/policy/filler" 2>/dev/null
damaged 'No space left on device' nothing
is "$code" 75 'a command says that it is not kept'
rm "$T/policy/filler"
works_again

done_testing
