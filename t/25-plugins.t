#!/bin/sh
# libsasl2 without what it loads only when it is needed: its plugins, random
# bytes.  A login is never refused for that.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs mounts of its own'
for plugins in /usr/lib/*/sasl2/libplain.so /usr/lib/sasl2/libplain.so; do
	[ ! -e "$plugins" ] || break
done
plugins=${plugins%/*}
ALL='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512'

plugins_hide() {
	mount -t tmpfs sekisho "$plugins"
}

# The mechanisms that were said to lack their plugin, with the remedy.
missing() {
	sed -n "s,.*authd.cf:[0-9]*: mechanisms: \([^:]*\): $plugins/.*install .*\
 libsasl2-modules$,\1,p" "$T/out" | tr '\n' ' '
}

# begin MECHANISM [OPTION...]: what is answered to the begin of a login
begin() {
	mechanism=$1
	shift
	timeout "$DEADLINE" "$BUILD/t/login" -m "$mechanism" "$@" "$AUTH_SOCKET"
}

plugins_hide
authd_conf "mechanisms = $ALL"
exits 78 'no plugin at all: -t' "$AUTHD" -t -c "$T/authd.cf"
is "$(missing)" "$ALL " '-t names each mechanism, the file and the package'
exits 78 'no plugin at all: start' "$AUTHD" -f -c "$T/authd.cf"
is "$(missing)" "$ALL " 'the start says the same'
authd_conf "pid_file = $T/authd.pid"
exits 78 'nor in the background, by default' "$AUTHD" -c "$T/authd.cf"
is "$(grep -c libsasl2-modules "$T/out")" 2 'for PLAIN and LOGIN'
umount "$plugins"

cp "$plugins/libplain.so" "$T"
plugins_hide
cp "$T/libplain.so" "$plugins"
: >"$plugins/liblogin.so"
authd_conf 'mechanisms = PLAIN LOGIN'
exits 78 'a plugin that is damaged' "$AUTHD" -t -c "$T/authd.cf"
like "$(cat "$T/out")" '*LOGIN: */liblogin.so: file too short*' 'is named'
authd_start 'mechanisms = PLAIN'
is "$(begin PLAIN)" 'CONT ' 'a mechanism that is not offered needs none'
authd_conf "mechanisms = $ALL"
exits 1 'a reload that needs one fails' "$AUTHCTL" -c "$T/authd.cf" ask reload
like "$(cat "$T/out")" '*mechanisms: SCRAM-SHA-256: *libsasl2-modules*' \
    'and says so'
: >"$T/authd.log"
kill -HUP "$authd_pid"
wait_for grep -q 'the old one stays in use' "$T/authd.log"
like "$(cat "$T/authd.log")" '*CRAM-MD5: *libsasl2-modules*' 'by a signal, too'
is "$(begin PLAIN)" 'CONT ' 'the old configuration stays in use'
authd_stop
umount "$plugins"

authd_start "mechanisms = $ALL"
plugins_hide
for m in $ALL; do
	like "$(begin "$m")" 'CONT *' "$m: goes on when its file vanishes"
done
exits 1 'but a reload says what a restart would' \
    "$AUTHCTL" -c "$T/authd.cf" ask reload
is "$(sed -n 's/^authctl: //p' "$T/out" | grep -c "$plugins/")" 6 \
    'for each mechanism'
umount "$plugins"
ok 'and not when it is back' authctl ask reload

# What libsasl2 would make its challenges from is not needed.
: >"$T/none"
chmod 000 "$T/none"
mount --bind "$T/none" /dev/urandom
for m in CRAM-MD5 SCRAM-SHA-256; do
	like "$(begin "$m")" 'CONT *' "$m needs no /dev/urandom"
done
ok 'nor does authd at the start' "$AUTHD" -t -c "$T/authd.cf"
umount /dev/urandom
done_testing
