#!/bin/sh
# What authd does about guessers: the delay, and what it says of them.  What
# fail2ban does about them: t/hosts/20-log.t.
. "$(dirname "$0")/lib.sh"

login() {
	timeout "$DEADLINE" "$BUILD/t/login" "$@"
}

authd_start 'auth_failure_delay = 1s' 'password_scheme = bcrypt:4' \
    'mechanisms = PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256'
user_add fred secret || bail_out 'no user'

# order ADDRESS PASSWORD ...: fred logs in from all of them at once; the numbers
# of the requests as they are answered
order() {
	timeout "$DEADLINE" perl -MIO::Socket::UNIX -MMIME::Base64 - \
	    "$AUTH_SOCKET" "$@" <<-'END'
	my $s = IO::Socket::UNIX->new(Peer => shift) or die;
	my ($lines, $n) = ("VERSION\t1\t2\nCPID\t$$\n", 0);
	while (my ($address, $password) = splice @ARGV, 0, 2) {
		$lines .= "AUTH\t" . ++$n . "\tPLAIN\tservice=smtp\t" .
		    "nologin\trip=$address\tresp=" .
		    encode_base64("\0fred\0$password", '') . "\n";
	}
	syswrite $s, $lines;
	while ($n > 0 and my $line = <$s>) {
		$line =~ /^(OK|FAIL)\t(\d+)/ or next;
		print "$2 ";
		$n--;
	}
	END
}

is "$(order 192.0.2.8 wrong 192.0.2.9 secret)" '2 1 ' \
    'a refusal takes its time, an acceptance none'
for n in $(seq 30); do
	login -i 192.0.2.1 "$AUTH_SOCKET" fred "wrong$n" >/dev/null &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # words
wait $pids
like "$(order 192.0.2.1 wrong 192.0.2.7 wrong 192.0.2.9 wrong 192.0.2.1 secret)" \
    '4 3 [12] [12] ' 'who fails often, and a stranger, wait longer than the user'
authctl ask throttled >"$T/throttled"
like "$(cat "$T/throttled")" '*address 192.0.2.1 failures=3*delay_ms=2000*' \
    'throttled names the address'
like "$(cat "$T/throttled")" '*user fred@example.org failures=3*' \
    'throttled names the user'
like "$(authctl check fred)" '*under attack: refusals wait 2000 ms*' \
    'check says so, too'

for n in $(seq 20); do
	login -i "2001:db8:7:$n::1" "$AUTH_SOCKET" "u$n" wrong >/dev/null &
	pids="$pids $!"
done
for n in 1 2 3; do
	login -i "2001:db8:8::$n" "$AUTH_SOCKET" fred wrong >/dev/null &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # words
wait $pids
authctl ask throttled >"$T/throttled"
like "$(cat "$T/throttled")" '*network 2001:db8:7::/48 failures=*delay_ms=1*' \
    'throttled names the /48 of one who comes from another /64 each time'
like "$(cat "$T/throttled")" '*address 2001:db8:8::/64 failures=3*' \
    'throttled names the /64 of one who comes from another address each time'

# --- who gives up ------------------------------------------------------------------

# quit HOW: somebody says the name of fred, hears the salt, and leaves
quit() {
	timeout "$DEADLINE" perl -MIO::Socket::UNIX -MMIME::Base64 - \
	    "$AUTH_SOCKET" "$1" <<-'END'
	my $s = IO::Socket::UNIX->new(Peer => shift) or die;
	my $first = encode_base64("n,,n=fred,r=clientnonce", '');
	syswrite $s, "VERSION\t1\t2\nAUTH\t1\tSCRAM-SHA-256\t" .
	    "service=smtp\trip=192.0.2.66\tresp=$first\n";
	while (<$s>) { last if /^CONT\t1/ }
	exit if shift eq "close";
	syswrite $s, "CANCEL\t1\nCONT\t1\t=\n";
	while (<$s>) { last if /^FAIL\t1/ }
	END
}
gave_up='login: user=fred@example.org mech=SCRAM-SHA-256 service=smtp'
gave_up="$gave_up ip=192.0.2.66 result=fail reason=\"given up before the proof:"
quit cancel
ok 'CANCEL leaves a trace' wait_for grep -q "$gave_up cancelled\"" "$T/authd.log"
quit close
ok 'so does a connection that is closed' \
    wait_for grep -q "$gave_up connection closed\"" "$T/authd.log"
like "$(authctl ask throttled)" '*address 192.0.2.66 failures=2 *' \
    'and both are guesses'

# --- saslauthd's protocol --------------------------------------------------------

authd_stop
is "$ended" 0 'authd ends well'
authd_start "saslauthd_listen = { unix:$T/mux, mode = 0666 }" \
    'auth_failure_delay = 0' 'password_scheme = bcrypt:4'
sasl() {
	testsaslauthd -f "$T/mux" "$@" 2>&1
}
is "$(sasl -u fred -r example.org -p secret -s imap)" '0: OK "Success."' \
    'saslauthd: name and realm'
is "$(sasl -u fred@example.org -p secret)" '0: OK "Success."' \
    'saslauthd: the full name'
is "$(sasl -u fred -p secret)" '0: OK "Success."' \
    'saslauthd: the default realm'
is "$(sasl -u fred -p wrong)" '0: NO "authentication failed"' \
    'saslauthd: a wrong password'
is "$(sasl -u nobody -p secret)" '0: NO "authentication failed"' \
    'saslauthd: a stranger'

# mux PERL: send what the expression gives, print the answer
mux() {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => shift) or die;
		syswrite $s, eval shift;
		local $/;
		print substr <$s>, 2;
	' "$T/mux" "$1"
}
like "$(mux 'pack("(n/a)*", "fred", "secret", "smtp", "", "192.0.2.1;5")')" \
    'OK*' 'saslauthd: a fifth field does no harm'
for fields in '"f" x 257, "secret"' '"", "secret"' '"fred", ""' \
    '"fred", "sec" . chr(0) . "ret"' '"fred", "s" x 300'; do
	like "$(mux "pack('(n/a)*', $fields, 'smtp', '')")" 'NO*' \
	    "saslauthd: refused: $fields"
done

done_testing
