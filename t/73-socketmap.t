#!/usr/bin/perl
#
# socketmap: and tcp: tables: smtpd and policyd ask the same servers, and the
# client hears the same, whatever they say.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::IP;
use IO::Socket::UNIX;
use lib dirname(abs_path(__FILE__)) . '/differential';
use Cases;
use Compare;
use Lab;
use Smtp;
use Tap;

use constant { MAP => 10101, TCP => 10102, FIRST_PORT => 10001 };

my $t = dirname(abs_path($0));
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$t/differential/clients");
my $socket = "$dir/policyd.sock";

# What both kinds of server say to a key: socketmap, tcp.
my %answers = (
	'found@good.test' => [ 'OK REJECT it', '200 REJECT%20it' ],
	'allowed@good.test' => [ 'OK OK', '200 OK' ],
	'temp@good.test' => [ 'TEMP busy', '400 busy' ],
	'timeout@good.test' => [ 'TIMEOUT slow', '400 slow' ],
	'perm@good.test' => [ 'PERM no', '499 no' ],
	'empty@good.test' => [ 'OK ', '200 ' ],
	'percent@good.test' => [ 'OK REJECT 100% of it', '200 REJECT%20100%25%20of it' ],
	'mail.good.test' => [ 'OK REJECT this client', '200 REJECT this client' ],
	'Mail.Mixed.test' => [ 'OK REJECT in its own case', '200 REJECT in its own case' ],
	'192.0.2.12' => [ 'OK REJECT an address', '200 REJECT an address' ],
	'good.test' => [ 'OK REJECT a part', '200 REJECT a part' ],
	'garbage@good.test' => [ 'WHAT', '300 what' ],
);

# A process for each connection, answered by reply.
sub serve {
	my ($listener, $reply) = @_;
	return if Lab::stays_parent();
	$SIG{CHLD} = 'IGNORE';
	while (my $client = $listener->accept) {
		next if fork();
		$client->autoflush(1);
		$reply->($client);
		exit;
	}
}

sub serve_socketmap {
	my ($client) = @_;
	local $/ = ':';
	while (my $length = <$client>) {
		chomp $length;
		read $client, my $text, $length + 1;
		my ($name, $key) = $text =~ /^(\S+) (.*),$/s;
		my $answer = $answers{$key} ? $answers{$key}[0] : 'NOTFOUND ';
		$answer = 'NOTFOUND ' if $name ne 'senders' && $name ne 'clients';
		print $client length $answer, ":$answer,";
	}
}

sub serve_tcp {
	my ($client) = @_;
	while (my $line = <$client>) {
		my ($key) = $line =~ /^get (.*)\n/;
		$key =~ s/%(..)/chr hex $1/ge;
		print $client $answers{$key} ? $answers{$key}[1] : '500 none', "\n";
	}
}

sub listen_inet {
	return IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => $_[0],
	    Listen => 50, ReuseAddr => 1) // die "port $_[0]: $!";
}

my @kinds = (
	[ inet => 'socketmap:inet:127.0.0.1:' . MAP ],
	[ name => 'socketmap:inet:localhost:' . MAP ],
	[ unix => 'socketmap:unix:private/map' ],
	[ tcp => 'tcp:127.0.0.1:' . TCP ],
);
my @dialogues = map { Smtp::parse($_) } (
	map({ "client=192.0.2.11 mail=$_ rcpt=b\@home.test" }
	    grep { /@/ } sort keys %answers),
	map({ "client=$_ rcpt=b\@home.test" } sort keys %$clients),
	'client=192.0.2.11 mail=FOUND@good.test rcpt=b@home.test',
	'client=192.0.2.11 mail=found+ext@good.test rcpt=b@home.test',
	'client=192.0.2.11 mail="a%b"@good.test rcpt=b@home.test',
	'client=192.0.2.11 mail= rcpt=b@home.test',
);

my $ended = eval {
	my $port = FIRST_PORT;
	my ($services, $conf, @plans) = ('', '');

	for (@kinds) {
		my ($name, $word) = @$_;
		my %lists = map { my $table = $name eq 'tcp' ? $word : "$word:${_}s";
			("smtpd_${_}_restrictions" => "check_${_}_access $table")
		} qw(client sender);
		$services .= "127.0.0.1:$port inet n - n - - smtpd\n" .
		    join '', map { "  -o { $_ = $lists{$_} }\n" } sort keys %lists;
		$services .= '127.0.0.1:' . ($port + 1) . " inet n - n - - smtpd\n" .
		    join '', map { "  -o { $_ = check_policy_service { " .
		    "unix:$socket, policy_context=$name/$_ } }\n" } sort keys %lists;
		$conf .= join '', map { "$name/$_ = $lists{$_}\n" } sort keys %lists;
		push @plans, [ $name, $port, $port + 1 ];
		$port += 2;
	}
	serve(listen_inet(MAP), \&serve_socketmap);
	serve(listen_inet(TCP), \&serve_tcp);
	Lab::start_dns(Cases::zones("$t/differential/zones", $clients));
	Lab::start_logins();
	Lab::start_postfix("mydestination = home.test\n", $services);
	serve(IO::Socket::UNIX->new(Local => "$dir/queue/private/map",
	    Listen => 50), \&serve_socketmap);
	Lab::run("chown postfix $dir/queue/private/map");
	Lab::start_policyd("dns_timeout = 60s\nlisten = unix:$socket\n" .
	    "postfix_config_directory = $dir/etc\n$conf", $socket);
	chmod 0666, $socket;
	for (@plans) {
		my ($name, @ports) = @$_;
		my @notes;
		for my $dialogue (@dialogues) {
			# Postfix tries ten times, a second each.
			next if $name eq 'tcp' && $dialogue->{text} =~ /garbage/;
			my ($native, $moved) = map {
				Smtp::play($dialogue, $_, $clients, 0)->[-1]
			} @ports;
			push @notes, "$dialogue->{text}\n native: $native\n" .
			    "policyd: $moved"
			    if !Compare::same_in_list($native, $moved);
		}
		result("$name: answers as Postfix's", @notes);
	}
	Lab::stop();
	1;
};
Tap::end($ended);
