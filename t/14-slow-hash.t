#!/bin/sh
# 20 wrong passwords that are slow to check: the protocol goes on meanwhile,
# for others and on the same connection, and the loop itself never hashes.  (How
# long something takes depends on who else uses the machine; what comes first,
# and whose processor time it is, does not.)
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has mounts || skip_all 'needs /proc of its own'

authd_start 'password_scheme = yescrypt:7' 'workers = 2' \
    'auth_failure_delay = 0'
user_add fred@example.org 'open sesame'

# Speaks the Dovecot protocol; prints NAME VALUE lines.
talk() {
	perl -MIO::Socket::UNIX -MMIME::Base64 - \
	    "$AUTH_SOCKET" <<'END'
use strict;
use warnings;
my $path = shift;

sub greeted { # a connection, after the server's DONE
	my $s = IO::Socket::UNIX->new($path) or die "$path: $!\n";
	while (<$s>) {
		last if $_ eq "DONE\n";
	}
	print $s "VERSION\t1\t2\nCPID\t$$\n";
	$s->flush;
	return $s;
}

# A LOGIN conversation begins; to its first challenge no hash is needed.
sub begin {
	my ($s) = @_;
	print $s "AUTH\t1000\tLOGIN\tservice=smtp\n";
	$s->flush;
}

my $flood = greeted();
my $wrong = encode_base64("\0fred\@example.org\0open barley", '');
print $flood "AUTH\t$_\tPLAIN\tservice=smtp\trip=192.0.2.$_\tresp=$wrong\n"
    for 1 .. 20;
$flood->flush;

my ($answered, $failed) = (0, 0);
for (1 .. 20) {
	my $s = greeted();
	begin($s);
	$answered++ if <$s> =~ /^CONT\t1000\t/;
}
begin($flood);
while ($failed < 20 and my $line = <$flood>) {
	$failed++ if $line =~ /^FAIL\t/;
	print "answered $answered\nbefore $failed\n" if $line =~ /^CONT\t/;
}
print "failed $failed\n";
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
is "$(value answered)" 20 'challenges come meanwhile to others'
ok 'and on the same connection, before the passwords are checked' \
    [ "$(value before)" -lt 20 ]
ok 'hashing took its time' [ $((all - loop)) -gt 50 ]
ok 'none of it in the loop' [ "$loop" -lt $((all / 20)) ]

# Another scheme is taken up without a hash.
loop=$(loop_ticks)
authd_conf 'password_scheme = bcrypt:13'
ok 'a reload with another password_scheme' authctl ask reload
ok 'does not hash in the loop either' [ $(($(loop_ticks) - loop)) -lt 10 ]
done_testing
