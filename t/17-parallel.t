#!/bin/sh
# Four DNSBLs that take their time are asked at once.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# A name server that answers after 0.2 s: the zones and their test points of
# RFC 5782 exist, nothing else does.  It writes what it does, in order.
perl -MIO::Socket::INET -MTime::HiRes=time - "$DNS_PORT" >>"$T/dns.log" <<'END' &
use strict;
use warnings;

my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1',
    LocalPort => shift) or die "$!\n";
my @waiting; # time, peer, answer, name
$| = 1;
print "serves\n";
for (;;) {
	my $readable = '';
	vec($readable, fileno $socket, 1) = 1;
	my $left = @waiting ? $waiting[0][0] - time : 1;
	if ($left > 0 and select $readable, undef, undef, $left) {
		my $peer = $socket->recv(my $query, 512);
		my ($id, $name) = ($query =~ /^(..).{10}(.*?)\0..../s);
		my $question = substr $query, 12, length($name) + 5;
		my @labels = unpack '(C/a)*', $name;
		my $listed = lc "@labels" =~ /^2 0 0 127 / &&
		    $question =~ /\x00\x01\x00\x01$/s;
		my $exists = $listed || @labels == 2;
		my $answer = $id . pack 'n5', $exists ? 0x8180 : 0x8183, 1,
		    $listed ? 1 : 0, 0, 0;
		$answer .= $question;
		$answer .= pack 'n3Nn/a', 0xc00c, 1, 1, 60, "\x7f\0\0\2"
		    if $listed;
		push @waiting, [time + 0.2, $peer, $answer, lc join '.', @labels];
		print "asked $waiting[-1][3]\n";
	}
	while (@waiting and $waiting[0][0] <= time) {
		my ($when, $peer, $answer, $name) = @{shift @waiting};
		print "answered $name\n";
		$socket->send($answer, 0, $peer);
	}
}
END
wait_for grep -q serves "$T/dns.log" || bail_out 'no DNS server'

policyd_start 'smtpd_client_restrictions = reject_rbl_client a.example,
	reject_rbl_client b.example, reject_rbl_client c.example,
	reject_rbl_client d.example'
ok 'the lists pass their test' wait_for lists_are_ok 4

: >"$T/dns.log"
like "$(ask client_address=198.51.100.77)" 'action=DUNNO*' 'an unlisted client'
is "$(grep -a 77.100.51.198 "$T/dns.log" | sed 4q | sort | tr '\n' ' ')" \
    'asked 77.100.51.198.a.example asked 77.100.51.198.b.example asked 77.100.51.198.c.example asked 77.100.51.198.d.example ' \
    'all four are asked before the first one answers'
done_testing
