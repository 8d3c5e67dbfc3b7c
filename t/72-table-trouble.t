#!/usr/bin/perl
#
# A database behind Postfix that hangs, stops, refuses or has odd keys and
# values: policyd says 451 where smtpd does, keeps nobody waiting who does not
# need it, and answers again when it does.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Select;
use IO::Socket::UNIX;
use lib dirname(abs_path(__FILE__)) . '/differential';
use lib dirname(abs_path(__FILE__)) . '/databases';
use Cases;
use Compare;
use Database;
use Lab;
use Smtp;

use constant { NATIVE => 10001, MOVED => 10002, LONG => 65000 };
use constant { NATIVE_LOGINS => 10003, MOVED_LOGINS => 10004 };

my $t = dirname(abs_path($0));
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$t/differential/clients");
my $policyctl = "$Lab::build/policyd/policyctl -c $dir/policyd.cf";
my $socket = "$dir/policyd.sock";
my ($tests, $failures) = (0, 0);

sub result {
	my ($name, @notes) = @_;
	$tests++;
	$failures++ if @notes;
	print @notes ? 'not ok' : 'ok', " $tests - $name\n";
	print STDERR map { s/^/# /mgr . "\n" } @notes;
}

sub is {
	my ($got, $expected, $name) = @_;
	result($name, $got eq $expected ? () : "got: $got\nexpected: $expected");
}

# A request that is sent; its answer comes later.
sub request {
	my (%attributes) = @_;
	my $client = IO::Socket::UNIX->new($socket) or die "$socket: $!";
	my %all = (request => 'smtpd_access_policy', protocol_state => 'RCPT',
	    client_address => '192.0.2.10', client_name => 'mail.good.test',
	    reverse_client_name => 'mail.good.test', helo_name => 'a.test',
	    sender => 'a@good.test', recipient => 'b@home.test', %attributes);
	print $client map({ "$_=$all{$_}\n" } sort keys %all), "\n";
	$client->flush;
	return $client;
}

sub is_answered {
	return IO::Select->new($_[0])->can_read(0);
}

sub answer {
	my ($client) = @_;
	alarm 300; # ends what hangs
	my $line = <$client>;
	alarm 0;
	return '(closed)' if !defined $line;
	return $line =~ s/^action=|\n$//gr;
}

sub ask {
	return answer(request(@_));
}

# What smtpd says by itself, and what it says by policyd.
sub replies {
	my ($dialogue, @ports) = @_;
	system("$policyctl ask flush >/dev/null");
	return map { Smtp::play(Smtp::parse($dialogue), $_, $clients, 0)->[-1] }
	    @ports ? @ports : (NATIVE, MOVED);
}

sub are_as_native {
	my ($dialogue, $pattern, $name, @ports) = @_;
	my ($native, $moved) = replies($dialogue, @ports);
	result($name, $native =~ $pattern &&
	    Compare::same_in_list($native, $moved) ? () :
	    "native: $native\npolicyd: $moved");
}

# All of them; Postfix starts others.
sub end_proxymap {
	system("pkill -9 -x proxymap --ns $$ --nslist pid");
}

# Keys that hold every byte that a login may have, but for the capital letters,
# which are asked as small ones.
my @bytes = grep { !/[A-Z]/ } map { chr } 1 .. 9, 11 .. 12, 14 .. 127;
my @rows = (
	map({ [ 'sasl', "k${_}x", 'REJECT ' . ord ] } @bytes),
	[ sender => 'long@good.test', 'REJECT ' . 'x' x LONG ],
	[ sender => 'expression@good.test', '/^(.*)$/ REJECT $1' ],
	[ sender => 'quotes@good.test', q{REJECT it's "quoted" \\ 100%} ],
	[ sender => 'foreign@good.test', "REJECT \xc3\xa4" ],
	[ sender => 'bad@good.test', 'REJECT it' ],
	[ login => 'mine@good.test', 'fred' ],
	[ sender => 'filter@good.test', 'PREPEND X-Seen: yes' ],
);

my $ended = eval {
	my $database = Database::start('mysql', @rows);
	my ($sender, $sasl, $login) =
	    map { Database::name_tables($database, $_) }
	    '@sender@', '@sasl@', '@login@';
	my $logins = 'smtpd_sender_restrictions = ' .
	    'reject_sender_login_mismatch';
	my $list = "smtpd_sender_restrictions = check_sender_access $sender";

	Lab::start_dns(Cases::zones("$t/differential/zones", $clients));
	Lab::start_postfix("mydestination = home.test\n" .
	    "service_throttle_time = 1s\nproxy_read_maps = $sender $sasl $login\n" .
	    "smtpd_sender_login_maps = $login\n",
	    "127.0.0.1:${\NATIVE} inet n - n - - smtpd\n  -o { $list }\n" .
	    "127.0.0.1:${\MOVED} inet n - n - - smtpd\n" .
	    '  -o { smtpd_sender_restrictions = check_policy_service { ' .
	    "unix:$socket, policy_context=smtpd_sender_restrictions } }\n" .
	    "127.0.0.1:${\NATIVE_LOGINS} inet n - n - - smtpd\n  -o { $logins }\n" .
	    "127.0.0.1:${\MOVED_LOGINS} inet n - n - - smtpd\n" .
	    '  -o { smtpd_sender_restrictions = check_policy_service { ' .
	    "unix:$socket, policy_context=logins/smtpd_sender_restrictions } }\n");
	Lab::start_logins();
	Lab::start_policyd("dns_timeout = 60s\nlisten = unix:$socket\n" .
	    "postfix_config_directory = $dir/etc\n$list\n" .
	    "smtpd_client_restrictions = check_sasl_access $sasl\n" .
	    "smtpd_sender_login_maps = $login\nlogins/$logins\n" .
	    "free/smtpd_client_restrictions =\n" .
	    "free/smtpd_sender_restrictions = reject_non_fqdn_sender\n",
	    $socket);
	chmod 0666, $socket;

	# Odd keys and values.
	my @wrong = grep {
		ask(sasl_username => "k${_}x") !~ /: ${\ord}$/
	} @bytes;
	result('keys of every byte', map { 'byte ' . ord } @wrong);
	is(ask(sasl_username => "k\xffx"), 'DUNNO', 'no UTF-8, no key');
	are_as_native("mail=$_\@good.test rcpt=b\@home.test", qr/^[45]/,
	    "a value: $_") for qw(expression quotes foreign bad);
	my ($native, $moved) = replies('mail=long@good.test rcpt=b@home.test');
	result('a value of 64 kB', map { substr $_, 0, 100 } grep {
	    !/^554 5\.7\.1 <long\@good\.test>: Sender address rejected: x+/
	} $native, $moved);
	are_as_native('mail=filter@good.test rcpt=b@home.test', qr/^250 /,
	    'a value that is for Postfix to do');

	# It hangs.
	kill 'STOP', $database->{pid};
	my $waiting = request(sender => 'bad@good.test', instance => 1);
	is(ask(sender => 'bad@good.test', policy_context => 'free'), 'DUNNO',
	    'who does not need it is answered meanwhile');
	is(ask(sender => 'nodot@nodot', policy_context => 'free'),
	    '504 5.5.2 <nodot@nodot>: Sender address rejected: ' .
	    'need fully-qualified address', 'and so are others');
	result('who needs it waits', is_answered($waiting) ? 'answered' : ());
	my $too = request(sender => 'bad@good.test', instance => 2);
	kill 'CONT', $database->{pid};
	is(answer($_), '554 5.7.1 <bad@good.test>: Sender address rejected: it',
	    'and is answered when it goes on') for $waiting, $too;

	# Proxymap ends, again and again.
	my @lost = grep {
		end_proxymap();
		system("$policyctl ask flush >/dev/null");
		ask(sender => 'bad@good.test') !~ /: it$/
	} 1 .. 5;
	result('proxymap may end at any time', @lost);

	# It stops, and comes back.
	Database::halt($database);
	are_as_native('mail=bad@good.test rcpt=b@home.test', qr/^451 4\.3\.5 /,
	    'a database that is not there');
	are_as_native('mail=mine@good.test rcpt=b@home.test', qr/^451 4\.3\.0 /,
	    'and of logins', NATIVE_LOGINS, MOVED_LOGINS);
	Database::resume($database);
	end_proxymap(); # which would wait for a minute
	are_as_native('mail=bad@good.test rcpt=b@home.test', qr/: it$/,
	    'is asked again when it is back');

	are_as_native('mail=mine@good.test rcpt=b@home.test', qr/^553 /,
	    'for logins, too', NATIVE_LOGINS, MOVED_LOGINS);

	# It refuses.
	Lab::spew("$database->{home}/sender.cf",
	    Database::cf($database, 'sender') =~ s/password = \S+/password = no/r);
	end_proxymap();
	are_as_native('mail=bad@good.test rcpt=b@home.test', qr/^451 4\.3\.5 /,
	    'wrong credentials');
	my $log = Lab::slurp("$dir/policyd.log");
	result('no password is logged',
	    $log =~ /${\Database::PASSWORD}/ ? $log : ());
	Lab::stop();
	1;
};
print STDERR "# $@", map { "# $_\n" } grep { /(fatal|panic|warning): / }
    split /\n/, Lab::slurp("$dir/mail.log") if !$ended;
print "1..$tests\n" if $ended;
exit($ended && $failures == 0 ? 0 : 1);
