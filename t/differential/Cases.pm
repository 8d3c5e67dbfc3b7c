# The data files: zones, clients, and the cases: sets of dialogues, and
# configurations with what is played to them.
package Cases;
use strict;
use warnings;
use Smtp;

sub lines {
	my ($path) = @_;
	open(my $file, '<', $path) or die "$path: $!";
	my @lines = grep { !/^\s*(#|;|$)/ } <$file>;
	chomp @lines;
	return @lines;
}

# address => [ name, reverse name ]
sub clients {
	my %clients;
	for (lines($_[0])) {
		my ($address, @names) = split;
		$clients{$address} = \@names;
	}
	return \%clients;
}

sub reverse_name {
	my ($address) = @_;
	return join('.', reverse split /\./, $address) . '.in-addr.arpa.'
	    if $address !~ /:/;
	my ($head, $tail) = map { [ split /:/ ] } split /::/, $address, 2;
	my @groups = (@$head, (0) x (8 - @$head - @$tail), @$tail);
	my $digits = join '', map { sprintf '%04s', $_ } @groups;
	return join('.', reverse split //, $digits) . '.ip6.arpa.';
}

# name => text; the root has the PTR records of the clients.
sub zones {
	my ($path, $clients) = @_;
	my (%zones, $name);
	for (lines($path)) {
		if (/^zone (\S+)/) {
			$name = $1;
		} else {
			$zones{$name} .= "$_\n";
		}
	}
	for my $address (sort keys %$clients) {
		my $reverse = $clients->{$address}[1];
		$zones{'.'} .= reverse_name($address) . " PTR $reverse.\n"
		    if $reverse ne 'unknown';
	}
	return \%zones;
}

# "3.10" as a number to compare.
sub version {
	my ($major, $minor) = $_[0] =~ /^(\d+)\.(\d+)/ or die "no version\n";
	return $major * 1000 + $minor;
}

# Whether "until 3.9" (so far, not with it) or "since 3.10" holds here.
sub holds {
	my ($word, $wanted) = @_;
	my $here = version(scalar `postconf -h mail_version`);
	return $word eq 'since' ? $here >= version($wanted) :
	    $here < version($wanted);
}

# A list of { name, delays, is_whole, lines => [ name, value ], dialogues };
# delays: the values of smtpd_delay_reject; is_whole: one request has to see
# all lists together.  tables stands for @T@ in values.  What does not hold for
# this version of Postfix is left out.
sub configs {
	my ($path, $tables) = @_;
	my (%sets, @configs, $into);
	for (lines($path)) {
		if (/^set (\S+)/) {
			$into = $sets{$1} = [];
		} elsif (/^config (\S+)( whole)?(?: (until|since) (\S+))?/) {
			push @configs, { name => $1, lines => [],
			    is_whole => defined $2,
			    delays => [ defined $2 ? 'yes' : qw(yes no) ],
			    is_left_out => defined $3 && !holds($3, $4),
			    dialogues => $into = [] };
		} elsif (/^\s+use (\S+)/) {
			push @$into, @{ $sets{$1} || die "no set $1" };
		} elsif (/^\s+(\w+) =\s*(.*)/) {
			my ($name, $value) = ($1, $2);
			$value =~ s/\@T\@/$tables/g;
			push @{ $configs[-1]{lines} }, [ $name, $value ];
		} else {
			push @$into, Smtp::parse(s/^\s+//r);
		}
	}
	return grep { !$_->{is_left_out} } @configs;
}

1;
