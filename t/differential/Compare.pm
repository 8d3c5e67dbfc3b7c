# Whether two replies say the same, as far as Postfix lets them.
package Compare;
use strict;
use warnings;

# What Postfix makes of an x.1.y code that a policy service gives it, for
# replies about recipients; others become x.0.0.
sub fixed_code {
	my ($code, $class) = @_;
	my ($x, $y) = $code =~ /^(\d)\.1\.(\d+)$/ or return $code;
	if ($class =~ /^Recipient/) {
		return "$x.1.$y" if $y >= 1 && $y <= 6;
		return $y == 7 ? "$x.1.3" : $y == 8 ? "$x.1.2" : "$x.1.0";
	}
	if ($class =~ /^Sender/) {
		return "$x.1.7" if $y =~ /^[13467]$/;
		return $y =~ /^[28]$/ ? "$x.1.8" : "$x.1.0";
	}
	return "$x.0.0";
}

# Whether a reply through policyd is the native one, but for the prefix.
sub same_but_prefix {
	my ($native, $single) = @_;
	return 1 if $native eq $single;
	my ($head, $class, $rest) = $single =~
	    /^(354 .* \| |)(\d{3} \d\.\d+\.\d+ )<.*?>: ([\w -]+) rejected: (.*)$/ ?
	    ("$1$2", $3, $4) : return 0;
	my $fixed = $native =~
	    s/(^| \| )(\d{3} )(\d\.\d+\.\d+)/"$1$2" . fixed_code($3, $class)/er;
	return "$head$rest" eq $fixed;
}

# The same, where the call stands in the list that it evaluates: only a reply
# that does not begin as its list's own replies do gets the prefix.
sub same_in_list {
	my ($native, $context) = @_;
	return 1 if $native eq $context;
	return 1 if $context eq $native =~
	    s/^(\d{3} )(\S+)( <.*?>: ([\w -]+) rejected: )/$1 . fixed_code($2, $4) . $3/er;
	my ($prefix) = $context =~
	    /^(?:354 .* \| )?\d{3} \S+ (<.*?>: [\w -]+ rejected: )/;
	return defined $prefix && $native !~ /\d{3} \S+ \Q$prefix\E/ &&
	    same_but_prefix($native, $context);
}

1;
