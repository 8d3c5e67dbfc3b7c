#!/bin/sh
# Two hosts with the same users, as sekisho(7) says it, word for word: what is
# changed on the first is so on the second.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

users=/var/lib/sekisho/auth
sync=sekisho-sync@sekisho-sync@mx1.example.org

sekisho_host mx1 openssh-server rsync python3
sekisho_host mx2 openssh-server rsync python3
host link mx1 "$prefix-mx2" >"$T/link" || bail_out 'no cable'
sed "s/^$prefix-\(mx[12]\) \(.*\)/\2 \1.example.org/" "$T/link" >"$T/hosts"
for host in mx1 mx2; do
	in_host $host sh -c 'cat >>/etc/hosts' <"$T/hosts"
	in_host $host sh -c 'echo default_realm = example.org \
	    >>/etc/sekisho/authd.cf'
done
user_add mx1 fred@example.org secret
user_add mx1 joe@example.org secret
user_add mx2 only-here@example.org secret
site_make mx2
dns_start mx2 <<'END'
example.net. IN A 192.0.2.1
END
in_host mx1 systemctl -q enable --now sekisho-authd
in_host mx2 systemctl -q enable --now sekisho-authd sekisho-policyd
readme_follow mx2

# block N: the lines of the manual
block() {
	awk -v "wanted=$1" '
	    /^\.Ss/ { here = $0 == ".Ss Two hosts" }
	    here && /^\.Ed/ { on = 0 }
	    on { gsub(/\\e/, "\\"); print }
	    here && /^\.Bd/ { on = ++n == wanted }' "$BUILD/etc/sekisho.7"
}

# follow NAME N: as one who types them there
follow() {
	block "$2" >"$T/block"
	[ -s "$T/block" ] || bail_out "no block $2"
	in_host "$1" sh -e <"$T/block" >"$T/said" 2>&1 ||
	    bail_out "$1: block $2" "$(cat "$T/said")"
}

follow mx1 1
follow mx2 2
like "$(cat "$T/said")" "*$(in_host mx1 ssh-keygen -l \
    -f /etc/ssh/ssh_host_ed25519_key.pub | cut -d ' ' -f 2)*" \
    'the key of the first can be compared'
key=$(tail -n 1 "$T/said")
block 3 | sed "s|ssh-ed25519 AAAA.*|$key|" |
    in_host mx1 sh -c 'cat >>/var/lib/sekisho-sync/.ssh/authorized_keys'
follow mx2 4

list() {
	in_host "$1" sekisho-authctl user list
}
same_users() {
	[ "$(list mx1)" = "$(list mx2)" ]
}
ok 'the second has the users of the first' wait_for same_users
is "$(list mx2)" 'fred@example.org
joe@example.org' 'and no others'
is "$(in_host mx2 stat -c '%a %U:%G' $users/users.gdbm)" \
    '640 root:sekisho-authd' 'its authd may read them, and nobody else'

# answer USER PASSWORD: of the second
answer() {
	smtp mx2 -p 587 -tls --quit-after AUTH -a PLAIN -au "$1@example.org" \
	    -ap "$2" | cut -c 1-3
}
answers() {
	[ "$(answer "$1" "$2")" = "$3" ]
}
# soon NAME COMMAND...: the time it took is for who reads it
soon() {
	name=$1
	shift
	begun=$(date +%s)
	wait_for "$@"
	result $? "$name"
	diag "after $(($(date +%s) - begun)) s"
}

is "$(answer fred secret)" 235 'a user logs in at the second'
is "$(answer joe secret)" 235 'another one, too'
in_host mx1 sekisho-authctl user del joe
soon 'removed, he cannot log in' answers joe secret 535
suspended() {
	in_host mx2 sekisho-policyctl ask suspensions |
	    grep -q 'fred@example.org: suspended'
}
in_host mx1 sekisho-authctl user suspend fred --reason stolen >/dev/null 2>&1
soon 'suspended, he is so in open sessions' suspended
is "$(answer fred secret)" 535 'and cannot log in'
like "$(in_host mx2 sekisho-authctl user show fred)" '*stolen*' \
    'the reason is known'
in_host mx1 sekisho-authctl user resume fred >/dev/null 2>&1
soon 'resumed, he logs in' answers fred secret 235
echo another |
    in_host mx1 sekisho-authctl user passwd fred --password-stdin
soon 'with another password, too' answers fred another 235
is "$(answer fred secret)" 535 'and not with the old one'
user_add mx2 only-here@example.org secret
soon 'what the second changes is undone' same_users

# --- what has not arrived whole

in_host mx2 systemctl stop "$sync.timer"
settled() {
	[ "$(in_host mx2 systemctl is-active "$sync.service")" = inactive ]
}
wait_for settled
before=$(list mx2)
# shellcheck disable=SC2016 # a hash
seq 5000 | sed 's,.*,u&:{SHA512-CRYPT}$6$DR21tA3VAODesdNP$7jr7uo0LwJ.hQNOeZ2l0JEJzikBYq/FryDbcmcQRTlTEGaEE38ZgM9.Kx6Azsxt3IULWXiTwGTruK12Z4I0fw.,' |
    in_host mx1 sekisho-authctl import passwd-file - >/dev/null
in_host mx2 sh -c "mkdir -p /run/systemd/system/$sync.service.d
    { printf '[Service]\nExecStart=\n'
    sed -n '/^ExecStart=/,/[^\\\\]\$/p' \
	/lib/systemd/system/sekisho-sync@.service |
    sed 's/rsync --times/rsync --bwlimit=20 --times/'
    } >/run/systemd/system/$sync.service.d/slow.conf
    systemctl daemon-reload"
in_host mx2 systemctl start --no-block "$sync.service"
half_there() {
	in_host mx2 find $users -name '.users.gdbm.*' -size +20k | grep -q .
}
ok 'half of the users have arrived' wait_for half_there
is "$(list mx2)" "$before" 'none is used'
in_host mx2 systemctl kill -s KILL "$sync.service"
stopped() {
	[ "$(in_host mx2 systemctl is-active "$sync.service")" = failed ]
}
ok 'when it is killed' wait_for stopped
is "$(list mx2)" "$before" 'none is used'
is "$(answer fred another)" 235 'and who could log in can'
in_host mx2 sh -c "rm -r /run/systemd/system/$sync.service.d
    systemctl daemon-reload"
in_host mx2 systemctl start "$sync.timer"
ok 'the next time all arrive' wait_for same_users
is "$(in_host mx2 ls -A $users)" 'users.gdbm
users.gdbm.lock' 'and nothing is left behind'

# --- the first is away

host stop mx1
failed() {
	journal mx2 -u "$sync" |
	    grep -q 'ssh: .*mx1.example.org'
}
ok 'the first is away, which is told' wait_for failed
is "$(answer fred another)" 235 'its users log in at the second'
done_testing
