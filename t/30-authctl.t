#!/bin/sh
# authctl: users come, change and go; every refusal says why, with an exit code
# that a script can tell.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

authd_conf 'mechanisms = PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5' \
    'password_scheme = sha256crypt:1000' 'scram_iterations = 4096'

# says CODE TEXT NAME COMMAND...: the exit code, and a line on stderr
says() {
	code=$1
	text=$2
	name=$3
	shift 3
	"$@" >"$T/out" 2>"$T/err"
	is "$?: $(cat "$T/err")" "$code: ${text:+authctl: $text}" "$name"
}

shows() {
	authctl user show "$1" | grep -q "^ *$2"
}

# --- without a database

none="open $T/auth/users.gdbm: No such file or directory (authctl user add makes one)"
says 66 "$none" 'no database yet' authctl user list
says 66 "$none" 'nor a user in it' authctl user show joe
says 66 "$none" 'nor one to change' authctl user suspend joe
says 66 "$none" 'nor one to export' authctl export dump

# --- users

says 0 '' 'add a user' user_add Joe 'open sesame'
is "$(authctl user list)" joe@example.org 'its name is folded and full'
is "$(stat -c '%U:%G %a' "$T/auth/users.gdbm")" 'root:sekisho-authd 640' \
    'authd may read the database, others not'
says 73 'joe@example.org: there is such a user already' 'not twice' \
    user_add joe@EXAMPLE.org x
says 67 'jo@example.org: no such user' 'no such user' authctl user show jo
says 67 'jo@example.org: no such user' 'nor to change' \
    authctl user expire jo never
ok 'active' shows joe 'status  *active'
ok 'CRAM-MD5 can be used' shows joe 'CRAM-MD5  *yes'
ok 'SCRAM-SHA-1 cannot, and it says why' \
    shows joe 'SCRAM-SHA-1  *no: not offered (mechanisms in authd.cf)'
ok 'suspend' authctl user suspend joe
ok 'suspended' shows joe 'status  *suspended'
ok 'resume' authctl user resume joe
ok 'active again' shows joe 'status  *active'
says 0 'warning: joe@example.org: 2001-02-03T00:00:00Z is past: the user cannot log in' \
    'expire' authctl user expire joe 2001-02-03
ok 'expired' shows joe 'expires  *2001-02-03T00:00:00Z'
ok 'is what the status says' shows joe 'status  *expired'
says 0 '' 'now is no mistake' authctl user expire joe now
says 0 '' 'expire never' authctl user expire joe never
ok 'is active' shows joe 'status  *active'
says 64 'no date: "2001-02-30" (2027-01-31, 2027-01-31T18:00Z, +30d, now or never)' \
    'no 30 February' authctl user expire joe 2001-02-30
ok 'another password' eval 'echo new | authctl user passwd joe --password-stdin'
ok 'delete' authctl user del joe
is "$(authctl user list)" '' 'nobody is left'

# --- passwords from standard input

from_stdin() {
	printf '%b' "$1" | authctl user add "${2:-x}" --password-stdin
}
says 64 'the password is empty' 'an empty line is no password' from_stdin '\n'
says 64 'the password is empty' 'nor is nothing' from_stdin ''
says 64 'the password has a NUL byte' 'no NUL' from_stdin 'a\0000b\n'
says 64 'the password is too long (511 bytes at most)' 'not too long' \
    from_stdin "$(printf '%0512d' 0)"
says 0 '' 'as long as may be' from_stdin "$(printf '%0511d' 0)"
says 0 '' 'no LF at the end is fine' from_stdin 'abc' abc
says 64 'the password is empty' 'a CR LF alone is none' \
    from_stdin '\r\n' dos
says 0 '' 'as long as may be, and CR LF' \
    from_stdin "$(printf '%0511d' 0)\r\n" dos
authctl user del dos
says 64 'no terminal to ask for the password: give it with --password-stdin' \
    'without a terminal it is not asked for' \
    setsid "$AUTHCTL" -c "$T/authd.cf" user add y

# --- passwords from the terminal

# typed TEXT COMMAND...: on a terminal of its own; prints what stands there
typed() {
	timeout "$DEADLINE" python3 - "$@" <<-'END'
	import os, pty, sys, termios, time
	lines = sys.argv[1].split(',')
	pid, fd = pty.fork()
	if pid == 0:
	    os.execvp(sys.argv[2], sys.argv[2:])
	seen = b''
	def read():
	    global seen
	    try:
	        data = os.read(fd, 1000)
	    except OSError:
	        return False
	    seen += data
	    return data != b''
	for line in lines:
	    before = seen.count(b': ')
	    while seen.count(b': ') <= before and read():
	        pass
	    while termios.tcgetattr(fd)[3] & termios.ECHO:
	        time.sleep(0.01)
	    os.write(fd, line.encode() + (b'' if line == '\x03' else b'\n'))
	while read():
	    pass
	print(seen.decode().replace('\r', ''), end='')
	status = os.waitpid(pid, 0)[1]
	print('exit', os.waitstatus_to_exitcode(status))
	END
}
is "$(typed 'shh,shh' "$AUTHCTL" -c "$T/authd.cf" user add typist)" \
    'New password for typist@example.org: 
The same again: 
exit 0' 'typed twice, never shown'
is "$(typed 'shh,ssh' "$AUTHCTL" -c "$T/authd.cf" user passwd typist)" \
    'New password for typist@example.org: 
The same again: 
authctl: the passwords differ
exit 64' 'typed differently'
is "$(typed "$(printf '\003')" "$AUTHCTL" -c "$T/authd.cf" user passwd typist |
    tail -n 1)" 'exit -2' 'Ctrl-C ends it'

# --- names

says 64 'a b: user name has a blank' 'a blank' authctl user del 'a b'
says 64 'a@b@c: user name has a second @' 'two @' authctl user del a@b@c
says 64 'a\x0ab: user name has a control character' 'no line feed' \
    authctl user del "$(printf 'a\nb')"

# --- the command line

says 64 'no command (-h shows all)' 'nothing' authctl
says 64 'unknown command "user lst", did you mean user list?' 'a typo' \
    authctl user lst
says 64 'unknown command "chek", did you mean check?' \
    'a typo before a name' authctl chek fred
says 64 'user needs a second word: add passwd del show suspend resume expire list' \
    'half a command' authctl user
says 64 'user needs another second word: add passwd del show suspend resume expire list' \
    'a second word that is like none' authctl user frobnicate fred
while read -r words meant; do
	# shellcheck disable=SC2046 # words
	says 64 "unknown command \"${words%%,*}\", did you mean $meant?" \
	    "$words" authctl $(echo "$words" | tr , ' ')
done <<'EOF'
usr user
ap-password app-password
suspend,fred user suspend
suspnd,fred user suspend
passwd user passwd
useradd,fred user add
EOF
says 64 'usage: authctl user del NAME' 'a name is missing' authctl user del
says 64 'usage: authctl user del NAME' 'a name too many' authctl user del a b
says 64 'unknown option --lable, did you mean --label?' 'an unknown option' \
    authctl user list --lable
says 64 'user list takes no --label' 'an option of others' \
    authctl user list --label x
says 64 'option --label needs a value' 'a value is missing' \
    authctl app-password del joe --label
says 66 'open /nonexistent: No such file or directory' 'no configuration' \
    "$AUTHCTL" -c /nonexistent user list
says 69 "unix:$T/authd.ctl: nobody listens there: start the daemon, or give its configuration file with -c" \
    'no daemon' authctl ask stats
ok '-h' eval 'authctl -h | grep -q "^  user add NAME"'
ok '--version' eval 'authctl --version | grep -q "^authctl (sekisho) "'

# --- batch

batch() {
	printf '%s\n' "$@" | authctl batch
}
says 0 '' 'a batch' batch '# comment' '' 'user add ann  two blanks ' \
    'user add bob pass' 'user suspend bob' 'user del abc'
is "$(authctl user list | tr '\n' ' ')" \
    'ann@example.org bob@example.org typist@example.org x@example.org ' \
    'did all of it'
batch 'user del ann' 'user del nobody' 'user add bob x' >"$T/out" 2>"$T/err"
is "$? $(cat "$T/err")" "67 authctl: line 2: nobody@example.org: no such user
authctl: line 3: bob@example.org: there is such a user already" \
    'errors by line, all of them'
batch 'user del ann' 'usr del' 'user show ann' 'user add eve' \
    'user add eve --password-stdin' >"$T/out" 2>"$T/err"
is "$? $(cat "$T/err")" \
    '64 authctl: line 2: unknown command "usr del", did you mean user del?
authctl: line 3: this cannot stand in a batch
authctl: line 4: the line has no password
authctl: line 5: in a batch the password stands in the line, behind the name' \
    'what is no change is refused'
batch 'user add d@e.example' 'user expire x soon' 'user suspend x --for 3x' \
    'user add q@ x' 'user del' >"$T/out" 2>"$T/err"
is "$? $(cut -d : -f 2 "$T/err" | tr '\n' ' ')" \
    '64  line 1  line 2  line 3  line 4  line 5 ' \
    'each line is looked at, whatever is wrong with the others'
like "$(authctl user list)" '*ann@example.org*' 'and nothing was done'

# Lines of other files, and commands that are cut at the wrong place.
while read -r line; do
	batch "$line" >"$T/out" 2>"$T/err"
	is "$? $(grep -c hidden "$T/err" "$T/out" | paste -sd ' ')" \
	    "64 $T/err:0 $T/out:0" "does not repeat: $line"
done <<'END'
fred@example.org,hidden
fred@example.org:{SHA}hidden
fred@example.org|hidden|1
fred@example.org hidden
fred;hidden
userPassword: hidden
INSERT INTO users VALUES ('fred@example.org','hidden');
useradd fred hidden
passwd hidden
user passwd hidden,fred@example.org
user add fred@example.org,hidden
user add "fred@example.org","hidden"
user add fred@example.org|hidden x
user add fred@hidden@hidden x
user suspend fred@example.org;hidden
user suspend fred hidden
user suspend fred -hidden
user suspend fred --hidden=hidden
user suspend fred --label
END
printf '\357\273\277user passwd ann of dos\r\nuser suspend bob\r\n' |
    authctl batch
is "$?" 0 'a batch with CR LF and a byte order mark'

# --- JSON

ok 'JSON' eval 'authctl user list -j | python3 -c "
import json, sys
users = json.load(sys.stdin)
assert [u[\"user\"] for u in users if u[\"status\"] == \"suspended\"] == [\"bob@example.org\"]
"'
ok 'of one user' eval 'authctl user show ann -j | python3 -c "
import json, sys
user = json.load(sys.stdin)
assert user[\"expires\"] is None
assert user[\"mechanisms\"][\"PLAIN\"][\"usable\"]
assert not user[\"mechanisms\"][\"SCRAM-SHA-1\"][\"usable\"]
"'

# --- an app password that ends before it begins

says 0 'warning: ann@example.org: 2001-02-03T00:00:00Z is past: the app password is of no use' \
    'is made, and said' authctl app-password add ann --expires 2001-02-03

# --- who lacks what

authd_conf 'mechanisms = PLAIN SCRAM-SHA-1' 'password_scheme = bcrypt:4'
is "$(authctl user list --without scram-sha-1 | wc -l)" 4 \
    'nobody has a secret for a new mechanism'
is "$("$AUTHD" -t -c "$T/authd.cf" 2>&1)" \
    "authd: warning: 4 of 4 users have no secret for SCRAM-SHA-1 and will fail \
there: they need a new password (authctl user list --without SCRAM-SHA-1)" \
    'authd -t says that they will fail'
ok 'a new password makes one' \
    eval 'echo new | authctl user passwd ann --password-stdin'
is "$(authctl user list --without SCRAM-SHA-1 | wc -l)" 3 'one less'
ok 'and none for what is not offered now' eval '
	authctl user list --without CRAM-MD5 | grep -q "^ann@"'

# --- no trace of a password

user_add trace 'correct horse battery' || bail_out 'no user'
for text in 'correct horse battery' \
    "$(printf 'correct horse battery' | base64)" \
    "$(printf 'correct horse battery' | od -An -tx1 | tr -d ' \n')"; do
	ok "not in the database: $text" eval \
	    '! grep -qaiF "$text" "$T/auth/users.gdbm"'
	ok "not what strings finds: $text" eval \
	    '! strings "$T/auth/users.gdbm" | grep -qiF "$text"'
done

# --- a change opens the database once, and what it replaces it with

opens() {
	printf '%s\n' secret |
	    ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o "$T/opened" \
	    "$AUTHCTL" -c "$T/authd.cf" "$@" --password-stdin >"$T/out" 2>&1
	echo "$? $(grep -c '/users\.gdbm"' "$T/opened")"
}
if strace -o /dev/null true 2>/dev/null; then
	is "$(opens user add once)" '0 1' 'user add opens it once'
	is "$(opens user passwd once)" '0 1' 'user passwd, too'
	is "$(opens user add once | head -c 2)" 73 'who is there already'
	is "$(opens user passwd twice | head -c 2)" 67 'and who is not'
else
	result 0 'strace cannot be used # SKIP'
fi

# --- other files in its place

# refused NAME: whatever is done, the exit code is 66
refused() {
	exits 66 "$1" "$AUTHCTL" -c "$T/authd.cf" user list
	exits 66 "$1: nothing is changed" "$AUTHCTL" -c "$T/authd.cf" \
	    user del ann
}
cp "$T/auth/users.gdbm" "$T/saved"
head -c 5000 "$T/saved" >"$T/auth/users.gdbm"
refused 'a truncated database'
: >"$T/auth/users.gdbm"
refused 'an empty file'
echo 'no database' >"$T/auth/users.gdbm"
refused 'a file that is no database'

done_testing
