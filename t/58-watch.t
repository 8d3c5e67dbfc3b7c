#!/bin/sh
# What happens, as a stream: who reads it, and the daemons that read each
# other's.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# watched NAME LINE: it has come to $T/NAME
watched() {
	wait_for grep -qxF "$2" "$T/$1" && result 0 "$3" || {
		result 1 "$3"
		diag "$(cat "$T/$1")"
	}
}

# suspended LOGIN: whether policyd says so
suspended() {
	policyctl ask suspensions | grep -qF "$1: suspended"
}

refused='action=421 4.7.1 <fred@example.org>: SASL login name rejected: suspended'
present='{"event":"present"}'

authd_start 'auth_failure_delay = 0'
user_add fred@example.org 'open sesame'
policyd_start ''

# --- events

"$POLICYCTL" -c "$T/policyd.cf" watch >"$T/policyd" 2>"$T/policyd.err" &
policyctl_pid=$!
authctl watch login >"$T/authd" &
watched policyd "$present" 'policyctl watch: what is so already'
watched authd "$present" 'authctl watch'
ok 'suspend' policyctl ask 'suspend fred@example.org its\x20password\x20was\x20stolen'
watched policyd '{"event":"suspended","user":"fred@example.org","source":"admin","until":null,"reason":"its password was stolen"}' \
    'a suspension is told'
is "$(ask sasl_username=Fred@Example.ORG)" \
    'action=421 4.7.1 <Fred@Example.ORG>: SASL login name rejected: suspended' \
    'and refuses what comes'
is "$(ask sasl_username=joe@example.org)" action=DUNNO 'but not from others'
ok 'explain shows it as a step' sh -c "
    '$POLICYCTL' -c '$T/policyd.cf' explain client_address=192.0.2.1 \
	client_name=unknown reverse_client_name=unknown \
	sasl_username=fred@example.org | grep -q reject_suspended_login"
policyctl watch suspended >"$T/late" &
watched late "$present" 'who comes later'
is "$(sed -n 1p "$T/late")" "$(sed -n 2p "$T/policyd")" 'hears it first'
ok 'resume' policyctl ask 'resume fred@example.org'
watched policyd '{"event":"resumed","user":"fred@example.org","source":"admin"}' \
    'the end of it is told'
is "$(ask sasl_username=fred@example.org)" action=DUNNO 'and lets mail pass'
"$BUILD/t/login" "$AUTH_SOCKET" fred wrong >"$T/out"
watched authd '{"event":"login","user":"fred@example.org","ip":"192.0.2.1","mech":"PLAIN","label":null,"service":"smtp","result":"fail","reason":"wrong password"}' \
    'a login that failed'
"$BUILD/t/login" "$AUTH_SOCKET" fred 'open sesame' >"$T/out"
watched authd '{"event":"login","user":"fred@example.org","ip":"192.0.2.1","mech":"PLAIN","label":null,"service":"smtp","result":"ok","reason":null}' \
    'one that did not'
ok 'no password is told' sh -c "! grep -e sesame -e wrong.: '$T/authd'"
exits 64 'an event that there is not' "$POLICYCTL" -c "$T/policyd.cf" watch logins
like "$(cat "$T/out")" '*did you mean login?*' 'is hinted at'

# --- commands

policyctl ask 'suspend joe@example.org' >"$T/out"
"$POLICYCTL" -c "$T/policyd.cf" watch suspended resumed \
    --exec "cat >>'$T/mail'; echo run >>'$T/mail'" &
exec_pid=$!
policyctl ask 'resume joe@example.org' >"$T/out"
command_has_run() {
	policyctl ask 'resume jane@example.org' >"$T/out"
	policyctl ask 'suspend jane@example.org' >"$T/out"
	grep -q run "$T/mail"
}
wait_for command_has_run
ok 'a command gets an event' grep -q '"user":"jane@' "$T/mail"
ok 'but not what was so before' sh -c "! grep -q '\"suspended\",\"user\":\"joe' '$T/mail'"
kill "$exec_pid"

# --- a reader that sleeps

# Each of so many is refused, and that is an event.
policyctl ask 'suspend fred@example.org' >"$T/out"
kill -STOP "$policyctl_pid"
perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new($ARGV[0]) or die;
	for my $n (1 .. 3000) {
		print $s "request=smtpd_access_policy\nprotocol_state=RCPT\n",
		    "recipient=$n\@example.org\n",
		    "sasl_username=fred\@example.org\n\n";
		$s->flush;
		<$s>;
		<$s>;
	}' "$POLICY_SOCKET"
is "$(ask sasl_username=fred@example.org)" "$refused" 'nobody waits for it'
kill -CONT "$policyctl_pid"
wait "$policyctl_pid"
is "$?" 75 'a reader that slept is cut off'
ok 'and told so' grep -qF '{"event":"cut",' "$T/policyd"
ok 'after what it had not read yet' grep -qF \
    '"protocol_state":"RCPT","client_name":"","client_address":"","helo_name":"","sender":"","recipient":"100@example.org"' "$T/policyd"
is "$(cat "$T/policyd.err")" 'policyctl: too slow: the daemon hung up' 'in words'

done_testing
