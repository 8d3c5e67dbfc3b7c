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
use Tap;

use constant { NATIVE => 10001, MOVED => 10002, LONG => 65000 };
use constant { NATIVE_LOGINS => 10003, MOVED_LOGINS => 10004 };

my $t = dirname(abs_path($0));
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$t/differential/clients");
my $policyctl = "$Lab::build/policyd/policyctl -c $dir/policyd.cf";
my $socket = "$dir/policyd.sock";

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

# What postmap gets by the same proxymap.
sub postmap {
	my ($key, $table) = @_;
	return `postmap -c $dir/etc -q '$key' $table 2>&1`;
}

sub proxymap_pids {
	return split ' ', `pgrep -x proxymap --ns $$ --nslist pid`;
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
	[ sender => 'slow@good.test', 'REJECT it, slowly' ],
);

# Another database, which always answers.
my @other_rows = ([ sender => 'bad@good.test', 'REJECT by the other' ]);

my $ended = eval {
	my $database = Database::start('mysql', @rows);
	my ($sender, $sasl, $login) =
	    map { Database::name_tables($database, $_) }
	    '@sender@', '@sasl@', '@login@';
	my $logins = 'smtpd_sender_restrictions = ' .
	    'reject_sender_login_mismatch';
	my $list = "smtpd_sender_restrictions = check_sender_access $sender";
	my $sender_cf = "$database->{home}/sender.cf";
	my $quick = Database::cf($database, 'sender');
	my $other = Database::name_tables(Database::start('sqlite', @other_rows),
	    '@sender@');

	Lab::start_dns(Cases::zones("$t/differential/zones", $clients));
	Lab::start_postfix("mydestination = home.test\n" .
	    "service_throttle_time = 1s\nmax_use = 1\n" .
	    "proxy_read_maps = $sender $sasl $login $other\n" .
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
	    "free/smtpd_sender_restrictions = reject_non_fqdn_sender\n" .
	    "other/smtpd_client_restrictions =\n" .
	    "other/smtpd_sender_restrictions = check_sender_access $other\n",
	    $socket);
	chmod 0666, $socket;
	Lab::start("$dir/watched", split(' ', $policyctl), 'watch');

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

	# Proxymap ends by itself (max_use), when nobody is connected.
	for my $round (1 .. 3) {
		my @crowd = map {
			request(sender => "new$round.$_\@good.test")
		} 1 .. 50;
		result('all are answered', grep { $_ ne 'DUNNO' }
		    map { answer($_) } @crowd);
		my @pids = proxymap_pids();
		Lab::wait_for('the end of proxymap', sub {
			kill(0, @pids) == 0
		});
	}

	# It is slow.
	Lab::spew($sender_cf, $quick =~ s/^(query = .*)/$1 AND (name <>
 	'slow\@good.test' OR SLEEP(5) = 0)/mr);
	end_proxymap();
	are_as_native('mail=slow@good.test rcpt=b@home.test', qr/: it, slowly$/,
	    'a query that takes seconds');
	Lab::spew($sender_cf, $quick);
	end_proxymap();

	# It hangs.
	kill 'STOP', $database->{pid};
	my $waiting = request(sender => 'bad@good.test', instance => 1);
	is(ask(sender => 'bad@good.test', policy_context => 'free'), 'DUNNO',
	    'who does not need it is answered meanwhile');
	is(ask(sender => 'nodot@nodot', policy_context => 'free'),
	    '504 5.5.2 <nodot@nodot>: Sender address rejected: ' .
	    'need fully-qualified address', 'and so are others');
	my @crowd = map { request(sender => "crowd$_\@good.test") } 1 .. 20;
	my @lost = grep {
		ask(sender => "other$_\@good.test", policy_context => 'other')
		    ne 'DUNNO';
	} 1 .. 40;
	result('so is who needs another database', @lost);
	is(ask(sender => 'bad@good.test', policy_context => 'other'),
	    '554 5.7.1 <bad@good.test>: Sender address rejected: by the other',
	    'and what it has is found');
	result('who needs it waits', grep { is_answered($_) } $waiting, @crowd);
	my $too = request(sender => 'bad@good.test', instance => 2);
	kill 'CONT', $database->{pid};
	is(answer($_), '554 5.7.1 <bad@good.test>: Sender address rejected: it',
	    'and is answered when it goes on') for $waiting, $too;
	result('and so is everybody', grep { $_ ne 'DUNNO' } map { answer($_) }
	    @crowd);

	# Proxymap ends, again and again.
	@lost = grep {
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
	Lab::wait_for('postmap', sub {
		postmap('bad@good.test', $sender) =~ /^REJECT it$/
	});
	Lab::wait_for('policyd', sub { ask(sender => 'bad@good.test') =~ /: it$/ });
	are_as_native('mail=bad@good.test rcpt=b@home.test', qr/: it$/,
	    'is asked again when it is back');

	are_as_native('mail=mine@good.test rcpt=b@home.test', qr/^553 /,
	    'for logins, too', NATIVE_LOGINS, MOVED_LOGINS);

	# It refuses.
	Lab::spew($sender_cf, $quick =~ s/password = \S+/password = wrong-sesame/r);
	end_proxymap();
	are_as_native('mail=bad@good.test rcpt=b@home.test', qr/^451 4\.3\.5 /,
	    'wrong credentials');

	# What is told of all that.
	my $told = join '', Lab::slurp("$dir/policyd.log"),
	    Lab::slurp("$dir/watched"),
	    map { `$policyctl $_ 2>&1` } 'ask tables', 'ask metrics', 'rules',
	    'ask config', map { "explain $_ sender=bad\@good.test" } '', '-j';
	result('it is told what failed', $told =~ /$sender: lookup failed: / &&
	    $told =~ /"action":"451 4.3.5 / ? () : $told);
	result('and no password', $told =~ /sesame/ ? $told : ());
	Lab::stop();
	1;
};
Tap::end($ended);
