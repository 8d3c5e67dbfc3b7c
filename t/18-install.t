#!/bin/sh
# make install: names, modes, and a configuration that is there stays.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

root=$T/root
# make_target install|uninstall [VARIABLE=...]
make_target() {
	make -C "$BUILD" --no-print-directory DEPS=no \
	    ${SANITIZE:+SANITIZE=1} DESTDIR="$root" PREFIX=/usr "$@"
}

ok 'it installs' make_target install
is "$(cd "$root/usr/sbin" && echo *)" \
    'sekisho-authctl sekisho-authd sekisho-policyctl sekisho-policyd' \
    'the programs'
is "$(cd "$root/usr/share/man" && echo man5/* man8/*)" \
    'man5/authd.cf.5 man5/policyd.cf.5 man8/sekisho-authctl.8 man8/sekisho-authd.8 man8/sekisho-policyctl.8 man8/sekisho-policyd.8' \
    'the manuals'
is "$(cd "$root" && find etc usr/lib -type f | sort | tr '\n' ' ')" \
    'etc/sekisho/authd.cf etc/sekisho/policyd.cf usr/lib/systemd/system/sekisho-authd.service usr/lib/systemd/system/sekisho-authd.socket usr/lib/systemd/system/sekisho-policyd.service usr/lib/systemd/system/sekisho-policyd.socket usr/lib/sysusers.d/sekisho.conf usr/lib/tmpfiles.d/sekisho.conf ' \
    'configuration and units'
is "$(cd "$root/usr/share/sekisho" && find . -type f | sort | tr '\n' ' ')" \
    './authd.cf ./fail2ban/filter.conf ./fail2ban/jail.conf ./init.d/sekisho-authd ./init.d/sekisho-policyd ./policyd.cf ./policyd.scenario ./rc.d/rc.sekisho-authd ./rc.d/rc.sekisho-policyd ' \
    'samples and init scripts, under the names they are to have'
ok 'the sample of a scenario tells the truth' \
    "$root/usr/sbin/sekisho-policyctl" test \
    "$root/usr/share/sekisho/policyd.scenario"
is "$(grep -rIl '@[A-Z]*@' "$root")" '' 'no place holder is left'
is "$(stat -c %a "$root/etc/sekisho/authd.cf")" 640 \
    'the configuration is not for everyone'

# Synopsis, cross references, examples: nothing calls a program by its short
# name; files and pages that are called so keep theirs.
is "$(grep -nE '^\.(Nm|Xr|Nd|Dl|Ic) *(authd|authctl|policyd|policyctl)( |$)' \
    "$root"/usr/share/man/man?/*)" '' 'the manuals use the long names'
is "$(grep -hoE 'sekisho-(authd|policyd)\.(cf|ctl|pid)' \
    "$root"/usr/share/man/man?/*)" '' 'and leave names of files alone'

for tool in sekisho-authctl sekisho-policyctl; do
	is "$("$root/usr/sbin/$tool" 2>&1)" \
	    "$tool: no command (-h shows all)" "so does $tool"
done

echo '# mine' >"$root/etc/sekisho/policyd.cf"
ok 'it installs again' make_target install
is "$(cat "$root/etc/sekisho/policyd.cf")" '# mine' \
    'a configuration that is there stays'

# The samples are what a first user starts with.
for name in authd policyd; do
	program=$root/usr/sbin/sekisho-$name
	sed '/^#*listen/d' "$BUILD/etc/$name.cf" >"$T/$name.cf"
	echo "default_realm = example.org" >>"$T/authd.cf"
	ok "$name takes its sample" "$program" -t -c "$T/$name.cf"
	like "$("$program" --version)" '*sekisho*' "$name knows its name"
done

# What install did and nothing else, with what it keeps.
echo mine >"$root/usr/share/sekisho/note"
mkdir -p "$root/var/lib/sekisho/auth" "$root/etc/init.d"
: >"$root/var/lib/sekisho/auth/users.gdbm"
: >"$root/etc/init.d/sekisho-authd"
ok 'it uninstalls' make_target uninstall
is "$(cd "$root" && find . -type f | sort | tr '\n' ' ')" \
    './etc/init.d/sekisho-authd ./etc/sekisho/authd.cf ./etc/sekisho/policyd.cf ./usr/share/sekisho/note ./var/lib/sekisho/auth/users.gdbm ' \
    'configuration, users and what was not installed stay'
for kept in /etc/sekisho /var/lib/sekisho /etc/init.d/sekisho-authd; do
	like "$(cat "$T/out")" "*$root$kept stays*" "it says that $kept stays"
done
rm -r "$root"
mkdir -p "$root/opt/mine" "$root/opt/share/man"
(cd "$root" && find . | sort) >"$T/before"
make_target install PREFIX=/opt CONFDIR=/opt/etc >"$T/out" 2>&1
rm -r "$root/opt/etc"
ok 'it uninstalls from a prefix' make_target uninstall PREFIX=/opt \
    CONFDIR=/opt/etc
is "$(cd "$root" && find . | sort | comm -13 "$T/before" - | tr '\n' ' ')" \
    './opt/lib ./opt/sbin ' 'no directory is left but those of every prefix'
ok 'it uninstalls where nothing is' make_target uninstall
done_testing
