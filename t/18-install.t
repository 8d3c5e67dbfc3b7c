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
is "$(cd "$root/usr/share/man" && echo man5/* man7/* man8/*)" \
    'man5/authd.cf.5 man5/policyd.cf.5 man7/sekisho-guard.7 man7/sekisho.7 man8/sekisho-authctl.8 man8/sekisho-authd.8 man8/sekisho-policyctl.8 man8/sekisho-policyd.8' \
    'the manuals'
is "$(cd "$root" && find etc usr/lib -type f | sort | tr '\n' ' ')" \
    'etc/sekisho/authd.cf etc/sekisho/policyd.cf usr/lib/systemd/system/sekisho-authd.service usr/lib/systemd/system/sekisho-authd.socket usr/lib/systemd/system/sekisho-policyd.service usr/lib/systemd/system/sekisho-policyd.socket usr/lib/systemd/system/sekisho-rehash.path usr/lib/systemd/system/sekisho-rehash.service usr/lib/systemd/system/sekisho-sync@.service usr/lib/systemd/system/sekisho-sync@.timer usr/lib/sysusers.d/sekisho.conf usr/lib/tmpfiles.d/sekisho.conf ' \
    'configuration and units'
is "$(cd "$root/usr/share/sekisho" &&
    find . -path ./howto -prune -o -type f -print | sort | tr '\n' ' ')" \
    './authd.cf ./completion/candidates ./fail2ban/action.conf ./fail2ban/filter.conf ./fail2ban/jail.conf ./grafana/sekisho.json ./init.d/sekisho-authd ./init.d/sekisho-policyd ./place-mail ./policyd.cf ./policyd.scenario ./pop-before-smtp ./rc.d/rc.sekisho-authd ./rc.d/rc.sekisho-policyd ./watch-mail ' \
    'samples and init scripts, under the names they are to have'
is "$(ls "$root/usr/share/sekisho/howto")" "$(ls "$BUILD/etc/howto")" \
    'the how-tos'
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

# says PROGRAM NAME: its --version, --help and errors, under this name
says() {
	exits 0 "$2: --version" "$1" --version
	is "$(sed 's/) [0-9.]*$/) N/' "$T/out")" "$2 (sekisho) N" \
	    "$2: in one form"
	for option in -h --help; do
		"$1" $option >"$T/out" 2>"$T/err"
		is "$? $(head -n 1 "$T/out" | cut -d ' ' -f 1-2) $(cat "$T/err")" \
		    "0 usage: $2 " "$2: $option is usage on standard output"
	done
	for wrong in -Z --nonsense --version=3 -c; do
		"$1" $wrong >"$T/out" 2>"$T/err"
		is "$? $(cat "$T/out")" '64 ' "$2 $wrong: wrong usage"
		like "$(cat "$T/err")" "$2: *option ${wrong%=*} *" \
		    "$2 $wrong: is named"
	done
	"$1" unxpcted >"$T/out" 2>"$T/err"
	is "$? $(cat "$T/out")" '64 ' "$2: wrong usage is a word, too"
	like "$(cat "$T/err")" "$2: *\"unxpcted\"*" "$2: it is named"
	exits 66 "$2: no configuration" "$1" -c /nonexistent ${3:+$3 version}
	like "$(cat "$T/out")" "$2: *open /nonexistent: No such file*" \
	    "$2: it is named"
}
for program in authd policyd; do
	says "$BUILD/$program/$program" $program
	says "$root/usr/sbin/sekisho-$program" sekisho-$program
	says "$BUILD/$program/${program%d}ctl" ${program%d}ctl ask
	says "$root/usr/sbin/sekisho-${program%d}ctl" \
	    sekisho-${program%d}ctl ask
done
# The first word of each command.
words_of_help() {
	sed -n 's/^  \([a-z][a-z-]*\).*/\1/p'
}
for tool in authctl policyctl; do
	is "$("$root/usr/sbin/sekisho-$tool" 2>&1)" \
	    "sekisho-$tool: no command (-h shows all)" "$tool: no command"
	"$root/usr/sbin/sekisho-$tool" -h |
	    words_of_help | sort -u >"$T/commands"
	while read -r command; do
		exits 0 "$tool $command --help" \
		    "$root/usr/sbin/sekisho-$tool" "$command" --help
		is "$(words_of_help <"$T/out" | sort -u)" "$command" \
		    "shows $command only"
	done <"$T/commands"
done
exits 64 'help on what is no command' \
    "$root/usr/sbin/sekisho-authctl" user lst --help
like "$(cat "$T/out")" '*did you mean user list?' 'says what could be meant'

echo "user_database = gdbm:$T/none/users.gdbm" >"$T/none.cf"
"$root/usr/sbin/sekisho-authctl" -c "$T/none.cf" user list >"$T/out" 2>&1
like "$(cat "$T/out")" '*(sekisho-authctl user add makes one)' \
    'a line to type has the name that works'

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
