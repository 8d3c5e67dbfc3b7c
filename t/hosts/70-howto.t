#!/bin/sh
# The how-tos are true of this release, whose Postfix and Dovecot are not those
# of the other one: their tests in a host, and what they have for systemd.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046 # words
host_start how make perl procps python3 curl gsasl dovecot-pop3d \
    dovecot-imapd mb2md $("$BUILD/t/deps" list demo)
source_copy how
in_host how sh -c 'cd /src && t/deps demo && make DEPS=no' >"$T/out" 2>&1 ||
    bail_out 'it is not built' "$(tail -n 20 "$T/out")"
for howto in "$BUILD"/t/*-howto-*.t; do
	name=${howto##*/}
	in_host how "/src/t/$name" >"$T/out" 2>&1
	result $? "$name" || diag "$(grep -v '^ok' "$T/out")"
done

in_host how sh -c 'mkdir steps && cd steps &&
    /src/t/howto-steps /src/etc/howto/university 5 . &&
    for step in *.write; do cp $step $(cat ${step%.*}.target); done
    chmod 755 /usr/local/sbin/dovecot-users' || bail_out 'no files'
ok 'university: its unit is started' in_host how \
    systemctl enable --now dovecot-users
is "$(in_host how systemd-analyze verify dovecot-users.service 2>&1)" '' \
    'and systemd has nothing to say of it'
ok 'and goes on, with authd or without' in_host how \
    systemctl is-active dovecot-users
done_testing
