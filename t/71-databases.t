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
use Compare;
use Database;
use Lab;
use Smtp;

use constant { NATIVE => 10001, MOVED => 10002 };

my @wanted = @ARGV;
my $t = dirname(abs_path($0));
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$t/differential/clients");
my $policyctl = "$Lab::build/policyd/policyctl";
my @dialogues = map { Smtp::parse($_) } Cases::lines("$t/databases/dialogues");
my @rows = map { [ split ' ', $_, 3 ] } Cases::lines("$t/databases/data");
my ($tests, $failures, $played) = (0, 0, 0);

sub result {
	my ($name, @notes) = @_;
	$tests++;
	$failures++ if @notes;
	print @notes ? 'not ok' : 'ok', " $tests - $name\n";
	print STDERR map { s/^/# /mgr . "\n" } @notes;
}

# { name, type, moves, lines } of each site.
sub sites {
	my @sites;
	for (Cases::lines("$t/databases/sites")) {
		if (/^site (\S+) (\S+)/) {
			push @sites, { name => $1, type => $2, moves => [], lines => '' };
		} elsif (/^\s+moves (.*)/) {
			push @{ $sites[-1]{moves} }, $1;
		} else {
			$sites[-1]{lines} .= s/^\s+//r . "\n";
		}
	}
	return @sites;
}

sub service {
	my ($port, %options) = @_;
	return "127.0.0.1:$port inet n - n - - smtpd\n" .
	    join '', map { "  -o { $_ = $options{$_} }\n" } sort keys %options;
}

# name => value of the lines that import gives for main.cf.
sub new_lines {
	my ($text) = @_;
	my $main = join '', map { "$_\n" } $text =~ /^#\| (.*)$/mg;
	$main =~ s/\n[ \t]+/ /g;
	return map { /^(\S+) =\s*(.*)/ ? ($1 => $2) : () } split /\n/, $main;
}

sub differences {
	my @notes;
	for my $dialogue (@dialogues) {
		my ($native, $moved) =
		    map { Smtp::play($dialogue, $_, $clients, 0) } NATIVE, MOVED;
		$played++;
		for my $i (0 .. $#$native) {
			push @notes, "$dialogue->{text}\n     native: $native->[$i]\n" .
			    "    policyd: $moved->[$i]"
			    if !Compare::same_in_list($native->[$i], $moved->[$i]);
		}
	}
	return @notes;
}

sub play_site {
	my ($site) = @_;
	my $database = Database::start($site->{type}, @rows);
	my $lines = Database::name_tables($database, $site->{lines});
	my $main = "myhostname = mx.home.test\nmydomain = home.test\n" .
	    "recipient_delimiter = +\nmaximal_queue_lifetime = 0\n" .
	    ($lines =~ /^mynetworks/m ? '' :
	    "mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24\n") . $lines;

	Lab::configure_postfix($main, service(NATIVE));
	my $text = `$policyctl import $dir/etc 2>>$dir/lab.log`;
	my %new = new_lines($text);
	my $read_maps = delete $new{proxy_read_maps};
	for my $words (@{ $site->{moves} }) {
		my $word = Database::name_tables($database, $words);
		result("$site->{name}: $words moves",
		    $text =~ /^    (?:\S+ )?\Q$word\E$/m ? () : $text);
	}
	Lab::start_postfix("${main}proxy_read_maps = $read_maps\n",
	    service(NATIVE) . service(MOVED, %new));
	Lab::start_logins();
	Lab::start_policyd($text =~ s/^#.*\n//mgr,
	    "$dir/queue/private/sekisho-policy");
	result("$site->{name} ($site->{type}): answers as before", differences());
	my $log = Lab::slurp("$dir/policyd.log");
	result("$site->{name}: policyd may read all its tables",
	    $log =~ /may not|lookup failed/ ? $log : ());
	Lab::stop();
	Database::stop($database);
	unlink map { "$dir/$_" } qw(policyd.log auth.sock);
}

my $ended = eval {
	for my $site (sites()) {
		next if @wanted && !grep { $_ eq $site->{name} } @wanted;
		Lab::start_dns(Cases::zones("$t/differential/zones", $clients),
		    'servfail.test');
		play_site($site);
	}
	result("$played dialogues", @wanted || $played >= 200 ? () : 'too few');
	1;
};
print STDERR "# $@", map { "# $_\n" } grep { /(fatal|panic|warning): / }
    split /\n/, Lab::slurp("$dir/mail.log") if !$ended;
print "1..$tests\n" if $ended;
exit($ended && $failures == 0 ? 0 : 1);
