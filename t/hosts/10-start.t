#!/bin/sh
# The package on a small server: what it brings, and that it starts without a
# word of complaint.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

sekisho_host mx
is "$(in_host mx systemctl is-enabled sekisho-authd.service \
    sekisho-policyd.socket | tr '\n' ' ')" 'disabled disabled ' \
    'the administrator decides what is enabled'
is "$(in_host mx stat -c '%a %U:%G' /etc/sekisho/authd.cf \
    /etc/sekisho/policyd.cf | uniq)" '640 root:sekisho' \
    'the daemons may read their configuration'

in_host mx sh -c 'echo secret |
    sekisho-authctl user add fred@example.org --password-stdin'
ok 'enabled and started' \
    in_host mx systemctl enable --now sekisho-authd sekisho-policyd
for daemon in authd policyd; do
	ok "$daemon is active" in_host mx systemctl is-active sekisho-$daemon \
	    sekisho-$daemon.socket
	is "$(in_host mx stat -c '%a %U:%G' \
	    "/var/spool/postfix/private/sekisho-${daemon%d}")" \
	    '660 postfix:postfix' "$daemon: Postfix may ask"
	status=$(in_host mx sh -c "cat \
	    /proc/\$(systemctl show -P MainPID sekisho-$daemon)/status")
	is "$(printf '%s\n' "$status" | awk '
	    $1 ~ /^(Uid|Gid):/ && $2 * $3 * $4 * $5 == 0 ||
	    $1 ~ /^Cap(Eff|Prm|Amb)/ && $2 !~ /^0*$/ ||
	    $1 == "Seccomp_filters:" && $2 < 2')" '' \
	    "$daemon: no root, no capability, its own system calls"
	exposure=$(in_host mx systemd-analyze security --no-pager \
	    "sekisho-$daemon" | sed -n 's/.*level for .*: \([0-9.]*\) .*/\1/p')
	ok "$daemon: exposure $exposure is at most 2.5" \
	    awk "BEGIN { exit !($exposure > 0 && $exposure <= 2.5) }"
done
is "$(in_host mx journalctl -b -p warning -o cat -u 'sekisho*')" '' \
    'no warning'
done_testing
