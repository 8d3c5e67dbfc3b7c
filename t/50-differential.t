#!/usr/bin/perl
#
# Postfix's own restrictions are the oracle of ours.  Every dialogue of
# t/differential/cases is played to a Postfix that holds the restrictions and
# to two that ask policyd (t/differential/Services.pm), with both values of
# smtpd_delay_reject.  single has to answer the same but for what Postfix
# itself puts before the text of a policy service and does to x.1.y codes;
# context has to answer the same, byte for byte.  In the end
# `policyctl explain` has to give, for every request that was sent, the answer
# that was given.
#
# Arguments: names of configurations to play alone; -v shows every difference.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use lib dirname(abs_path(__FILE__)) . '/differential';
use Cases;
use Lab;
use Play;
use Services;
use Tap;

my @wanted = grep { !/^-/ } @ARGV;
$Tap::shown = 100000 if grep { $_ eq '-v' } @ARGV;
my $data = dirname(abs_path($0)) . '/differential';
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$data/clients");

Lab::run("cp -r $data/tables $dir/tables && chmod -R a+rX $dir/tables");
my @configs = Cases::configs("$data/cases", "$dir/tables");
@configs = grep { my $name = $_->{name}; grep { $_ eq $name } @wanted }
    @configs if @wanted;
my $lab = Services::of_configs(@configs);
my @plans = @{ $lab->{plans} };

sub note {
	my ($difference) = @_;
	return "$difference->{plan}{name}: $difference->{dialogue}\n" .
	    "     native: $difference->{native}\n" .
	    "    policyd: $difference->{got}";
}

my $ended = eval {
	Services::start($lab, $Services::common,
	    Cases::zones("$data/zones", $clients));
	my $count = 0;
	$count += @{ $_->{config}{dialogues} } for @plans;
	my @differences = Play::play_all(\@plans, $clients);
	for my $kind (qw(single context)) {
		result("$count dialogues, $kind: the answers of Postfix",
		    map { note($_) } grep { $_->{kind} eq $kind } @differences);
	}
	my $log = Lab::slurp("$dir/mail.log");
	result('side effects are those of Postfix', map {
		my $native = Play::side_effects($log, $_->{native});
		my $single = Play::side_effects($log, $_->{single});
		$native eq $single ? () :
		    "$_->{name}\n native: $native\npolicyd: $single"
	} @plans);
	my ($requests, @different) = Play::explain_all();
	result("$requests requests: explain gives the answer that was given",
	    @different);
	1;
};
Tap::end($ended);
