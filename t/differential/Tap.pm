# Results of tests, as prove(1) reads them.
package Tap;
use strict;
use warnings;
use Exporter qw(import);
use Lab;

our @EXPORT = qw(result is);
our $shown = 15; # notes of one result

my ($tests, $failures) = (0, 0);

sub diag {
	print STDERR map { s/^/# /mgr =~ s/\n*\z/\n/r } @_;
}

# Of one test; notes: why it has failed.
sub result {
	my ($name, @notes) = @_;
	$tests++;
	$failures++ if @notes;
	print @notes ? 'not ok' : 'ok', " $tests - $name\n";
	diag(splice(@notes, 0, $shown));
	diag('... and ' . @notes . ' more') if @notes;
}

sub is {
	my ($got, $expected, $name) = @_;
	result($name, $got eq $expected ? () : "got: $got\nexpected: $expected");
}

# Exit.  has_ended: all tests were run; if not, $@ says why.  KEEP=1 in the
# environment: a shell in the lab before.
sub end {
	my ($has_ended) = @_;
	diag($@, Lab::trouble()) if !$has_ended;
	if ($ENV{KEEP}) {
		print STDERR "# left in $Lab::dir\n";
		system($ENV{SHELL} || 'sh');
	}
	print "1..$tests\n" if $has_ended;
	exit($has_ended && $failures == 0 ? 0 : 1);
}

1;
