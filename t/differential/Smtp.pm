# One SMTP dialogue, played to a port; the replies as they come.
package Smtp;
use strict;
use warnings;
use IO::Socket::IP;
use MIME::Base64 qw(encode_base64);
use Text::ParseWords qw(shellwords);

# The words of a dialogue; what it does not say is the usual.
#   client=ADDRESS login=NAME ehlo= helo= noehlo mail=ADDRESS[|PARAMETERS]
#   nomail rcpt=ADDRESS data rset etrn= vrfy= raw=LINE
sub parse {
	my ($line) = @_;
	my %dialogue = (client => '192.0.2.10', login => '', steps => [], text => $line);
	my ($has_hello, $has_mail);
	for my $word (shellwords($line)) {
		my ($verb, $value) = split /=/, $word, 2;
		if ($verb eq 'client' || $verb eq 'login') {
			$dialogue{$verb} = $value;
			next;
		}
		$has_hello = 1 if $verb =~ /^(no)?ehlo$|^helo$/;
		next if $verb eq 'noehlo';
		if (!$has_hello) {
			push @{ $dialogue{steps} }, [ 'ehlo', 'mail.good.test' ];
			$has_hello = 1;
		}
		$has_mail = 1 if $verb =~ /^(no)?mail$|^etrn$|^vrfy$/;
		next if $verb eq 'nomail';
		if ($verb eq 'rcpt' && !$has_mail) {
			push @{ $dialogue{steps} }, [ 'mail', 'sender@good.test' ];
			$has_mail = 1;
		}
		push @{ $dialogue{steps} }, [ $verb, $value ];
	}
	return \%dialogue;
}

sub reply {
	my ($socket) = @_;
	my $last;
	local $SIG{ALRM} = sub { die "no reply\n" };
	alarm 300; # ends what hangs
	while (my $line = <$socket>) {
		$line =~ s/\r?\n$//;
		$last = $line;
		last if $line !~ /^\d{3}-/;
	}
	alarm 0;
	return '(closed)' if !defined $last;
	$last =~ s/queued as \S+/queued/;
	return $last;
}

sub command {
	my ($socket, $line) = @_;
	print $socket "$line\r\n";
	return reply($socket);
}

sub address {
	my ($value) = @_;
	my ($address, $parameters) = $value =~ /^([^|]*)(?:\|(.*))?$/;
	$address = "<$address>" if $address !~ /^</;
	return $address . (defined $parameters ? " $parameters" : '');
}

sub step {
	my ($socket, $verb, $value) = @_;
	return command($socket, uc($verb) . " $value") =~ s/^250[- ].*/250/r
	    if $verb eq 'ehlo' || $verb eq 'helo';
	return command($socket, 'MAIL FROM:' . address($value))
	    if $verb eq 'mail';
	return command($socket, 'RCPT TO:' . address($value))
	    if $verb eq 'rcpt';
	return command($socket, "\U$verb\E $value")
	    if $verb eq 'etrn' || $verb eq 'vrfy';
	return command($socket, $value) if $verb eq 'raw';
	return command($socket, 'RSET') if $verb eq 'rset';
	die "unknown step $verb" if $verb ne 'data';
	my $first = command($socket, 'DATA');
	return $first if $first !~ /^354/;
	return "$first | " . command($socket, "Subject: x\r\n\r\ntext\r\n.");
}

# clients: address => [ name, reverse name ], for XCLIENT.
# is_direct: connect from the client's own address.
sub play {
	my ($dialogue, $port, $clients, $is_direct) = @_;
	local $SIG{PIPE} = 'IGNORE'; # it may close after 421
	my $client = $dialogue->{client};
	my $is_six = $client =~ /:/;
	my $socket = IO::Socket::IP->new(
	    PeerHost => $is_direct && $is_six ? '::1' : '127.0.0.1',
	    PeerPort => $port, Timeout => 300,
	    ($is_direct ? (LocalHost => $client) : ())) or die "connect: $!";
	$socket->autoflush(1);
	my @replies = (reply($socket));
	my ($name, $reverse) = map { $_ eq 'unknown' ? '[UNAVAILABLE]' : $_ }
	    @{ $clients->{$client} };
	my @xclient;
	push @xclient, 'ADDR=' . ($is_six ? "IPV6:$client" : $client),
	    "NAME=$name", "REVERSE_NAME=$reverse" if !$is_direct;
	push @replies, command($socket, "XCLIENT @xclient") if @xclient;
	for my $step (@{ $dialogue->{steps} }) {
		last if $replies[-1] eq '(closed)';
		push @replies, step($socket, @$step);
		push @replies, command($socket, 'AUTH PLAIN ' . encode_base64(
		    "\0$dialogue->{login}\0secret", ''))
		    if $step->[0] eq 'ehlo' && $dialogue->{login} ne '';
	}
	s/^220 .*/220/ for @replies;
	close($socket);
	return \@replies;
}

1;
