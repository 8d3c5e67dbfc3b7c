#!/bin/sh
# Tables that servers have, asked from within policyd's unit: through Postfix's
# proxymap(8), by socketmap and by tcp; also after Postfix was started anew, and
# after a reboot.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

sekisho_host mx
site_make mx
for kind in proxy hash; do
	echo "$kind@example.net REJECT by $kind" |
	    in_host mx sh -c "cat >/etc/postfix/$kind"
done
in_host mx sh -c 'cd /etc/postfix && postmap hash && rm hash'

# A server of both kinds, as a service.
in_host mx sh -c 'cat >/usr/local/sbin/server' <<'END'
#!/usr/bin/perl
use strict;
use warnings;
use IO::Socket::INET;

sub serve {
	my ($port, $answer) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
	    LocalPort => $port, Listen => 10, ReuseAddr => 1) or die $!;
	$SIG{CHLD} = 'IGNORE';
	while (my $client = $listener->accept) {
		next if fork;
		$client->autoflush(1);
		$answer->($client);
		exit;
	}
}

sub socketmap {
	my ($client) = @_;
	local $/ = ':';
	while (my $length = <$client>) {
		chomp $length;
		read $client, my $text, $length + 1;
		my $answer = $text eq 'map socketmap@example.net,' ?
		    'OK REJECT by socketmap' : 'NOTFOUND ';
		print $client length $answer, ":$answer,";
	}
}

sub tcp {
	my ($client) = @_;
	while (my $line = <$client>) {
		print $client $line eq "get tcp\@example.net\n" ?
		    "200 REJECT%20by%20tcp\n" : "500 none\n";
	}
}

fork ? serve(10001, \&socketmap) : serve(10002, \&tcp);
END
in_host mx sh -c 'chmod +x /usr/local/sbin/server
    cat >/etc/systemd/system/server.service' <<'END'
[Service]
ExecStart=/usr/local/sbin/server
[Install]
WantedBy=multi-user.target
END
in_host mx systemctl -q enable --now server

in_host mx sh -c 'cat >/etc/sekisho/policyd.cf' <<'END'
smtpd_sender_restrictions =
    check_sender_access proxy:texthash:/etc/postfix/proxy,
    check_sender_access proxy:hash:/etc/postfix/hash,
    check_sender_access socketmap:inet:127.0.0.1:10001:map,
    check_sender_access tcp:127.0.0.1:10002
END
in_host mx systemctl -q enable --now sekisho-authd sekisho-policyd
readme_follow mx

is_refused() {
	like "$(smtp mx --from "$1@example.net")" "554 5.7.1 *by $1*" "$2: $1"
}

are_right() {
	for table in proxy hash socketmap tcp; do
		is_refused $table "$1"
	done
	like "$(smtp mx)" '250 *' "$1: what no table has"
}

# What Postfix may not read yet is what doctor says; its line mends it.
like "$(smtp mx --from proxy@example.net)" '451 4.3.5 *' \
    'a table that proxy_read_maps does not name'
in_host mx sekisho-policyctl doctor >"$T/findings"
line=$(grep '^fault proxy-unnamed: ' "$T/findings")
like "$line" '*/proxy proxy:hash:*; fix: *' 'doctor names both'
ok 'its line can be typed' in_host mx sh -c "${line##*; fix: }"
table_answers() {
	smtp mx --from proxy@example.net | grep -q 'by proxy'
}
wait_for table_answers
are_right 'at first'

in_host mx sh -c 'systemctl restart postfix && sekisho-policyctl ask flush' \
    >"$T/out"
wait_for table_answers
are_right 'Postfix was restarted'

host reboot mx >/dev/null || bail_out 'no reboot'
wait_for table_answers
are_right 'after a reboot'
is "$(in_host mx sh -c 'sekisho-policyctl doctor | grep -c -e proxy -e table')" \
    0 'doctor has nothing to say of tables'
done_testing
