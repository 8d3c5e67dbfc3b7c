#!/usr/bin/perl
#
# Who is listed in the tables of recipients: sites that refuse the others, moved
# to policyd by `policyctl import`, answer as they did.  smtpd itself is told
# not to look (smtpd_reject_unlisted_recipient), so that policyd is heard.
# t/differential has the sites (recipient-sites) and, in cases, the dialogues
# that all of them are asked.
#
# Arguments: names of sites to play alone.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use lib dirname(abs_path(__FILE__)) . '/differential';
use Cases;
use Lab;
use Sites;
use Tap;

my @wanted = @ARGV;
my $data = dirname(abs_path($0)) . '/differential';
my $dir = Lab::enter(900);
my $clients = Cases::clients("$data/clients");
my ($common) = map { $_->{dialogues} } grep { $_->{name} eq 'unlisted' }
    Cases::configs("$data/cases", '');
my $played = 0;

my $main = <<'END';
myhostname = mx.home.test
mydomain = home.test
mydestination = $myhostname, home.test, localhost
relay_domains = relay.test
virtual_alias_domains = alias.example, wild.alias.example
virtual_mailbox_domains = box.example
mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24
recipient_delimiter = +
smtpd_relay_restrictions =
    check_client_access static:OK, reject
smtpd_reject_unlisted_recipient = no
END

# A database that fails, asked for the addresses of one domain.
sub write_tables {
	Lab::run("cp -r $data/tables $dir/tables");
	for my $table ([ broken => 'broken.test, relay.test' ], [ lost => 'lost.test' ]) {
		Lab::spew("$dir/tables/$table->[0].cf",
		    "dbpath = $dir/tables/none\nquery = SELECT 1\n" .
		    "domain = $table->[1]\n");
	}
	Lab::run("chmod -R a+rX $dir/tables && chown -R postfix $dir/tables");
	Lab::run("postalias hash:$dir/tables/local-aliases");
	Lab::run("postmap hash:$dir/tables/aliases");
}

my $ended = eval {
	write_tables();
	for my $site (Sites::sites("$data/recipient-sites")) {
		my $name = $site->{name};
		next if @wanted && !grep { $_ eq $name } @wanted;
		my $text = Sites::start($main .
		    $site->{lines} =~ s/\@T\@/$dir\/tables/gr);
		my @dialogues = (@$common, @{ $site->{tries} });
		result("$name: $_ moves", Sites::unmoved($text, $_))
		    for @{ $site->{moves} };
		result("$name: answers as before",
		    Sites::differences(\@dialogues, $clients));
		$played += @dialogues;
		Sites::stop();
	}
	result("$played dialogues", @wanted || $played >= 200 ? () : 'too few');
	1;
};
Tap::end($ended);
