#!/usr/bin/perl
#
# Sites that keep all in a database, MariaDB, PostgreSQL, OpenLDAP or SQLite:
# their lists, moved to policyd by `policyctl import`, answer as they did.
# t/databases has what is in the databases, the sites and the dialogues.
#
# Arguments: names of sites to play alone.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use lib dirname(abs_path(__FILE__)) . '/differential';
use lib dirname(abs_path(__FILE__)) . '/databases';
use Cases;
use Database;
use Lab;
use Sites;
use Smtp;
use Tap;

my @wanted = @ARGV;
my $t = dirname(abs_path($0));
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$t/differential/clients");
my @dialogues = map { Smtp::parse($_) } Cases::lines("$t/databases/dialogues");
my @rows = map { [ split ' ', $_, 3 ] } Cases::lines("$t/databases/data");
my $played = 0;

sub play_site {
	my ($site) = @_;
	my $database = Database::start($site->{type}, @rows);
	my $lines = Database::name_tables($database, $site->{lines});
	my $text = Sites::start(
	    "myhostname = mx.home.test\nmydomain = home.test\n" .
	    "recipient_delimiter = +\nmaximal_queue_lifetime = 0\n" .
	    "smtpd_reject_unlisted_recipient = no\n" .
	    ($lines =~ /^mynetworks/m ? '' :
	    "mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24\n") . $lines);

	for my $words (@{ $site->{moves} }) {
		my $word = Database::name_tables($database, $words);
		result("$site->{name}: $words moves", Sites::unmoved($text, $word));
	}
	result("$site->{name} ($site->{type}): answers as before",
	    Sites::differences(\@dialogues, $clients));
	$played += @dialogues;
	my $log = Lab::slurp("$dir/policyd.log");
	result("$site->{name}: policyd may read all its tables",
	    $log =~ /may not|lookup failed/ ? $log : ());
	Sites::stop();
	Database::stop($database);
}

my $ended = eval {
	for my $site (Sites::sites("$t/databases/sites")) {
		next if @wanted && !grep { $_ eq $site->{name} } @wanted;
		Lab::start_dns(Cases::zones("$t/differential/zones", $clients),
		    'servfail.test');
		play_site($site);
	}
	result("$played dialogues", @wanted || $played >= 200 ? () : 'too few');
	1;
};
Tap::end($ended);
