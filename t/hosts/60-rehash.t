#!/bin/sh
# rehash = yes is all there is to do: a user who came with the hash of another
# program logs in by PLAIN, and then by SCRAM.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

spool=/var/lib/sekisho/login/rehash

sekisho_host mx gsasl
site_make mx
dns_start mx <<'END'
example.net. IN A 192.0.2.1
END
is "$(in_host mx stat -c '%a %U:%G' $spool)" '700 sekisho-authd:sekisho-authd' \
    'the place is there, and for authd alone'
in_host mx sh -c 'cat >>/etc/sekisho/authd.cf' <<'END'
default_realm = example.org
mechanisms = PLAIN LOGIN SCRAM-SHA-256
rehash = yes
END
# shellcheck disable=SC2016 # a hash
echo 'fred:{SHA512-CRYPT}$6$DR21tA3VAODesdNP$7jr7uo0LwJ.hQNOeZ2l0JEJzikBYq/FryDbcmcQRTlTEGaEE38ZgM9.Kx6Azsxt3IULWXiTwGTruK12Z4I0fw.' |
    in_host mx sekisho-authctl import passwd-file - >/dev/null
in_host mx systemctl -q enable --now sekisho-authd sekisho-policyd
readme_follow mx
ok 'authd brings the unit that looks for it' \
    in_host mx systemctl is-active sekisho-rehash.path

scram() {
	in_host mx timeout "$DEADLINE" gsasl --smtp --connect=127.0.0.1:587 \
	    --mechanism=SCRAM-SHA-256 --authentication-id=fred@example.org \
	    --password=secret --authorization-id= --no-cb --verbose \
	    --x509-ca-file= </dev/null 2>&1 |
	    sed -n 's/^\([25]35\)[ -].*/\1/p'
}

applied() {
	journal mx -u sekisho-rehash |
	    grep -x 'fred@example.org: yescrypt, SCRAM-SHA-256'
}

is_idle() {
	[ "$(in_host mx systemctl is-active sekisho-rehash.service)" = inactive ]
}

is "$(scram)" 535 'SCRAM: he has no secret'
like "$(smtp mx -p 587 -tls -a PLAIN -au fred@example.org -ap secret)" \
    '250 2.0.0 Ok*' 'PLAIN: he sends a mail'
ok 'which adds what he lacks' wait_for applied
is "$(scram)" 235 'SCRAM: he logs in'
ok 'it is done' wait_for is_idle
is "$(in_host mx ls -A $spool)" '' 'nothing is left'
is "$(in_host mx stat -c '%a %U:%G' /var/lib/sekisho/auth/users.gdbm)" \
    '640 root:sekisho-authd' 'the database is whose it was'

# What a killed authd left behind, and what somebody put there.
in_host mx sh -c "touch $spool/.new && ln -s /etc/shadow $spool/link"
removed() {
	journal mx -u sekisho-rehash |
	    grep 'link: .*removed'
}
ok 'what is not of authd is told' wait_for removed
ok 'and ends it as well' wait_for is_idle
is "$(in_host mx ls -A $spool)" .new 'what is being written is left alone'
is "$(in_host mx systemctl --failed --plain --no-legend)" '' \
    'no unit has failed'
exposure=$(in_host mx systemd-analyze security --no-pager \
    sekisho-rehash.service | sed -n 's/.*level for .*: \([0-9.]*\) .*/\1/p')
ok "exposure $exposure is at most 2.5" \
    awk "BEGIN { exit !($exposure > 0 && $exposure <= 2.5) }"

in_host mx apt-get remove -y sekisho >"$T/out" 2>&1 ||
    bail_out 'no removal' "$(cat "$T/out")"
fails 'removed: nothing looks there' mx systemctl is-active sekisho-rehash.path
in_host mx apt-get purge -y sekisho >"$T/out" 2>&1
fails 'purged: it is gone' mx test -e $spool
done_testing
