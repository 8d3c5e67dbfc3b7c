#!/bin/sh
# Where what logins add to users has no place: a disk that is full, stalls, or
# cannot be written costs nobody his login, and is told once; one that cannot be
# read costs nothing of what waits.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/rehash.sh
. "$BUILD/t/rehash.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'
start
import_users fred bob
authd_stop
mount -t tmpfs -o "size=16k,mode=700,uid=$(id -u sekisho-authd)" full "$SPOOL"
dd if=/dev/zero of="$SPOOL/.fill" bs=1k 2>/dev/null
start 'rehash = yes'
ok 'a full disk refuses nobody' logs_in fred "$SECRET"
ok 'and is told' wait_for grep -q 'rehash: .*No space left' "$T/authd.log"
# Each try is a hash; with the third the second has failed, too.
hashed() {
	authctl stats | sed -n 's/^passwords hashed: //p'
}
tries=$(hashed)
tried_again() {
	logs_in fred "$SECRET" && [ "$(hashed)" -ge $((tries + 2)) ]
}
ok 'later logins try again' wait_for tried_again
is "$(log_count 'No space left')" 1 'which is told once'
is "$(find "$SPOOL" -type f)" "$SPOOL/.fill" 'no half of it stays'
umount "$SPOOL"
mount -t tmpfs -o "ro,mode=700,uid=$(id -u sekisho-authd)" full "$SPOOL"
ok 'nor one that cannot be written' logs_in fred "$SECRET"
umount "$SPOOL"
again() {
	logs_in fred "$SECRET" && waits 1
}
ok 'with room again it goes on' wait_for again
rm "$SPOOL"/*
authd_stop
seq 4096 | while read -r n; do
	printf '%064x\n' "$n"
done | (cd "$SPOOL" && xargs touch)
start 'rehash = yes'
ok 'more files than it may have' logs_in fred "$SECRET"
full_or_fuller() {
	grep -q '4096 files wait' "$T/authd.log" || waits 4097
}
wait_for full_or_fuller
is "$(waiting)" 4096 'is full, too'
authd_stop
exits 0 'which apply ends' "$AUTHCTL" -c "$T/authd.cf" apply
ok 'it is empty' waits 0

# --- a disk that stalls

"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o "$T/stalling_disk.so" \
    "$BUILD/t/stalling_disk.c" || bail_out 'no stalling disk'
import_users fred bob
LD_PRELOAD=$T/stalling_disk.so STALL=$T/stall
export LD_PRELOAD STALL
start 'rehash = yes' 'workers = 1' 'auth_cache_time = 0'
unset LD_PRELOAD
: >"$T/stall"
ok 'a login' logs_in fred "$SECRET"
ok 'for which the disk stalls' wait_for grep -q 'the disk stalls' "$T/authd.log"
for _ in 1 2 3; do
	ok 'others go on' logs_in bob "$SECRET"
done
ok 'which is not whole yet' waits 0
rm "$T/stall"
ok 'the disk goes on, and all is there' wait_for waits 2

# --- a disk that cannot be read

"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -o "$T/failing_reads.so" \
    "$BUILD/t/failing_reads.c" || bail_out 'no failing reads'
exits 75 'last logins that cannot be read' env \
    "LD_PRELOAD=$T/failing_reads.so" "$AUTHCTL" -c "$T/authd.cf" apply
like "$(cat "$T/out")" '*last logins: Input/output error' 'are told'
ok 'and all waits for another time' waits 2
exits 0 'which is when they can' "$AUTHCTL" -c "$T/authd.cf" apply
ok 'then all is put in' waits 0
done_testing
