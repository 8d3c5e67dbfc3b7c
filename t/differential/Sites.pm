# Sites: a whole main.cf each, with its lists, moved to policyd by `policyctl
# import`; two smtpd services of one Postfix answer, before and after.
package Sites;
use strict;
use warnings;
use Cases;
use Compare;
use Lab;
use Smtp;

use constant { NATIVE => 10001, MOVED => 10002 };

my $policyctl = "$Lab::build/policyd/policyctl";

# { name, type, moves, tries, lines } of each site: what stands behind its name,
# restrictions that have to move, dialogues of its own, lines of main.cf.
sub sites {
	my ($path) = @_;
	my @sites;
	for (Cases::lines($path)) {
		if (/^site (\S+)(?: (\S+))?/) {
			push @sites, { name => $1, type => $2, moves => [],
			    tries => [], lines => '' };
		} elsif (/^\s+moves (.*)/) {
			push @{ $sites[-1]{moves} }, $1;
		} elsif (/^\s+try (.*)/) {
			push @{ $sites[-1]{tries} }, Smtp::parse($1);
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

# Those of the dialogues that are not answered as before.
sub differences {
	my ($dialogues, $clients) = @_;
	my @notes;
	for my $dialogue (@$dialogues) {
		my ($native, $moved) =
		    map { Smtp::play($dialogue, $_, $clients, 0) } NATIVE, MOVED;
		for my $i (0 .. $#$native) {
			push @notes, "$dialogue->{text}\n     native: $native->[$i]\n" .
			    "    policyd: $moved->[$i]"
			    if !Compare::same_in_list($native->[$i], $moved->[$i]);
		}
	}
	return @notes;
}

# Start a Postfix with both, and policyd; the text of import.
sub start {
	my ($main) = @_;
	Lab::configure_postfix($main, service(NATIVE));
	my $text = `$policyctl import $Lab::dir/etc 2>>$Lab::dir/lab.log`;
	my %new = new_lines($text);
	my $read_maps = delete $new{proxy_read_maps};
	Lab::start_postfix($main .
	    (defined $read_maps ? "proxy_read_maps = $read_maps\n" : ''),
	    service(NATIVE) . service(MOVED, %new));
	Lab::start_logins();
	Lab::start_policyd($text =~ s/^#.*\n//mgr,
	    "$Lab::dir/queue/private/sekisho-policy");
	return $text;
}

sub stop {
	Lab::stop();
	unlink map { "$Lab::dir/$_" } qw(policyd.log auth.sock);
}

# Restrictions that import has left behind, each with all that it said.
sub unmoved {
	my ($text, @words) = @_;
	return map { "$_:\n$text" } grep { $text !~ /^    (?:\S+ )?\Q$_\E$/m } @words;
}

1;
