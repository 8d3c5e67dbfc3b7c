#!/bin/sh
# The same users once more: what a file cannot say stays as it is, what is lost
# is told, and a mirror has no one whom the file has not.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

authd_conf 'mechanisms = PLAIN SCRAM-SHA-256' 'password_scheme = bcrypt:4' \
    'scram_iterations = 4096'

import() {
	authctl import "$@" >"$T/out" 2>"$T/err"
	echo "$? $(cat "$T/out" "$T/err")"
}


HASH='{SSHA}ya2bxCNpwhsU+1R3j0U/7Ng1XcKlg6KH'

# --- each kind of file, over a user with everything

user_add fred 'my own' || bail_out 'no user'
authctl user suspend fred
authctl user expire fred 2030-01-31
authctl app-password add fred --label phone --networks 192.0.2.0/24 >"$T/out"
authctl app-password add fred --label tablet --expires 2030-01-01 >"$T/out"
authctl export dump >"$T/before"
created=$(authctl user show fred | grep '^created')

printf 'secret' | saslpasswd2 -p -c -f "$T/db" -u example.org fred
db_dump -f "$T/sasldb" "$T/db"
printf '%s\n' "fred:$HASH" >"$T/passwd-file"
printf '%s\n' "fred:$HASH" >"$T/htpasswd"
printf '%s\n' "fred:$(openssl passwd -6 secret):20000:0:99999:7:::" \
    >"$T/shadow"
for kind in passwd-file htpasswd shadow sasldb; do
	said=$(import "$kind" "$T/$kind" --replace)
	like "$said" '0 imported 1, skipped 0*' "$kind: the password is replaced"
	like "$said" '*fred@example.org: stays suspended (authctl user resume)*' \
	    "$kind: says that a suspension stays"
	like "$said" '*fred@example.org: still expires 2030-01-31T00:00:00Z*' \
	    "$kind: says that a date stays"
	is "$(authctl user show fred | grep -E '^(status|expires) ' |
	    awk '{ print $2 }' | paste -sd ' ')" \
	    'suspended 2030-01-31T00:00:00Z' "$kind: both are there"
	is "$(authctl app-password list fred | grep -c -E 'phone|tablet')" 2 \
	    "$kind: so are the app passwords"
	is "$(authctl user show fred | grep '^created')" "$created" \
	    "$kind: and the day he came"
	case $kind in
	sasldb) ;;
	*)
		like "$said" '*SCRAM-SHA-256*' \
		    "$kind: tells that a mechanism is lost"
		authctl import dump "$T/before" --replace >"$T/out" 2>&1
		;;
	esac
done

# A file may add limits, and bring a date nearer.
printf 'fred:%s::::::nologin\n' "$HASH" >"$T/passwd-file"
authctl user resume fred
import passwd-file "$T/passwd-file" --replace >"$T/said"
ok 'nologin suspends' eval 'authctl user show fred | grep -q suspended'
printf '%s\n' "fred:$(openssl passwd -6 secret):20000:0:99999:7::20500:" \
    >"$T/shadow"
import shadow "$T/shadow" --replace >"$T/said"
ok 'an earlier date counts' eval \
    'authctl user show fred | grep -q "expires *2026-02-16"'

# Who is locked in the file must not stay open here.
authctl user expire fred never
authctl user resume fred
printf 'fred:!:20000:0:99999:7:::\nroot:*:20000:0:99999:7:::\n' >"$T/shadow"
is "$(import shadow "$T/shadow")" \
    '0 imported 0, skipped 0, without a password 2' 'a locked one'
ok 'changes nobody alone' eval 'authctl user show fred | grep -q active'
is "$(import shadow "$T/shadow" --replace)" \
    '0 imported 0, skipped 0, without a password 2
authctl: fred@example.org: is locked in the file: suspended' 'with --replace'
ok 'he is suspended' eval 'authctl user show fred | grep -q suspended'

# --- a dump has everything, and each loss is told

authctl import dump "$T/before" --replace >"$T/out" 2>&1
sed -e 's/^status=.*/status=active/' -e '/^expires=/d' -e '/scram/d' \
    -e '/phone/d' -e '/tablet.expires/d' "$T/before" >"$T/dump"
is "$(import dump "$T/dump" --replace)" '0 imported 1, skipped 0
authctl: line 4: fred@example.org: was suspended, is active now
authctl: line 4: fred@example.org: no longer expires 2030-01-31T00:00:00Z
authctl: line 4: fred@example.org: has no secret for SCRAM-SHA-256 any more
authctl: line 4: fred@example.org: loses the app password phone
authctl: line 4: fred@example.org: the app password tablet has other limits' \
    'dump: each loss is told'
is "$(import dump "$T/dump" --replace)" '0 imported 1, skipped 0' \
    'and nothing where nothing is lost'

# --- dry run

cp "$T/auth/users.gdbm" "$T/copy"
like "$(import dump "$T/before" --replace --dry-run)" \
    '0 imported 1, skipped 0 (dry run: nothing was changed)' 'dry run'
ok 'nothing was changed' cmp "$T/auth/users.gdbm" "$T/copy"
sed "s,/auth/users,/none/users," "$T/authd.cf" >"$T/none.cf"
is "$("$AUTHCTL" -c "$T/none.cf" import dump "$T/before" --dry-run)" \
    'imported 1, skipped 0 (dry run: nothing was changed)' \
    'a dry run where there is no database'
ok 'and none is made' [ ! -e "$T/none" ]

# --- mirror

for n in $(seq 19); do
	echo "user$n:$HASH"
done >"$T/many"
cp "$T/many" "$T/all"
printf 'fred:%s\n' "$HASH" >>"$T/all"
is "$(import passwd-file "$T/all" --mirror | head -n 1)" \
    '0 imported 20, skipped 0, removed 0' 'a mirror of all'
like "$(import passwd-file "$T/many" --mirror --dry-run)" \
    '0 imported 19, skipped 0, removed 1 (dry run: nothing was changed)*' \
    'a dry run of one without fred'
is "$(authctl user list | grep -c .)" 20 'all are there'
is "$(import passwd-file "$T/many" --mirror)" \
    '0 imported 19, skipped 0, removed 1
authctl: fred@example.org: is not in the file: removed' 'and without fred'
is "$(authctl user list | grep -c fred)" 0 'he is gone'
head -n 16 "$T/many" >"$T/few"
like "$(import passwd-file "$T/few" --mirror)" \
    '1 authctl: 3 of 19 users are not in the file: nothing was changed (--force*' \
    'more than a tenth needs --force'
like "$(import passwd-file /dev/null --mirror)" \
    '1 authctl: 19 of 19 users are not in the file: nothing was changed*' \
    'an empty file does not empty the database'
is "$(authctl user list | grep -c .)" 19 'nothing was changed'
sed 's/^user1:.*/user1:{DIGEST-MD5}x/' "$T/many" >"$T/odd"
like "$(import passwd-file "$T/odd" --mirror)" \
    '1 imported 18, skipped 1, removed 0*' 'who was left out is in the file'
echo 'no user' >>"$T/few"
like "$(import passwd-file "$T/few" --mirror --force)" \
    '1 authctl: --mirror: a line that cannot be read may be a user*' \
    'a line that cannot be read'
is "$(authctl user list | grep -c .)" 19 'all are still there'
sed -i '$d' "$T/few"
like "$(import passwd-file "$T/few" --mirror --force)" \
    '0 imported 16, skipped 0, removed 3*' '--force'
is "$(authctl user list | grep -c .)" 16 'three are gone'

# --- a disk without room for the new file beside the old one

mkdir "$T/small"
mount -t tmpfs -o size=512k none "$T/small"
authd_conf "user_database = gdbm:$T/small/users.gdbm"
like "$(echo secret | authctl user add fred --password-stdin 2>&1)" \
    '*: the disk has 512 kB free, a changed copy needs 1024 kB*' \
    'free space is looked at before anything is written'
is "$(ls "$T/small")" users.gdbm.lock 'nothing else is left there'

done_testing
