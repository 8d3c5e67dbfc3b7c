# A place of its own: namespaces, DNS servers, a Postfix with any number of
# smtpd services, policyd, and a tap between the two that notes every request.
package Lab;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::UNIX;
use MIME::Base64 qw(decode_base64);

our $build = dirname(dirname(dirname(abs_path(__FILE__))));
our $dir; # everything is below it
my @running; # what start and the like have started

sub skip_all {
	print "1..0 # SKIP $_[0]\n";
	exit 0;
}

# This script in namespaces: what runs and is mounted there ends with it; its
# directory goes in any case.
sub run_again {
	my ($seconds, @unshare) = @_;
	$ENV{SEKISHO_LAB} = tempdir('/tmp/sekisho.XXXXXX');
	my $pid = fork();
	if ($pid == 0) {
		# unshare does not listen to TERM
		exec 'timeout', '--foreground', '-k', 0.1, $seconds, @unshare,
		    $0, @ARGV or die "timeout: $!";
	}
	local @SIG{qw(HUP INT TERM)} = (sub { kill 'TERM', $pid }) x 3;
	1 while waitpid($pid, 0) == -1;
	my $failed = $?;
	rmdir $ENV{SEKISHO_LAB};
	exit($failed ? 1 : 0);
}

# Go on in namespaces of our own, or skip.
sub enter {
	my ($seconds) = @_;
	$ENV{PATH} .= ':/usr/sbin:/sbin';
	if (!$ENV{SEKISHO_LAB}) {
		skip_all('needs root') if $> != 0;
		chomp(my $propagation = qx($build/t/mount-propagation));
		my @unshare = (qw(unshare --fork --kill-child --pid --net
		    --mount --propagation), $propagation);
		skip_all('needs namespaces')
		    if system("@unshare true 2>/dev/null") != 0;
		for my $program (qw(nsd postfix ip)) {
			skip_all("needs $program")
			    if system("command -v $program >/dev/null") != 0;
		}
		run_again($seconds, @unshare);
	}
	$dir = $ENV{SEKISHO_LAB};
	chmod 0755, $dir;
	system("mount -t tmpfs -o mode=755 lab $dir") == 0 or die 'mount';
	run('mount -t proc proc /proc');
	run('ip link set lo up');
	run("ip $_ route add local default dev lo") for '-4', '-6';
	spew('/proc/sys/net/ipv6/ip_nonlocal_bind', 1);
	# postlogd logs to its own socket, and waits for itself when that is full
	spew('/proc/sys/net/unix/max_dgram_qlen', 10000);
	spew("$dir/resolv.conf", "nameserver 127.0.0.1\n");
	spew("$dir/hosts", "127.0.0.1 localhost\n::1 localhost\n" .
	    "203.0.113.77 filed.test filed # here only\n");
	spew("$dir/nsswitch.conf",
	    "hosts: files dns\npasswd: files\ngroup: files\n");
	for my $file (qw(resolv.conf hosts nsswitch.conf)) {
		my $target = abs_path("/etc/$file");
		run("mount --bind $dir/$file $target") if -e $target;
	}
	return $dir;
}

sub run {
	my ($command) = @_;
	system("$command >>$dir/lab.log 2>&1") == 0
	    or die "$command failed:\n" . slurp("$dir/lab.log");
}

sub slurp {
	my ($path) = @_;
	open(my $file, '<', $path) or return '';
	local $/;
	my $text = <$file>;
	return defined $text ? $text : '';
}

sub spew {
	my ($path, $text) = @_;
	open(my $file, '>', $path) or die "$path: $!";
	print $file $text;
	close($file) or die "$path: $!";
}

# What Postfix complained of last, out of its logs.
sub trouble {
	my @lines = grep { /(fatal|panic|warning): / }
	    map { split /\n/, slurp($_) } glob("$dir/mail.log $dir/*/mail.log");
	splice(@lines, 0, @lines - 30) if @lines > 30;
	return @lines;
}

# Poll a condition; the time only ends what hangs.
sub wait_for {
	my ($what, $condition) = @_;
	my $end = time + 300;
	while (time < $end) {
		return if $condition->();
		select(undef, undef, undef, 0.025);
	}
	die "$what does not come up\n" . slurp("$dir/lab.log") .
	    slurp("$dir/policyd.log");
}

sub start {
	my ($log, @command) = @_;
	my $pid = fork();
	if ($pid == 0) {
		open(STDIN, '<', '/dev/null');
		open(STDOUT, '>>', $log);
		open(STDERR, '>&', \*STDOUT);
		exec @command or die "@command: $!";
	}
	push @running, $pid;
	return $pid;
}

# End one of them.
sub end {
	my ($pid) = @_;
	kill 'TERM', $pid;
	waitpid($pid, 0);
	@running = grep { $_ != $pid } @running;
}

# Fork; whether this is still the parent.
sub stays_parent {
	my $pid = fork();
	push @running, $pid if $pid != 0;
	return $pid != 0;
}

# End what was started, so that it can be started anew.
sub stop {
	run("postfix -c $dir/etc stop") if -e "$dir/queue/pid/master.pid";
	kill 'TERM', @running;
	waitpid($_, 0) for @running;
	@running = ();
}

sub listens {
	my ($path) = @_;
	return sub { defined IO::Socket::UNIX->new(Peer => $path) };
}

# zones: name => text of its records.  broken: zones that answer SERVFAIL.
sub start_dns {
	my ($zones, @broken) = @_;
	my $conf = <<"END";
server:
	ip-address: 127.0.0.1
	server-count: 1
	username: ""
	chroot: ""
	database: ""
	pidfile: ""
	zonesdir: "$dir"
	xfrdfile: "$dir/xfrd.state"
	zonelistfile: "$dir/zone.list"
	xfrdir: "$dir"
remote-control:
	control-enable: no
END
	my $soa = '@ SOA ns.test. root.test. 1 300 300 300 300';
	for my $name (sort keys %$zones) {
		my $file = $name eq '.' ? 'root' : $name;
		(my $origin = "$name.") =~ s/\.\.$/./;
		spew("$dir/$file.zone", "\$ORIGIN $origin\n\$TTL 300\n$soa\n" .
		    $zones->{$name});
		$conf .= "zone:\n\tname: \"$name\"\n\tzonefile: $file.zone\n";
	}
	$conf .= "zone:\n\tname: \"$_\"\n\tzonefile: none.zone\n" for @broken;
	spew("$dir/nsd.conf", $conf);
	start("$dir/nsd.log", 'nsd', '-d', '-c', "$dir/nsd.conf");
	wait_for('nsd', sub { slurp("$dir/nsd.log") =~ /nsd started/ });
}

# main: lines of main.cf; services: lines of master.cf.
sub configure_postfix {
	my ($main, $services) = @_;
	mkdir "$dir/$_" for qw(etc queue data);
	run("chown postfix $dir/data");
	for my $file ('/etc/postfix/dynamicmaps.cf') {
		run("cp $file $dir/etc/") if -e $file;
	}
	run("cp -r /etc/postfix/dynamicmaps.cf.d $dir/etc/")
	    if -d '/etc/postfix/dynamicmaps.cf.d';
	spew("$dir/etc/main.cf", <<"END" . $main);
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/mail.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = all
default_transport = discard:
local_transport = discard:
relay_transport = discard:
virtual_transport = discard:
local_recipient_maps =
alias_maps =
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_junk_command_limit = 1000
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = $dir/auth.sock
in_flow_delay = 0
max_idle = 2s
END
	spew("$dir/etc/master.cf", <<"END" . $services);
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
discard unix - - n - - discard
proxymap unix - - n - - proxymap
END
}

sub start_postfix {
	configure_postfix(@_);
	run("postfix -c $dir/etc start");
}

# The same without all that postfix(1) looks at, in a process group that ends
# with it; queue: a queue directory to begin with, as postfix(1) has made it.
# Whoever wants to talk to it waits until it is there.
sub start_master {
	my ($main, $services, $queue) = @_;
	run("cp -a $queue $dir/queue") if !-e "$dir/queue";
	configure_postfix($main, $services);
	chomp(my $daemons = `postconf -h daemon_directory`);
	return start("$dir/lab.log", 'setsid', "$daemons/master", '-d', '-c',
	    "$dir/etc");
}

# lines: of policyd.cf; socket: where they make it listen, unless it is there.
sub start_policyd {
	my ($lines, $socket) = @_;
	my $listen = $socket ? '' : <<"END";
listen = unix:$dir/policyd.sock
postfix_config_directory =
inet_interfaces = 127.0.0.1
END
	spew("$dir/policyd.cf", <<"END" . $listen . $lines);
user =
control_socket = unix:$dir/policyd.ctl
state_database = gdbm:$dir/state.gdbm
resolver = 127.0.0.1\@53
dnsbl_strict = no
dnsbl_test_interval = 0
END
	my $pid = start("$dir/policyd.log", "$build/policyd/policyd", '-f',
	    '-c', "$dir/policyd.cf");
	wait_for('policyd', listens($socket || "$dir/policyd.sock"));
	return $pid;
}

# Any login is good: the Dovecot protocol, as far as Postfix uses it.
sub start_logins {
	my $listener = IO::Socket::UNIX->new(
	    Local => "$dir/auth.sock", Listen => 100) or die "auth: $!";
	chmod 0666, "$dir/auth.sock";
	return if stays_parent();
	my $select = IO::Select->new($listener);
	while (1) {
		for my $socket ($select->can_read) {
			if ($socket == $listener) {
				my $client = $listener->accept or next;
				$select->add($client);
				syswrite($client, "VERSION\t1\t2\n" .
				    "MECH\tPLAIN\tplaintext\nSPID\t1\n" .
				    "CUID\t1\nCOOKIE\t" . '0' x 32 . "\nDONE\n");
				next;
			}
			my $bytes;
			if (!sysread($socket, $bytes, 65536)) {
				$select->remove($socket);
				close($socket);
				next;
			}
			while ($bytes =~ /^AUTH\t(\d+)\t.*resp=(\S*)/mg) {
				my $id = $1;
				my (undef, $user) = split /\0/, decode_base64($2);
				syswrite($socket, "OK\t$id\tuser=$user\n");
			}
		}
	}
}

# One connection of the tap: pass on what comes, note pairs of request, answer.
sub pass_on {
	my ($pair, $log) = @_;
	my $n = sysread($pair->{from}, my $bytes, 65536);
	return 0 if !$n;
	syswrite($pair->{to}, $bytes);
	$pair->{text} .= $bytes;
	if ($pair->{is_answer} && $pair->{text} =~ /\n\n$/) {
		my $request = $pair->{other};
		print $log $request->{text} =~ s/\n\n$/\n/r,
		    $pair->{text} =~ s/\n\n$/\n/r, "\n";
		$log->flush;
		$request->{text} = $pair->{text} = '';
	}
	return 1;
}

# Between $dir/tap.sock and policyd; every request and its answer, as one
# block, goes to $dir/requests.
sub start_tap {
	my $listener = IO::Socket::UNIX->new(
	    Local => "$dir/tap.sock", Listen => 100) or die "tap: $!";
	chmod 0666, "$dir/tap.sock";
	return if stays_parent();
	open(my $log, '>', "$dir/requests") or die;
	my $select = IO::Select->new($listener);
	my %pairs;
	while (1) {
		for my $socket ($select->can_read) {
			if ($socket == $listener) {
				my $client = $listener->accept or next;
				my $server = IO::Socket::UNIX->new(
				    Peer => "$dir/policyd.sock") or next;
				my $ask = { from => $client, to => $server,
				    text => '' };
				my $answer = { from => $server, to => $client,
				    text => '', is_answer => 1, other => $ask };
				$pairs{$client} = $ask;
				$pairs{$server} = $answer;
				$select->add($client, $server);
				next;
			}
			my $pair = $pairs{$socket} or next;
			next if pass_on($pair, $log);
			$select->remove($pair->{from}, $pair->{to});
			delete @pairs{ $pair->{from}, $pair->{to} };
			close($_) for $pair->{from}, $pair->{to};
		}
	}
}

1;
