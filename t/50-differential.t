#!/usr/bin/perl
#
# Postfix's own restrictions are the oracle of ours.  Every dialogue of
# t/differential/cases is played to three smtpd services of one stock Postfix:
#
#   native    the restrictions stand in main.cf
#   single    one check_policy_service in the recipient list (and in those of
#             data, end of data, etrn); policyd holds the same lines
#   context   a check_policy_service in each list, policy_context names it
#
# and to both values of smtpd_delay_reject.  single has to answer the same but
# for what Postfix itself puts before the text of a policy service and does to
# x.1.y codes; context has to answer the same, byte for byte.  In the end
# `policyctl explain` has to give, for every request that was sent, the answer
# that was given.
#
# Arguments: names of configurations to play alone; -v shows every difference.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP;
use lib dirname(abs_path(__FILE__)) . '/differential';
use Cases;
use Compare;
use Lab;
use Smtp;

use constant {
	FIRST_PORT => 10001,
	WORKERS => 3,
	SHOWN => 15, # differences of one kind
};

my @stages = qw(client helo sender relay recipient data end_of_data etrn);
my @early = qw(client helo sender);
# Never refuses; stands where smtpd insists on relay control.
my $open = 'check_client_access static:OK, reject';

my $common = <<'END';
myhostname = mx.home.test
mydomain = home.test
mydestination = home.test, localhost
relay_domains = relay.test
virtual_alias_domains = alias.example
virtual_mailbox_domains = box.example
mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24, [2001:db8:1::]/48
recipient_delimiter = +
END

my @wanted = grep { !/^-/ } @ARGV;
my $shown = (grep { $_ eq '-v' } @ARGV) ? 100000 : SHOWN;
my $data = dirname(abs_path($0)) . '/differential';
my $dir = Lab::enter(240);
my $clients = Cases::clients("$data/clients");
my $number = 0;

Lab::run("cp -r $data/tables $dir/tables && chmod -R a+rX $dir/tables");

# Each configuration twice, with its three ports.
my (@plans, $services, $policyd);
for my $config (Cases::configs("$data/cases", "$dir/tables")) {
	next if @wanted && !grep { $_ eq $config->{name} } @wanted;
	for my $delay (@{ $config->{delays} }) {
		push @plans, plan($config, $delay);
	}
}

sub plan {
	my ($config, $delay) = @_;
	my $plan = { name => "$config->{name}, delay $delay",
	    config => $config, is_direct => $delay eq 'no' };
	my $context = 'c' . scalar(@plans);
	my %list = map { $_ => '' } @stages;
	my @other = ([ 'smtpd_delay_reject', $delay ]);
	for my $line (@{ $config->{lines} }) {
		if ($line->[0] =~ /^smtpd_(\w+)_restrictions$/) {
			$list{$1} = $line->[1];
		} else {
			push @other, $line;
		}
	}
	my %single = map { $_ => call($context) }
	    qw(recipient data end_of_data etrn);
	%single = (%single, map { $_ => call($context) } @early)
	    if $delay eq 'no';
	my %native = %list;
	$native{relay} = $open if $list{relay} eq '';
	my %staged = map { $_ => $list{$_} eq '' ? '' :
	    call("$context/smtpd_${_}_restrictions") } @stages;
	$single{relay} = $open;
	$staged{relay} .= ($staged{relay} eq '' ? '' : ', ') . $open;
	$plan->{native} = service(\%native, @other);
	$plan->{single} = service(\%single, @other);
	$plan->{context} = service(\%staged, @other);
	$policyd .= "$context/smtpd_${_}_restrictions = $list{$_}\n" for @stages;
	$policyd .= "$context/$_->[0] = $_->[1]\n" for @other;
	return $plan;
}

sub call {
	return "check_policy_service { unix:$dir/tap.sock, policy_context=$_[0] }";
}

# A service of master.cf; its port.
sub service {
	my ($lists, @other) = @_;
	my $port = FIRST_PORT + $number++;
	for my $address ('127.0.0.1', '[::1]') {
		$services .= "$address:$port inet n - n - - smtpd\n";
		$services .= "  -o { smtpd_${_}_restrictions = " .
		    ($lists->{$_} || '') . " }\n" for @stages;
		$services .= "  -o { $_->[0] = $_->[1] }\n" for @other;
		$services .= "  -o syslog_name=port$port\n";
	}
	return $port;
}

sub play_plan {
	my ($plan) = @_;
	my @notes;
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
			push @notes, difference('single', $plan, $dialogue,
			    $native, $single)
			    if !Compare::same_but_prefix($native, $single);
			push @notes, difference('context', $plan, $dialogue,
			    $native, $context)
			    if !$plan->{config}{is_whole} && !Compare::same_in_list($native, $context);
		}
	}
	return @notes;
}

sub difference {
	my ($kind, $plan, $dialogue, $native, $got) = @_;
	return "$kind\t$plan->{name}: $dialogue->{text}\n" .
	    "#      native: $native\n#     policyd: $got";
}

# Play all plans in some processes; the differences.
sub play_all {
	my @pids;
	for my $worker (0 .. WORKERS - 1) {
		my $pid = fork();
		if ($pid == 0) {
			my @own = @plans[grep { $_ % WORKERS == $worker }
			    0 .. $#plans];
			my @notes = eval { map { play_plan($_) } @own };
			print STDERR "# $@" if $@;
			exit 1 if $@;
			Lab::spew("$dir/notes.$worker", join("\0", @notes));
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
	return map { split /\0/, Lab::slurp("$dir/notes.$_") } 0 .. WORKERS - 1;
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

# Every request once more, through policyctl explain.
sub explain_all {
	my (@requests, @answers, @different);
	for my $block (split /\n\n/, Lab::slurp("$dir/requests")) {
		my ($request, $answer) = $block =~ /^(.*)\naction=(.*)$/s or
		    next;
		push @requests, $request;
		push @answers, $answer;
	}
	Lab::spew("$dir/all", join('', map { "$_\n\n" } @requests));
	my $policyctl = "$Lab::build/policyd/policyctl";
	my @lines = `$policyctl -c $dir/policyd.cf explain --stdin -j <$dir/all 2>&1`;
	for my $i (0 .. $#requests) {
		my $said = eval { JSON::PP->new->decode($lines[$i]) } || {};
		my $action = defined $said->{action} ? $said->{action} :
		    $lines[$i] || '';
		# How many recipients passed before is known to the connection.
		next if $answers[$i] =~ /Multi-recipient bounce/;
		push @different, "explain\t" . $requests[$i] =~ s/\n/ /gr .
		    "\n#      answer: $answers[$i]\n#     explain: $action"
		    if $action ne $answers[$i];
	}
	return (scalar(@requests), @different);
}

my $tests = 0;
my $all_pass = 1;

sub result {
	my ($name, @notes) = @_;
	$tests++;
	print @notes ? 'not ok' : 'ok', " $tests - $name\n";
	$all_pass = 0 if @notes;
	print STDERR "# $_\n" for splice(@notes, 0, $shown);
	print STDERR '# ... and ', scalar(@notes), " more\n" if @notes;
}

my $ended = eval {
	Lab::start_dns(Cases::zones("$data/zones", $clients), 'servfail.test');
	Lab::start_policyd($common . $policyd);
	Lab::start_tap();
	Lab::start_logins();
	Lab::start_postfix($common, $services);
	my $count = 0;
	$count += @{ $_->{config}{dialogues} } for @plans;
	my @notes = play_all();
	for my $kind (qw(single context)) {
		my @own = map { s/^$kind\t//r } grep { /^$kind\t/ } @notes;
		result("$count dialogues, $kind: the answers of Postfix", @own);
	}
	my $log = Lab::slurp("$dir/mail.log");
	result('side effects are those of Postfix', map {
		my $native = side_effects($log, $_->{native});
		my $single = side_effects($log, $_->{single});
		$native eq $single ? () :
		    "$_->{name}\n# native: $native\n# policyd: $single"
	} @plans);
	my ($requests, @different) = explain_all();
	result("$requests requests: explain gives the answer that was given",
	    map { s/^explain\t//r } @different);
	1;
};
print STDERR "# $@", map { "# $_\n" } grep { /(fatal|panic): / }
    split /\n/, Lab::slurp("$dir/mail.log") if !$ended;
if ($ENV{KEEP}) {
	print STDERR "# left in $dir\n";
	system($ENV{SHELL} || 'sh');
}
print "1..$tests\n" if $ended;
exit($ended && $all_pass ? 0 : 1);
