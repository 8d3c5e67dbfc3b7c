#!/bin/sh
# The package where Postfix comes later, where listen is another, removed, and
# purged.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

policy=/var/spool/postfix/private/sekisho-policy

sekisho_host mx
user_add mx fred@example.org secret
in_host mx systemctl -q enable --now sekisho-authd sekisho-policyd

# answers SOCKET: policyd does, there
answers() {
	in_host mx perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => shift) or die "$!\n";
		print $s "request=smtpd_access_policy\n\n";
		print scalar <$s>' "$1" | grep -q '^action='
}

mode_of() {
	in_host mx stat -c '%a %U:%G' "$1"
}

ok 'answers' answers $policy
in_host mx sh -c "echo 'listen = { unix:$policy, mode = 0666 }' \
    >>/etc/sekisho/policyd.cf"
in_host mx systemctl restart sekisho-policyd
is "$(mode_of $policy)" '666 postfix:postfix' 'the mode that listen wants'
in_host mx sh -c "echo 'listen = unix:$policy-2' >>/etc/sekisho/policyd.cf"
in_host mx systemctl restart sekisho-policyd
ok 'the address that listen wants' answers $policy-2
like "$(journal mx -u sekisho-policyd)" \
    "*warning: the service manager listens on $policy, *" \
    'and what to do with the other'

pid=$(in_host mx systemctl show -P MainPID sekisho-policyd)
in_host mx sh -c 'echo nonsense = 1 >>/etc/sekisho/policyd.cf'
ok 'an upgrade to what refuses the configuration' in_host mx \
    apt-get install -y --reinstall ./sekisho.deb
like "$(cat "$T/out")" '*policyd.cf:*nonsense*sekisho-policyd: the old *' \
    'says so'
is "$(in_host mx systemctl show -P MainPID sekisho-policyd)" "$pid" \
    'and leaves the old program running'
in_host mx sed -i '/^nonsense/d' /etc/sekisho/policyd.cf

in_host mx apt-get remove -y sekisho >"$T/out" 2>&1 ||
    bail_out 'no removal' "$(cat "$T/out")"
fails 'removed: nothing runs' mx systemctl is-active \
    sekisho-authd.service sekisho-authd.socket \
    sekisho-policyd.service sekisho-policyd.socket
fails 'no socket' mx test -e $policy
ok 'the configuration stays' in_host mx test -s /etc/sekisho/policyd.cf
package_install mx
in_host mx systemctl start sekisho-policyd sekisho-authd
ok 'installed again: as before' answers $policy-2

in_host mx apt-get purge -y sekisho >"$T/out" 2>&1 ||
    bail_out 'no purge' "$(cat "$T/out")"
like "$(cat "$T/out")" '*/var/lib/sekisho/auth/users.gdbm*' \
    'purged: says where the users are'
is "$(in_host mx find / -xdev -name '*sekisho*' ! -path '/root/*' \
    ! -path '/proc/*' ! -path '/var/log/*' | sort | tr '\n' ' ')" \
    '/var/lib/sekisho ' 'nothing else is left'
is "$(in_host mx find /var/lib/sekisho -type f)" \
    /var/lib/sekisho/auth/users.gdbm 'but they are'

# A host without Postfix; then it comes.
in_host mx apt-get purge -y postfix >"$T/out" 2>&1
in_host mx rm -rf /var/spool/postfix
package_install mx
fails 'without Postfix: does not start' mx systemctl start sekisho-policyd
fails 'makes no directory of its own' mx test -e /var/spool/postfix
like "$(journal mx -u sekisho-policyd)" \
    '*error: cannot ask Postfix *' 'says why'
done_testing
