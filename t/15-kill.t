#!/bin/sh
# authctl killed at any point leaves the old database or the new one; and no
# password stands in it.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

authd_start
database=$T/auth/users.gdbm
user_add fred@example.org 'open sesame'

broken=0
killed=0
made=0

# killed_after MS: a user is added, and that killed
killed_after() {
	name=user$made-$killed@example.org
	printf 'open wheat\n' >"$T/password"
	timeout -s KILL "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))" "$AUTHCTL" \
	    -c "$T/authd.cf" user add "$name" --password-stdin \
	    <"$T/password" 2>/dev/null
	case $? in
	0) made=$((made + 1)) ;;
	*) killed=$((killed + 1)) ;;
	esac
	authctl user list >"$T/users" 2>&1 || broken=$((broken + 1))
	grep -q '^fred@example.org' "$T/users" || broken=$((broken + 1))
}

# After 0, 2, 4 ... ms, until it is usually done by then.
for delay in $(seq 0 2 120) $(seq 0 2 120); do
	killed_after "$delay"
done
while [ "$made" = 0 ] && [ "$delay" -lt 100000 ]; do # a busy machine
	delay=$((delay * 2))
	killed_after "$delay"
done
diag "$killed killed, $made made"
is "$broken" 0 'the database is whole every time'
ok 'some were killed' [ "$killed" -gt 10 ]
ok 'some were not' [ "$made" -gt 0 ]
ok 'a next one works' user_add last@example.org 'open rye'
is "$(find "$T/auth" -type f ! -name users.gdbm ! -name '*lock')" '' \
    'and clears what the killed ones left'
is "$(stat -c '%U:%G %a' "$database")" 'root:sekisho-authd 640' \
    'owner and mode of the database'

for secret in 'open sesame' 'open rye' "$(printf 'open rye' | base64)" \
    "$(printf 'open rye' | od -An -tx1 | tr -d ' \n')"; do
	ok "not in the database: $secret" eval \
	    '! grep -qaiF "$secret" "$database"'
done
done_testing
