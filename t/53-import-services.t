#!/usr/bin/perl
#
# What `policyctl import` makes of main.cf and master.cf answers as these did,
# by every service.  The pairs are in t/differential/pairs; Postfix runs with
# each as it is, and then with the lines that import gives, put in by the words
# that it gives them with.  What smtpd does beside its answers stands in its
# log, and is compared, too.
#
# Arguments: names of pairs to play alone.
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

my $common = <<'END';
myhostname = mx.home.test
mydomain = home.test
mydestination = home.test, localhost
relay_domains = relay.test
virtual_alias_domains = alias.example
virtual_mailbox_domains = box.example
mynetworks = 127.0.0.0/8, [::1]/128, 203.0.113.0/24
recipient_delimiter = +
END

my $data = dirname(abs_path($0)) . '/differential';
my $dir = Lab::enter(1800);
my $clients = Cases::clients("$data/clients");
my $policyctl = "$Lab::build/policyd/policyctl";

Lab::run("cp -r $data/tables $dir/tables && chmod -R a+rX $dir/tables");
for my $name (qw(client people logins names rbl_replies)) {
	Lab::run("postmap hash:$dir/tables/$name");
}
my @dialogues = map { Smtp::parse($_) } grep { s/^\s+// }
    Cases::lines("$data/pair-dialogues");

# { name, dir, main, master, ports }; each has ports of its own.
sub pairs {
	my ($path) = @_;
	my @pairs;
	for (Cases::lines($path)) {
		s/\@T\@/$dir\/tables/g;
		if (/^pair (\S+)/) {
			push @pairs, { name => $1, dir => "$dir/$1",
			    main => $common, master => '', ports => [] };
		} elsif (/^  \| (.*)/) {
			my $line = $1 =~
			    s/^(\S*?)(\d+)(?= inet)/$1 . ($2 + 100 * @pairs)/er;
			$pairs[-1]{master} .= "$line\n";
			push @{ $pairs[-1]{ports} }, $1
			    if $line =~ /^(?:\S*:)?(\d+) inet/;
		} else {
			$pairs[-1]{main} .= s/^  //r . "\n";
		}
	}
	my %wanted = map { $_ => 1 } @ARGV;
	return grep { !@ARGV || $wanted{ $_->{name} } } @pairs;
}

# The answers of every service to every dialogue.
sub play {
	my ($pair) = @_;
	for my $port (@{ $pair->{ports} }) {
		Lab::wait_for("port $port of $pair->{name}",
		    sub { IO::Socket::IP->new("127.0.0.1:$port") });
	}
	return map {
		my $port = $_;
		map { [ $port, $_->{text}, Smtp::play($_, $port, $clients, 0) ] }
		    @dialogues
	} @{ $pair->{ports} };
}

# main.cf with these lines in place of the same names.
sub change_main {
	my ($main, @lines) = @_;
	for my $line (@lines) {
		my ($name) = $line =~ /^(\w+)/ or next;
		$main =~ s/^$name\s*=.*\n(?:[ \t].*\n)*//mg;
	}
	return join '', $main, map { "$_\n" } @lines;
}

# What smtpd has done to messages, by the lines of its log; warnings are in that
# of policyd.  A session has been logged when its end is.
sub effects {
	my ($pair) = @_;
	my $sessions = @dialogues * @{ $pair->{ports} };
	my $log;
	Lab::wait_for("the log of $pair->{name}", sub {
		$log = Lab::slurp("$pair->{dir}/mail.log");
		my @ends = $log =~ /: disconnect from (?!\S*\[127)/g;
		return @ends >= $sessions;
	});
	return sort $log =~
	    /: ((?:hold|filter|redirect|bcc|prepend|discard): .*)/g;
}

# master.cf with the lines for its services below them, where they beat others.
sub change_master {
	my ($master, $text) = @_;
	while ($text =~ /^#(\S+)\/(\w+)\|(.*)$/mg) {
		my ($name, $type, $line) = ($1, $2, $3);
		$master =~ s/^(\Q$name\E\s+$type\s.*\n(?:[ \t].*\n)*)/$1$line\n/m
		    or die "no service $name $type\n";
	}
	return $master;
}

sub differences {
	my ($before, $after) = @_;
	my @notes;
	for my $i (0 .. $#$before) {
		my ($port, $dialogue, $native) = @{ $before->[$i] };
		my $policyd = $after->[$i][2];
		for my $j (0 .. $#$native) {
			my $new = defined $policyd->[$j] ? $policyd->[$j] : '';
			push @notes, "port $port: $dialogue\n" .
			    "     before: $native->[$j]\n      after: $new"
			    if !Compare::same_in_list($native->[$j], $new);
		}
	}
	return @notes;
}

# Lines that are on one side only.
sub other_effects {
	my ($before, $after) = @_;
	my %count;
	$count{$_}++ for @$before;
	$count{$_}-- for @$after;
	return map { ($count{$_} > 0 ? 'not any more: ' : 'new: ') . $_ }
	    grep { $count{$_} != 0 } sort keys %count;
}

# All of Postfix's instances at a time: they take long to come up.
sub start_all {
	for my $pair (@_) {
		local $Lab::dir = $pair->{dir};
		$pair->{pid} = Lab::start_master(
		    @$pair{qw(main master)}, "$dir/queue");
	}
}

# Do what import says.
sub import_pair {
	my ($pair) = @_;
	local $Lab::dir = $pair->{dir};
	my $text = `$policyctl import $Lab::dir/etc 2>>$Lab::dir/lab.log`;
	die "import of $pair->{name} fails\n" . Lab::slurp("$Lab::dir/lab.log")
	    if $? != 0 || $text eq '';
	Lab::end($pair->{pid});
	unlink "$Lab::dir/mail.log";
	Lab::start_policyd($text, "$Lab::dir/queue/private/sekisho-policy");
	$pair->{main} = change_main($pair->{main}, $text =~ /^#\| (.*)$/mg);
	$pair->{master} = change_master($pair->{master}, $text);
}

my $ended = eval {
	my @pairs = pairs("$data/pairs");
	Lab::start_dns(Cases::zones("$data/zones", $clients), 'servfail.test');
	Lab::start_logins();
	Lab::configure_postfix($common, '');
	Lab::run("postfix -c $dir/etc check");
	for my $pair (@pairs) {
		mkdir $pair->{dir};
		symlink "$dir/auth.sock", "$pair->{dir}/auth.sock";
	}
	start_all(@pairs);
	for my $pair (@pairs) {
		$pair->{before} = [ play($pair) ];
		$pair->{effects} = [ effects($pair) ];
	}
	import_pair($_) for @pairs;
	start_all(@pairs);
	for my $pair (@pairs) {
		result("$pair->{name}: answers as before",
		    differences($pair->{before}, [ play($pair) ]));
		result("$pair->{name}: does what it did",
		    other_effects($pair->{effects}, [ effects($pair) ]));
	}
	1;
};
Tap::end($ended);
