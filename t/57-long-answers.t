#!/bin/sh
# Long answers of the control socket: whoever reads one slowly holds up nobody.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# count_many N: so many logins send to one each
count_many() {
	timeout "$DEADLINE" perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new($ARGV[0]) or die;
		for my $i (1 .. $ARGV[1]) {
			print $s "request=smtpd_access_policy\n",
			    "protocol_state=RCPT\nclient_address=192.0.2.1\n",
			    "sasl_username=many$i\@example.org\n",
			    "sender=a\@example.org\nrecipient=b\@example.org\n",
			    "\n";
			next if $i % 100 != 0 && $i != $ARGV[1];
			$s->flush;
			<$s> for 1 .. 2 * (($i - 1) % 100 + 1);
		}' "$POLICY_SOCKET" "$1"
}

# read_slowly COMMAND: ask for much, and read it once another is answered
read_slowly() {
	timeout "$DEADLINE" perl -MIO::Socket::UNIX -e '
		sub ask {
			my $s = IO::Socket::UNIX->new($ARGV[0]) or die;
			print $s "$_[0]\n";
			$s->flush;
			return $s;
		}
		my $slow = ask($ARGV[1]);
		my $other = ask("version");
		print "other: ", scalar <$other>;
		$slow->shutdown(1);
		print while <$slow>;' "$T/policyd.ctl" "$1" >"$T/slow"
}

# is_sorted FILE: by the first number in each line, the greatest first
is_sorted() {
	sed 's/[^:]*: \([0-9]*\) .*/\1/' "$1" | sort -rnc
}

policyd_start 'recipient_rate_limits = sasl_username 100/1h
smtpd_recipient_restrictions = reject_rate_limit, check_dynamic_client_access'
count_many 100000
count_many 10
read_slowly rates
is "$(head -n 1 "$T/slow")" 'other: 0.1' 'another client is answered'
sed -i '1d; $d' "$T/slow"
is "$(wc -l <"$T/slow")" 100000 'a line for each of 100,000 logins'
ok 'in order' is_sorted "$T/slow"
is "$(head -n 10 "$T/slow" | grep -c ': 2 of 100 ')" 10 \
    'who is nearest to the limit comes first'
is "$(policyctl rates --top 10)" "$(head -n 10 "$T/slow")" 'or alone'
is "$(policyctl rates -j | perl -MJSON::PP -0777 -ne 'print scalar @{decode_json($_)}')" \
    100000 'as JSON'

ok 'one of them is reset' policyctl rates reset many77@example.org
is "$(policyctl rates | wc -l)" 99999 'and nothing else'

perl -e 'printf "10.%d.%d.%d\n", $_ >> 16, $_ >> 8 & 255, $_ & 255 for 1 .. 100000' |
    policyctl deny --stdin
read_slowly clients
is "$(head -n 1 "$T/slow")" 'other: 0.1' 'another client is answered'
sed -i '1d; $d' "$T/slow"
is "$(sed -n '1p; 256p; 257p; $p' "$T/slow")" 'deny 10.0.0.1
deny 10.0.1.0
deny 10.0.1.1
deny 10.1.134.160' '100,000 clients, in order'
is "$(wc -l <"$T/slow")" 100000 'a line for each'

done_testing
