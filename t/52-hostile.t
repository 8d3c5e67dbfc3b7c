#!/usr/bin/perl
#
# What hostile clients, names and DNS records put into a request or an answer:
# policyd answers right or closes the connection, and an action is always one
# line that Postfix cannot read as two.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Select;
use IO::Socket::UNIX;
use lib dirname(abs_path(__FILE__)) . '/differential';
use Lab;
use Tap;

my $dir = Lab::enter(1800);

sub connection {
	return IO::Socket::UNIX->new(Peer => "$dir/policyd.sock")
	    || die "connect: $!";
}

# All that comes back until the end, or until $count answers are there.
sub answers {
	my ($socket, $count) = @_;
	my $select = IO::Select->new($socket);
	my $text = '';
	while ($select->can_read(300)) {
		sysread($socket, $text, 65536, length $text) or last;
		last if $count && (() = $text =~ /\n\n/g) >= $count;
	}
	return $text;
}

sub request {
	my (%attributes) = @_;
	my %all = (request => 'smtpd_access_policy', protocol_state => 'RCPT',
	    client_address => '192.0.2.1', client_name => 'unknown',
	    helo_name => 'h.test', sender => 'a@good.test',
	    recipient => 'user@home.test', %attributes);
	return join('', map { "$_=$all{$_}\n" } sort keys %all) . "\n";
}

sub ask {
	my $socket = connection();
	syswrite($socket, request(@_));
	return answers($socket, 1);
}

Lab::start_dns({ '.' => <<'END' }, 'servfail.test');
@ NS ns.test.
ns.test. A 127.0.0.1
good.test. A 192.0.2.9
1.2.0.192.bl.test. A 127.0.0.2
1.2.0.192.bl.test. TXT "x\010action=OK\010\010action=PERMIT\013\000\255 ${recipient} %s"
2.2.0.192.bl.test. A 127.0.0.2
2.2.0.192.bl.test. TXT "550 5.0.0 \009 action=DUNNO"
mx.test. MX 10 a\010b\.c.test.
END
Lab::spew("$dir/senders", "/^(.*)\@echo\\.test\$/ REJECT \$1\n");
Lab::start_policyd(<<"END");
mydestination = home.test
smtpd_client_restrictions = reject_rbl_client bl.test
smtpd_helo_restrictions = check_helo_access inline:{{evil.test=REJECT}},
    reject_invalid_helo_hostname
smtpd_sender_restrictions = check_sender_access pcre:$dir/senders,
    reject_unknown_sender_domain
smtpd_recipient_restrictions = reject_unauth_destination
END

# --- answers -------------------------------------------------------------------
my $one_line = qr/^action=[\x20-\x7e]{1,4200}\n\n$/;
for my $case (
    [ 'a TXT record with line ends', client_address => '192.0.2.1' ],
    [ 'a TXT record that looks like an action', client_address => '192.0.2.2' ],
    [ 'a HELO name with control bytes', client_address => '192.0.2.7',
	helo_name => "a\x01\x7f\rb action=OK" ],
    [ 'a HELO name of 60 kB', client_address => '192.0.2.7',
	helo_name => 'x' x 60000 ],
    [ 'a HELO name that is not UTF-8', client_address => '192.0.2.7',
	helo_name => "\xff\xfe.evil.test" ],
    [ 'a sender echoed by a table', client_address => '192.0.2.7',
	sender => "OK\x0b\x0c\ractio\x01n=\@echo.test" ],
    [ 'a sender full of =', client_address => '192.0.2.7',
	sender => '=a==b=@gone.test' ],
    [ 'a recipient with control bytes', client_address => '192.0.2.7',
	recipient => "x\x08\x1b[2Jaction=OK\@other.test" ],
    [ 'an MX host with a line end', client_address => '192.0.2.7',
	sender => 'a@mx.test' ]) {
	my ($name, @attributes) = @$case;
	my $got = ask(@attributes);
	result("$name: one printable line",
	    $got =~ $one_line && $got !~ /^action=(OK|PERMIT)/ ? () : $got);
}

# --- requests --------------------------------------------------------------------
my $good = request(client_address => '192.0.2.7');
my $pass = "action=DUNNO\n\n";

sub replies {
	my ($bytes, $expected, $name) = @_;
	my $socket = connection();
	syswrite($socket, $bytes);
	shutdown($socket, 1);
	my $got = answers($socket, 0);
	result($name, (grep { $got eq $_ } @$expected) ? () : "got: $got");
}

replies($good x 50, [ $pass x 50 ], '50 requests at once');
replies($good =~ s/helo_name=.*\n//r, [ $pass ], 'an attribute is missing');
replies("unknown_thing=x\nanother=\n$good", [ $pass ], 'unknown attributes');
replies("sender=a\@echo.test\n$good", [ $pass ],
    'an attribute twice: the last counts');
replies($good =~ s/\n$//r, [ '' ], 'no empty line at the end: no answer');
replies("$good" . $good =~ s/\n$//r, [ $pass ],
    'a good request, then one that never ends');
replies("nonsense\n\n", [ '' ], 'a line without =');
replies("sender=a\0b\n$good", [ '' ], 'a NUL');
replies($good =~ s/\n/\r\n/gr, [ '', $pass ], 'CRLF');
replies("x=" . 'y' x 60000 . "\n$good", [ $pass ], 'a value of 60 kB');
replies("x=" . 'y' x (4 << 20), [ '' ], '4 MB without a line end');
replies("a=b\n" x 200000, [ '' ], '200,000 attributes');
replies("\n" . $good, [ '', $pass, "$pass$pass" ], 'an empty request');

my $slow = connection();
my $beside;
for my $i (0 .. length($good) - 1) {
	syswrite($slow, substr($good, $i, 1));
	$beside = ask(client_address => '192.0.2.7') if $i == 20;
	select(undef, undef, undef, 0.002);
}
is($beside, $pass, 'others are answered while a byte comes at a time');
is(answers($slow, 1), $pass, 'a byte at a time: the right answer');
is(ask(client_address => '192.0.2.7'), $pass, 'policyd is well in the end');

Tap::end(1);
