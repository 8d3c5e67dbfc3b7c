# Dialogues are played to the three services of their configuration
# (Services.pm), and the answers compared.
package Play;
use strict;
use warnings;
use JSON::PP;
use Storable qw(store retrieve);
use Compare;
use Lab;
use Smtp;

use constant WORKERS => 3;

# The differences of one configuration: { kind, plan, dialogue, before, native,
# got }; kind is single or context, before the native answers up to there.
sub play_plan {
	my ($plan, $clients) = @_;
	my @differences;
	for my $dialogue (@{ $plan->{config}{dialogues} }) {
		my %replies = map {
			$_ => Smtp::play($dialogue, $plan->{$_}, $clients,
			    $plan->{is_direct})
		} qw(native single context);
		my $n = @{ $replies{native} };
		for my $i (0 .. $n - 1) {
			my ($native, $single, $context) =
			    map { defined $replies{$_}[$i] ? $replies{$_}[$i] :
			    '' } qw(native single context);
			my %difference = (plan => $plan,
			    dialogue => $dialogue->{text}, native => $native,
			    before => [ @{ $replies{native} }[0 .. $i - 1] ]);
			push @differences, { %difference, kind => 'single',
			    got => $single }
			    if !Compare::same_but_prefix($native, $single);
			push @differences, { %difference, kind => 'context',
			    got => $context }
			    if !$plan->{config}{is_whole} &&
			    !Compare::same_in_list($native, $context);
		}
	}
	return @differences;
}

# Play all plans in some processes; the differences.
sub play_all {
	my ($plans, $clients) = @_;
	my @pids;
	for my $worker (0 .. WORKERS - 1) {
		my $pid = fork();
		if ($pid == 0) {
			my @own = @$plans[grep { $_ % WORKERS == $worker }
			    0 .. $#$plans];
			my @found = eval {
				map { play_plan($_, $clients) } @own;
			};
			print STDERR "# $@" if $@;
			exit 1 if $@;
			store(\@found, "$Lab::dir/found.$worker");
			exit 0;
		}
		push @pids, $pid;
	}
	my $failed = 0;
	for my $pid (@pids) {
		waitpid($pid, 0);
		$failed = 1 if $? != 0;
	}
	die "a worker failed\n" if $failed;
	return map { @{ retrieve("$Lab::dir/found.$_") } } 0 .. WORKERS - 1;
}

# HOLD, FILTER and so on are seen in Postfix's log only.
sub side_effects {
	my ($log, $port) = @_;
	my @effects;
	while ($log =~ /port$port\/smtpd\[\d+\]: \S+ (\w+): (\w+) from .*?: <.*?>: .*? triggers (.*?);/g) {
		push @effects, "$2 $3";
	}
	return join('; ', @effects);
}

# Every request once more, through policyctl explain: their number, and those
# that were answered otherwise, as text.
sub explain_all {
	my (@requests, @answers, @different);
	for my $block (split /\n\n/, Lab::slurp("$Lab::dir/requests")) {
		my ($request, $answer) = $block =~ /^(.*)\naction=(.*)$/s or
		    next;
		push @requests, $request;
		push @answers, $answer;
	}
	Lab::spew("$Lab::dir/all", join('', map { "$_\n\n" } @requests));
	my $policyctl = "$Lab::build/policyd/policyctl";
	my @lines = `$policyctl -c $Lab::dir/policyd.cf explain --stdin -j <$Lab::dir/all 2>&1`;
	for my $i (0 .. $#requests) {
		my $said = eval { JSON::PP->new->decode($lines[$i]) } || {};
		my $action = defined $said->{action} ? $said->{action} :
		    $lines[$i] || '';
		# How many recipients of a bounce passed before is known to the
		# connection.
		next if $requests[$i] =~ /^protocol_state=RCPT$/m &&
		    $requests[$i] =~ /^sender=$/m &&
		    $requests[$i] =~ /^queue_id=./m;
		push @different, $requests[$i] =~ s/\n/ /gr .
		    "\n#      answer: $answers[$i]\n#     explain: $action"
		    if $action ne $answers[$i];
	}
	return (scalar(@requests), @different);
}

1;
