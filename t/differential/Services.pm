# A configuration becomes three smtpd services of one stock Postfix, and lines
# of a policyd:
#
#   native    the restrictions stand in main.cf
#   single    one check_policy_service in the recipient list (and in those of
#             data, end of data, etrn); policyd holds the same lines
#   context   a check_policy_service in each list, policy_context names it
package Services;
use strict;
use warnings;
use Lab;

use constant FIRST_PORT => 10001;

my @stages = qw(client helo sender relay recipient data end_of_data etrn);
my @early = qw(client helo sender);
# Never refuses; stands where smtpd insists on relay control.
my $open = 'check_client_access static:OK, reject';

# Lines of main.cf and of policyd.cf that hold for all configurations.
our $common = <<'END';
myhostname = mx.home.test
mydomain = home.test
mydestination = home.test, localhost
relay_domains = relay.test
virtual_alias_domains = alias.example
virtual_mailbox_domains = box.example
mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24, [2001:db8:1::]/48
recipient_delimiter = +
END

# Of configurations (Cases.pm): { plans, services, policyd }, two texts and a
# list of { name, config, is_direct, and a port each: native, single, context }.
sub of_configs {
	my $all = { plans => [], services => '', policyd => '', ports => 0 };
	for my $config (@_) {
		add_plan($all, $config, $_) for @{ $config->{delays} };
	}
	return $all;
}

sub add_plan {
	my ($all, $config, $delay) = @_;
	my $plan = { name => "$config->{name}, delay $delay",
	    config => $config, is_direct => $delay eq 'no' };
	my $context = 'c' . scalar(@{ $all->{plans} });
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
	$plan->{native} = add_service($all, \%native, @other);
	$plan->{single} = add_service($all, \%single, @other);
	$plan->{context} = add_service($all, \%staged, @other);
	$all->{policyd} .= "$context/smtpd_${_}_restrictions = $list{$_}\n"
	    for @stages;
	# stress comes with the request, what smtpd does by itself is its own
	$all->{policyd} .= "$context/$_->[0] = $_->[1]\n"
	    for grep { $_->[0] !~ /^(stress|smtpd_reject_unlisted_.*)$/ } @other;
	push @{ $all->{plans} }, $plan;
}

sub call {
	return "check_policy_service { unix:$Lab::dir/tap.sock, policy_context=$_[0] }";
}

# A service of master.cf; its port.
sub add_service {
	my ($all, $lists, @other) = @_;
	my $port = FIRST_PORT + $all->{ports}++;
	for my $address ('127.0.0.1', '[::1]') {
		$all->{services} .= "$address:$port inet n - n - - smtpd\n";
		$all->{services} .= "  -o { smtpd_${_}_restrictions = " .
		    ($lists->{$_} || '') . " }\n" for @stages;
		$all->{services} .= "  -o { $_->[0] = $_->[1] }\n" for @other;
		$all->{services} .= "  -o syslog_name=port$port\n";
	}
	return $port;
}

# Everything that these services need, and they.  main: lines of main.cf and
# of policyd.cf; zones: Cases.pm.
sub start {
	my ($all, $main, $zones) = @_;
	Lab::start_dns($zones, 'servfail.test');
	Lab::start_policyd($main . $all->{policyd});
	Lab::start_tap();
	Lab::start_logins();
	Lab::start_postfix($main, $all->{services});
}

1;
