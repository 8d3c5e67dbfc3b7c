# Random configurations with their tables and dialogues, in the syntax of the
# cases.  Words.pm has what they are made of; the same seed gives the same.
package Random;
use strict;
use warnings;
use Services;
use Words;

# How a list is filled: more of what is here more often.
my @kinds = (('plain') x 9, ('table') x 8, ('zone') x 4, 'final', 'bare');
# How often a list is there, and of how many restrictions at most.
my @lists = ([ 'client', 0.5, 3 ], [ 'helo', 0.4, 3 ], [ 'sender', 0.5, 4 ],
    [ 'relay', 0.4, 3 ], [ 'recipient', 0.8, 5 ], [ 'data', 0.25, 3 ],
    [ 'end_of_data', 0.2, 3 ], [ 'etrn', 0.2, 3 ]);
my %keys = (client => \@Words::client_keys, helo => \@Words::helo_keys,
    sender => \@Words::address_keys, relay => \@Words::address_keys,
    recipient => \@Words::address_keys, etrn => \@Words::helo_keys,
    sasl => \@Words::logins, reverse_client_hostname => \@Words::client_keys);

sub pick {
	return $_[int rand @_];
}

sub chance {
	return rand() < $_[0];
}

# Lines of main.cf and policyd.cf for all configurations of a round.
sub house {
	my %value = map { /^(\w+) = (.*)/ } split /\n/, $Services::common;
	for (@Words::house) {
		my ($name, $often, $values) = @$_;
		$value{$name} = pick(@$values) if chance($often);
	}
	return join '', map { "$_ = $value{$_}\n" } sort keys %value;
}

# A config: { name, is_whole, head, dialogues, tables }; the lines of the
# configuration, its dialogues, and tables: [ name, text ].
sub config {
	my ($name, $count, @clients) = @_;
	# Deferrals of both kinds have to be seen together, so half of the
	# configurations have none of those that wait for a refusal.
	my $config = { name => $name, is_whole => chance(0.5), tables => [] };
	my @lines = (parameters($config), classes($config));
	for (@lists) {
		my ($stage, $often, $most) = @$_;
		next if !chance($often);
		my $list = list($config, $stage, $most);
		$list .= ', check_client_access static:OK, reject'
		    if $stage eq 'relay';
		push @lines, "smtpd_${stage}_restrictions = $list";
	}
	$config->{head} = "config $name" .
	    ($config->{is_whole} ? ' whole' : '') . "\n" .
	    join('', map { "  $_\n" } @lines);
	$config->{dialogues} = [ map { dialogue(@clients) } 1 .. $count ];
	# Servers spell the end of a name as the question did, which Postfix asks
	# as the client wrote it and policyd in small letters: a pattern can tell.
	s/\w+\.test\b/\L$&/gi for grep {
		$config->{head} =~ /_(?:mx|ns)_access (?:pcre|regexp):/
	} @{ $config->{dialogues} };
	return $config;
}

# Of words, those that may stand in this configuration.
sub fit {
	my ($config, @words) = @_;
	return $config->{is_whole} ? @words :
	    grep { !/defer_if_reject|^class_w$/i } @words;
}

sub parameters {
	my ($config) = @_;
	my @lines;
	for (@Words::parameters) {
		my ($name, $often, $values) = @$_;
		push @lines, "$name = " . pick(@$values) if chance($often);
	}
	return @lines;
}

sub classes {
	my ($config) = @_;
	my $first = list({ %$config, is_class => 1 },
	    pick(qw(client sender recipient)), 3);
	return ('smtpd_restriction_classes = class_a, class_b class_c,class_w',
	    "class_a = $first",
	    'class_b = ' . pick('permit', 'reject', 'warn_if_reject class_a',
		'class_a, reject', 'defer_if_permit permit', 'check_sender_access ' .
		'inline:{{good.test=class_a}}, reject_unauth_destination'),
	    'class_c = ' . pick('reject_unknown_sender_domain',
		'class_b class_a', 'defer_if_permit', 'permit_mynetworks, reject',
		'warn_if_reject reject_unknown_sender_domain, class_b',
		'reject_unknown_helo_hostname'),
	    'class_w = ' . pick('warn_if_reject reject', 'warn_if_reject',
		'warn_if_reject warn_if_reject class_b',
		'class_b, warn_if_reject defer_if_permit, class_a',
		'defer_if_reject, class_a'));
}

sub list {
	my ($config, $stage, $most) = @_;
	my @words;
	for (1 .. 1 + int rand $most) {
		push @words, 'warn_if_reject' if chance(0.12);
		push @words, restriction($config, $stage);
	}
	push @words, 'warn_if_reject' if chance(0.05);
	return join(pick(', ', ' ', ','), @words);
}

sub restriction {
	my ($config, $stage) = @_;
	my $kind = pick(@kinds);
	return with_zone($config) if $kind eq 'zone';
	# smtpd does not look for relay control behind a permit.
	return pick(grep { $stage ne 'relay' || $_ ne 'permit' } @Words::final)
	    if $kind eq 'final';
	return with_table($config) if $kind eq 'table';
	return table($config, @{ $keys{$stage} })
	    if $kind eq 'bare' && $keys{$stage} && !$config->{is_class};
	my @words = @Words::plain;
	push @words, @Words::for_recipients, 'reject_unauth_destination'
	    if $stage !~ /^(client|helo|sender)$/ || chance(0.3);
	# A class must not come back to itself.
	@words = grep { !/^class_/ } @words if $config->{is_class};
	return pick(fit($config, @words));
}

sub with_zone {
	my ($config) = @_;
	my ($names, $zones) = @{ pick(@Words::with_zone) };
	my $restriction = pick(@$names) . ' ' . pick(@$zones);
	# An allow list that fails is a deferral that waits for a refusal.
	return 'reject_rbl_client bl.test' if !$config->{is_whole} &&
	    $restriction =~ /^permit.*servfail/;
	return $restriction;
}

sub with_table {
	my ($config) = @_;
	my $of = pick(qw(client client helo sender sender recipient recipient
	    reverse_client_hostname sasl servers servers));
	return "check_${of}_access " . table($config, @{ $keys{$of} })
	    if $of ne 'servers';
	return 'check_' . pick(qw(client reverse_client_hostname helo sender
	    recipient)) . '_' . pick(qw(mx ns a)) . '_access ' .
	    table($config, @Words::client_keys);
}

# A new table with some of the keys; its name.
sub table {
	my ($config, @keys) = @_;
	my @actions = fit($config, @Words::actions);
	@actions = grep { !/class_/ } @actions if $config->{is_class};
	my %seen;
	my @entries = map { [ $_, pick(@actions) ] }
	    grep { !$seen{lc $_}++ } map { pick(@keys) } 1 .. 2 + int rand 12;
	my $type = pick(qw(inline inline texthash texthash texthash pcre regexp
	    cidr));
	return inline(@entries) if $type eq 'inline';
	my $name = "$config->{name}-" . (1 + @{ $config->{tables} });
	push @{ $config->{tables} }, [ $name, join('', map { "$_\n" }
	    $type eq 'texthash' ? map { "$_->[0]\t$_->[1]" } @entries :
	    $type eq 'cidr' ? map { pick(@Words::networks) . " $_->[1]" }
	    @entries : map { pattern(@$_) } @entries) ];
	return "$type:\@T\@/$name";
}

# What would end a key or a word of it is left out.
sub inline {
	my @entries = grep { "@$_" !~ /[{}="\t]/ && $_->[0] !~ /,/ } @_;
	return 'inline:{' . join(',',
	    map { "{$_->[0] = $_->[1]}" } @entries, [ 'x', 'OK' ]) . '}';
}

# A line of a pcre or regexp table.
sub pattern {
	my ($key, $action) = @_;
	$key =~ s/([.\[\]+%!^\$*?()|\\\/{}])/\\$1/g;
	my $with_parts = $action =~ /^(REJECT|450|550|DEFER)\b/i ?
	    "$action \$1:\${2}" : $action;
	return pick("/$key\$/ $action", "/^$key/i $action", "!/$key/ $action",
	    "/$key/ $action", "/^(.*)$key(.*)\$/ $with_parts",
	    "if /$key/\n/^(.*)(\@|\\.)/ $with_parts\nendif");
}

sub address {
	return pick(@Words::odd_addresses) if chance(0.03);
	my $user = pick(chance(0.45) ? @Words::users : @Words::usual_users);
	my $domain = pick(chance(0.7) ? @Words::domains :
	    @Words::usual_domains);
	return "<$user\@$domain>";
}

# One line of words, quoted where the reader of cases would split them.
sub dialogue {
	my (@clients) = @_;
	my @words = 'client=' . pick(@clients);
	push @words, 'login=' . pick(@Words::logins) if chance(0.2);
	push @words, chance(0.1) ? 'noehlo' :
	    pick(qw(ehlo ehlo helo)) . '=' . pick(@Words::helos)
	    if chance(0.6);
	push @words, vrfy() if chance(0.06);
	push @words, 'etrn=' . pick(@Words::etrns) if chance(0.08);
	push @words, transaction(), 'rset' if chance(0.2);
	push @words, transaction();
	return join ' ', map { /^[\w=.+\@:-]*$/ ? $_ : "'$_'" } @words;
}

# Postfix takes a name that is not ASCII for wrong without SMTPUTF8, which a
# policy service does not see.
sub transaction {
	my @words = 'mail=' . (chance(0.1) ? '' : address());
	push @words, 'rcpt=' . address() for 1 .. pick(1, 1, 2, 3);
	$words[0] .= '|SMTPUTF8' if "@words" =~ /[^\0-\x7f]/ || chance(0.1);
	push @words, 'data' if chance(0.3);
	return @words;
}

sub vrfy {
	my $address;
	do { $address = address() } while ($address =~ /[^\0-\x7f]/);
	return 'vrfy=' . $address =~ s/[<>]//gr;
}

1;
