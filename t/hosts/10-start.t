#!/bin/sh
# The package on a small server: what it brings, that it starts without a word
# of complaint, one mail, and how its configuration is changed.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

killed_by_the_kernel() {
	dmesg 2>/dev/null | grep -c 'type=1326 .*comm="sekisho'
}

# policyd_is VALUE: what it works with
policyd_is() {
	in_host mx sekisho-policyctl ask config |
	    grep -qx "unknown_client_reject_code = $1"
}

killed=$(killed_by_the_kernel)
sekisho_host mx
is "$(in_host mx systemctl is-enabled sekisho-authd.service \
    sekisho-policyd.socket | tr '\n' ' ')" 'disabled disabled ' \
    'the administrator decides what is enabled'
is "$(in_host mx stat -c '%a %U:%G' /etc/sekisho/authd.cf \
    /etc/sekisho/policyd.cf | uniq)" '640 root:sekisho' \
    'the daemons may read their configuration'
ok 'shells look for completions where they are' in_host mx ls \
    /usr/share/bash-completion/completions/sekisho-authctl \
    /usr/share/zsh/vendor-completions/_sekisho \
    /usr/share/sekisho/completion/candidates

site_make mx
dns_start mx <<'END'
client.example.net. IN A 192.0.2.1
1.2.0.192.in-addr.arpa. IN PTR client.example.net.
example.net. IN A 192.0.2.1
END
# debug: what the kernel has not, and a daemon does without, is said there
in_host mx sh -c 'echo log_level = debug |
    tee -a /etc/sekisho/authd.cf >>/etc/sekisho/policyd.cf'
user_add mx fred@example.org secret
ok 'enabled and started' \
    in_host mx systemctl enable --now sekisho-authd sekisho-policyd
readme_follow mx

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

like "$(smtp mx -p 587 -tls -a PLAIN -au fred@example.org -ap secret)" \
    '250 2.0.0 Ok*' 'a mail from a user'
ok 'is delivered' wait_for in_host mx grep -q '^Subject:' /var/mail/fred
is "$(complaints mx)" '' 'nobody has complained'
is "$(killed_by_the_kernel)" "$killed" 'the kernel has killed nobody'
is "$(journal mx -u 'sekisho*' | grep -E 'seccomp|Landlock')" '' \
    'nothing of the sandbox is missing'

in_host mx sh -c 'echo unknown_client_reject_code = 550 \
    >>/etc/sekisho/policyd.cf'
ok 'reload of a good edit' in_host mx systemctl reload sekisho-policyd
ok 'counts' policyd_is 550
for daemon in authd policyd; do
	pid=$(in_host mx systemctl show -P MainPID sekisho-$daemon)
	in_host mx sh -c "cp -p /etc/sekisho/$daemon.cf /root &&
	    echo nonsense = 1 >>/etc/sekisho/$daemon.cf"
	line=$(in_host mx sh -c "wc -l </etc/sekisho/$daemon.cf")
	fails "$daemon: reload of a bad edit fails" \
	    mx systemctl reload sekisho-$daemon
	like "$(journal mx -u sekisho-$daemon)" \
	    "*/etc/sekisho/$daemon.cf:$line: *nonsense*" \
	    "$daemon: the journal says where"
	is "$(in_host mx systemctl show -P MainPID sekisho-$daemon)" "$pid" \
	    "$daemon: goes on"
done
ok 'with what was loaded' policyd_is 550
like "$(smtp mx -p 587 -tls -a LOGIN -au fred@example.org -ap secret)" \
    '250 2.0.0 Ok*' 'and serves'

fails 'a restart fails, too' mx systemctl restart sekisho-policyd
in_host mx cp -p /root/policyd.cf /root/authd.cf /etc/sekisho/
ok 'but ends with the mistake' wait_for policyd_is 550
done_testing
