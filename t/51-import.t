#!/usr/bin/perl
#
# What `policyctl import` makes of a main.cf answers as that main.cf did.  The
# blocks are in t/differential/blocks; each has a smtpd service with its own
# restrictions, and one with the lines that import gives for main.cf, which
# asks policyd with the configuration that import gives for it.
#
# Arguments: names of blocks to play alone.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use lib dirname(abs_path(__FILE__)) . '/differential';
use Cases;
use Compare;
use Lab;
use Smtp;
use Tap;

use constant FIRST_PORT => 10001;

my @stages = qw(client helo sender relay recipient data end_of_data etrn);
my $common = <<'END';
myhostname = mx.home.test
mydomain = home.test
mydestination = home.test, localhost
relay_domains = relay.test
virtual_alias_domains = alias.example
virtual_mailbox_domains = box.example
mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24
recipient_delimiter = +
local_recipient_maps =
smtpd_authorized_xclient_hosts = 127.0.0.0/8
END

my @wanted = @ARGV;
my $data = dirname(abs_path($0)) . '/differential';
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$data/clients");
my $policyctl = "$Lab::build/policyd/policyctl";
my ($services, $policyd, @plans) = ('', '');

Lab::run("cp -r $data/tables $dir/tables && chmod -R a+rX $dir/tables");
# Postfix reads hash: from the index.
for my $name (qw(client people logins names)) {
	Lab::run("postmap hash:$dir/tables/$name");
}

# What every block is tried with.
my @dialogues = map { Smtp::parse($_) } grep { s/^\s+// }
    Cases::lines("$data/block-dialogues");

# A main.cf of its own for each block; what import writes for it.
sub import_block {
	my ($block) = @_;
	my $own = "$dir/block.$block->{name}";
	mkdir $own;
	Lab::spew("$own/main.cf", "compatibility_level = 3.6\n$common" .
	    join('', map { "$_->[0] = $_->[1]\n" } @{ $block->{lines} }));
	Lab::spew("$own/master.cf", '');
	return scalar `$policyctl import $own 2>>$dir/lab.log`;
}

# name => value of lines in main.cf syntax.
sub values_of {
	my ($text) = @_;
	$text =~ s/^\s*#.*\n//mg;
	$text =~ s/\n[ \t]+/ /g;
	return map { /^(\S+) =\s*(.*)/ ? ($1 => $2) : () } split /\n/, $text;
}

sub service {
	my ($port, %values) = @_;
	$services .= "127.0.0.1:$port inet n - n - - smtpd\n";
	$services .= "  -o { $_ = $values{$_} }\n" for sort keys %values;
	return $port;
}

for my $block (Cases::configs("$data/blocks", "$dir/tables")) {
	next if @wanted && !grep { $_ eq $block->{name} } @wanted;
	my $text = import_block($block);
	my $context = 'b' . scalar(@plans);
	my $main = join '', map { "$_\n" } $text =~ /^#\| (.*)$/mg;
	my %set = map { $_->[0] => $_->[1] } @{ $block->{lines} };
	my %policyd = values_of($text);
	my %new = (%set, values_of($main));
	for my $value (values %new) {
		$value =~ s/unix:private\/sekisho-policy/unix:$dir\/policyd.sock/;
		$value =~ s/policy_context=/$&$context\//;
		# smtpd reads $name of main.cf only.
		$value =~ s/\$lists/$set{lists}/ if $set{lists};
	}
	my %native = %set;
	$native{$_} =~ s/\$lists/$set{lists}/ for grep { $set{lists} } keys %native;
	$policyd .= "$context/smtpd_${_}_restrictions =\n" for @stages;
	$policyd .= "$context/$_ = $policyd{$_}\n" for sort keys %policyd;
	push @plans, { name => $block->{name}, text => $text,
	    native => service(FIRST_PORT + 2 * @plans, %native),
	    policyd => service(FIRST_PORT + 2 * @plans + 1, %new) };
	result("$block->{name}: relay control stays",
	    $main =~ /^smtpd_relay_restrictions/m ? $main : ());
}

my $ended = eval {
	Lab::start_dns(Cases::zones("$data/zones", $clients), 'servfail.test');
	Lab::start_policyd($common =~ s/^smtpd_.*\n//mr . $policyd);
	chmod 0666, "$dir/policyd.sock";
	Lab::start_logins();
	Lab::start_postfix("${common}proxy_read_maps = proxy:hash:$dir/tables/people\n",
	    $services);
	for my $plan (@plans) {
		my @notes;
		for my $dialogue (@dialogues) {
			my ($native, $policyd) = map {
				Smtp::play($dialogue, $_, $clients, 0)
			} @$plan{qw(native policyd)};
			for my $i (0 .. $#$native) {
				push @notes, "$dialogue->{text}\n" .
				    "     native: $native->[$i]\n" .
				    "    policyd: $policyd->[$i]"
				    if !Compare::same_in_list(
				    $native->[$i], $policyd->[$i]);
			}
		}
		result("$plan->{name}: answers as before", @notes);
	}
	1;
};
Tap::end($ended);
