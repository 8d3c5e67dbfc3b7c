#!/bin/sh
# 20 wrong passwords that are slow to check: the protocol goes on meanwhile,
# for others and on the same connection, and the loop itself never hashes.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs /proc of its own'

authd_start 'password_scheme = yescrypt:8' 'workers = 2' \
    'auth_failure_delay = 0'
user_add fred@example.org 'open sesame'

# Speaks the Dovecot protocol; prints NAME VALUE lines.
talk() {
	perl -MIO::Socket::UNIX -MMIME::Base64 -MTime::HiRes=time - \
	    "$AUTH_SOCKET" <<'END'
use strict;
use warnings;
my $path = shift;
alarm 100;

sub greeted { # a connection, after the server's DONE
	my $s = IO::Socket::UNIX->new($path) or die "$path: $!\n";
	while (<$s>) {
		last if $_ eq "DONE\n";
	}
	print $s "VERSION\t1\t2\nCPID\t$$\n";
	$s->flush;
	return $s;
}

# A LOGIN conversation up to its first challenge: no hash is needed.
my $id = 1000;
sub challenged {
	my ($s) = @_;
	print $s "AUTH\t", ++$id, "\tLOGIN\tservice=smtp\n";
	$s->flush;
	my $line = <$s>;
	return $line =~ /^CONT\t$id\t/ ? 1 : 0;
}

my $flood = greeted();
my $wrong = encode_base64("\0fred\@example.org\0open barley", '');
print $flood "AUTH\t$_\tPLAIN\tservice=smtp\trip=192.0.2.$_\tresp=$wrong\n"
    for 1 .. 20;
$flood->flush;

my ($slowest, $answered) = (0, 0);
for (1 .. 20) {
	my $begin = time;
	my $s = greeted();
	$answered += challenged($s);
	my $took = time - $begin;
	$slowest = $took if $took > $slowest;
}
$answered += challenged($flood);

my $failed = 0;
while ($failed < 20 and my $line = <$flood>) {
	$failed++ if $line =~ /^FAIL\t/;
}
print "answered $answered\nfailed $failed\n";
printf "slowest_ms %d\n", $slowest * 1000;
END
}

# Ticks (10 ms) of processor time of the loop, and of the whole process.
loop_ticks() {
	awk '{ print $14 + $15 }' "/proc/$authd_pid/task/$authd_pid/stat"
}
all_ticks() {
	awk '{ print $14 + $15 }' "/proc/$authd_pid/stat"
}

loop=$(loop_ticks)
all=$(all_ticks)
talk >"$T/talk"
loop=$(($(loop_ticks) - loop))
all=$(($(all_ticks) - all))
diag "$(cat "$T/talk") loop $loop workers $((all - loop)) (ticks)"

value() {
	sed -n "s/^$1 //p" "$T/talk"
}
is "$(value failed)" 20 'all 20 are refused'
is "$(value answered)" 21 'challenges come meanwhile, on the same connection, too'
# 20 hashes, one of them in ticks / 20, in milliseconds ticks / 2
ok 'the slowest in less than a hash' \
    [ "$(value slowest_ms)" -lt $(((all - loop) / 2)) ]
ok 'hashing took its time' [ $((all - loop)) -gt 100 ]
ok 'none of it in the loop' [ "$loop" -lt $((all / 20)) ]

# Another scheme is taken up without a hash.
loop=$(loop_ticks)
authd_conf 'password_scheme = bcrypt:13'
ok 'a reload with another password_scheme' authctl ask reload
ok 'does not hash in the loop either' [ $(($(loop_ticks) - loop)) -lt 10 ]
done_testing
