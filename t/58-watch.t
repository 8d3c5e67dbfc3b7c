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

authd_refuses() {
	[ "$("$BUILD/t/login" "$AUTH_SOCKET" "$1" 'open sesame' | cut -c 1-4)" = FAIL ]
}

# policyctl_counts METRIC VALUE
policyctl_counts() {
	policyctl ask metrics | grep -qx "sekisho_policyd_$1 $2"
}
authctl_counts() {
	authctl ask metrics | grep -qx "sekisho_authd_$1 $2"
}

refused='action=421 4.7.1 <fred@example.org>: SASL login name rejected: suspended'
present='{"event":"present"}'
link="policyd_control = unix:$T/policyd.ctl"

authd_start "$link" 'auth_failure_delay = 0'
user_add fred@example.org 'open sesame'
user_add jane@example.org 'open sesame'
policyd_start 'recipient_rate_limit_maps = inline:{ rick@example.org=5/1h }
smtpd_recipient_restrictions = reject_rate_limit'

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
exits 64 'one like none' "$POLICYCTL" -c "$T/policyd.cf" watch mail
like "$(cat "$T/out")" '*"mail", known:*suspended*' 'all that there are'

authctl watch changed >"$T/changed" &
watched changed "$present" 'authctl watch changed'
user_add rick@example.org secret
watched changed '{"event":"changed","user":"rick@example.org"}' \
    'a record that was changed'
seq 600 | sed 's/.*/user expire rick never/' | authctl batch
watched changed '{"event":"changed","user":null}' 'more than can be named'

# --- limits

policyctl watch limit >"$T/limits" &
watched limits "$present" 'policyctl watch limit'
for _ in 1 2 3 4 5 6 7; do
	ask sasl_username=rick@example.org >"$T/out"
done
watched limits '{"event":"limit","key":"sasl_username","value":"rick@example.org","unit":"recipients","limit":5,"window":3600,"count":5,"refused":true}' \
    'a limit that refuses is told'
is "$(sed -n 2p "$T/limits")" \
    '{"event":"limit","key":"sasl_username","value":"rick@example.org","unit":"recipients","limit":5,"window":3600,"count":4,"refused":false}' \
    'and before it refuses, at 80 %'
is "$(wc -l <"$T/limits")" 3 'once each'

# --- commands

policyctl ask 'suspend joe@example.org' >"$T/out"
"$POLICYCTL" -c "$T/policyd.cf" watch suspended resumed \
    --exec "cat >>'$T/mail'; echo run >>'$T/mail'" &
exec_pid=$!
policyctl ask 'resume joe@example.org' >"$T/out"
command_has_run() {
	policyctl ask 'resume jane@example.org' >"$T/out"
	policyctl ask 'suspend jane@example.org' >"$T/out"
	grep -q '"user":"jane@' "$T/mail" && grep -q run "$T/mail"
}
ok 'a command gets an event' wait_for command_has_run
ok 'but not what was so before' sh -c "! grep -q '\"suspended\",\"user\":\"joe' '$T/mail'"
kill "$exec_pid"
mkdir "$T/bin"
printf '#!/bin/sh\ncat >"%s"\n' "$T/mailed" >"$T/bin/sendmail"
chmod +x "$T/bin/sendmail"
# noticed EVENT: what the user is told
noticed() {
	rm -f "$T/mailed"
	echo "$1" | PATH=$T/bin:$PATH sh "$BUILD/etc/place-mail"
	cat "$T/mailed" 2>/dev/null
}
like "$(noticed '{"event":"place","user":"fred@example.org","place":"isp.example","ip":"192.0.2.7"}')" \
    'From: *
To: fred@example.org
*
    place    isp.example
    address  192.0.2.7
*' 'a user hears of a new place'
is "$(noticed '{"event":"place","user":"fred","place":"isp.example","ip":"192.0.2.7"}')" '' \
    'not one without an address'
is "$(noticed '{"event":"place","user":"-t@example.org x","place":"y","ip":"z"}')" '' \
    'nor what is none'
echo '{"event":"suspended","user":"fred@example.org","source":"guard"}' |
    PATH=$T/bin:$PATH sh "$BUILD/etc/watch-mail"
like "$(cat "$T/mailed")" 'To: postmaster
Subject: sekisho: suspended
*"user":"fred@example.org"*' 'the sample mails postmaster'

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

# --- a daemon that ends within a line

echo "control_socket = unix:$T/half.ctl" >"$T/half.cf"
printf '%s\n%s\n%s' '{"event":"present"}' '{"event":"lock"}' \
    '{"event":"login","us' >"$T/half"
# half NAME OPTION...: exit code and words of authctl watch
half() {
	name=$1
	shift
	rm -f "$T/half.ctl"
	socat "UNIX-LISTEN:$T/half.ctl" SYSTEM:"read line; cat '$T/half'" &
	wait_for [ -S "$T/half.ctl" ]
	"$AUTHCTL" -c "$T/half.cf" watch "$@" >"$T/out" 2>"$T/err"
	is "$? $(cat "$T/err")" '69 authctl: the daemon has gone' "$name"
}
half 'a daemon that ends within a line'
is "$(cat "$T/out")" "$(cat "$T/half")" 'what it said is shown'
half '... and a command' --exec "cat >>'$T/ran'"
is "$(cat "$T/ran")" '{"event":"lock"}' 'that runs for whole events only'

# --- the link: a peer that goes, and comes back

policyctl ask 'resume fred@example.org' >"$T/out"
authctl user suspend fred --reason 'on holiday' >"$T/out"
ok 'user show has the reason' sh -c \
    "$AUTHCTL -c $T/authd.cf user show fred | grep -q '^reason  *on holiday'"
like "$(authctl user show -j fred)" \
    '*"suspension":{"until":null,"only_sending":false,"reason":"on holiday","source":"admin"}*' \
    'in JSON, too'
is "$(ask sasl_username=fred@example.org)" "$refused" 'policyd hears of it'
like "$(policyctl ask suspensions)" \
    '*fred@example.org: suspended by the administrator: on holiday*' 'and why'
ok 'metrics: policyd hears authd' policyctl_counts link_up 1
ok 'metrics: and authd policyd' authctl_counts link_up 1
authd_stop
is "$(ask sasl_username=fred@example.org)" "$refused" \
    'what authd said counts while it is away'
ok 'metrics: that it is away shows' wait_for policyctl_counts link_up 0
is "$(ask sasl_username=joe@example.org)" action=DUNNO 'what it did not say, not'

# --- a peer that is none

policyd_says() {
	ask sasl_username=joe@example.org
	ask sasl_username=fred@example.org
}
for kind in silent garbage older slow half endless flood; do
	rm -f "$T/asked"
	"$BUILD/t/peer" "$T/authd.ctl" $kind "$T/asked" &
	peer=$!
	wait_for [ -e "$T/asked" ]
	is "$(policyd_says)" "action=DUNNO
$refused" "policyd: authd is $kind"
	kill $peer
	wait $peer
done
# says AUTHD_SOCKET POLICY_SOCKET: as authd, and as a client right after that
says() {
	rm -f "$1"
	perl -MIO::Socket::UNIX -e '
		alarm 300; # ends what hangs
		my $listener = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1);
		chmod 0666, $ARGV[0];
		my $client = IO::Socket::UNIX->new($ARGV[1]);
		my $authd = $listener->accept;
		<$authd>;
		$authd->printflush(qq({"event":"present"}\n));
		for my $event (("suspended", "resumed") x 300) {
			$authd->printflush(qq({"event":"$event","source":"admin",),
			    qq("user":"max\@example.org","reason":"x"}\n));
			$client->printflush("request=smtpd_access_policy\n",
			    "protocol_state=RCPT\nrecipient=a\@example.org\n",
			    "sasl_username=max\@example.org\n\n");
			my $answer = <$client>;
			<$client>;
			die "$event: $answer" if
			    ($answer =~ /^action=421 /) != ($event eq "suspended");
		}' "$@"
}
ok 'what authd has said counts, however quickly it says more' \
    says "$T/authd.ctl" "$POLICY_SOCKET"
rm -f "$T/asked"
"$BUILD/t/peer" "$T/authd.ctl" late "$T/asked" &
peer=$!
wait_for [ -e "$T/asked" ]
ok 'somebody is suspended while authd tells' \
    policyctl ask 'suspend max@example.org'
rm "$T/asked"
wait_for policyctl_counts link_up 1
like "$(ask sasl_username=max@example.org)" 'action=421 *' \
    'and stays so when it has told'
policyctl ask 'resume max@example.org' >"$T/out"
kill $peer
wait $peer
ok 'all that is no line each in the log' [ "$(grep -c 'link:' "$T/policyd.log")" -lt 20 ]
authd_start "$link" 'auth_failure_delay = 0'
wait_for sh -c "tail -n 1 '$T/policyd.log' | grep -q 'link: authd .*: connected'"
ok 'resume' authctl user resume fred
is "$(ask sasl_username=fred@example.org)" action=DUNNO 'and all is well again'

policyd_stop
authctl watch suspended resumed >"$T/guarded" &
watched guarded "$present" 'authctl watch suspended resumed'
"$BUILD/t/peer" "$T/policyd.ctl" guard "$T/asked" &
peer=$!
watched guarded '{"event":"suspended","user":"jane@example.org","source":"guard","until":null,"reason":"5 places"}' \
    'authd hears whom the guard suspends'
ok 'and refuses his logins' authd_refuses jane
kill $peer
wait $peer
for kind in silent garbage older slow half endless flood; do
	rm -f "$T/asked"
	"$BUILD/t/peer" "$T/policyd.ctl" $kind "$T/asked" &
	peer=$!
	wait_for [ -e "$T/asked" ]
	is "$("$BUILD/t/login" "$AUTH_SOCKET" fred 'open sesame' | cut -c 1-2)" OK \
	    "authd: policyd is $kind"
	ok 'whom the guard suspended is refused' authd_refuses jane
	kill $peer
	wait $peer
done

# --- what is kept

wait_for grep -q jane@example.org "$T/last/guarded"
like "$(authctl user show jane)" '*
status    suspended
by        guard
reason    5 places
*' 'user show says so'
like "$(authctl user show -j jane)" \
    '*"status":"suspended","suspension":{"until":null,"only_sending":false,"reason":"5 places","source":"guard"}*' \
    'in JSON, too'
like "$(authctl user list -j)" '*"jane@example.org","status":"suspended"*' \
    'and so does user list'
authd_stop
rm -f "$T/policyd.ctl"
authd_start "$link" 'auth_failure_delay = 0'
ok 'authd knows after a restart whom the guard suspends' authd_refuses jane
authctl watch suspended resumed >"$T/guarded" &
watched guarded "$present" 'and tells'
policyd_start ''
watched guarded '{"event":"resumed","user":"jane@example.org","source":"guard"}' \
    'until policyd says otherwise'
is "$("$BUILD/t/login" "$AUTH_SOCKET" jane 'open sesame' | cut -c 1-2)" OK \
    'so he may log in'

# --- who has not acknowledged

exits 64 'no time' "$AUTHCTL" -c "$T/authd.cf" user suspend fred --for never
policyd_stop
exits 75 'policyd does not run' "$AUTHCTL" -c "$T/authd.cf" user suspend fred
like "$(cat "$T/out")" '*authctl: policyd has not acknowledged it: *' 'is said'
is "$("$BUILD/t/login" "$AUTH_SOCKET" fred 'open sesame' | cut -c 1-4)" FAIL \
    'authd refuses all the same'
policyd_start ''
wait_for sh -c "'$POLICYCTL' -c '$T/policyd.cf' ask suspensions | grep -q ^fred@"
is "$(ask sasl_username=fred@example.org)" "$refused" \
    'and tells policyd when that is there'
policyd_stop
exits 75 'resume, while policyd does not run' \
    "$AUTHCTL" -c "$T/authd.cf" user resume fred
policyd_start ''
ok 'policyd hears of that, too, when it is there' wait_for sh -c \
    "! '$POLICYCTL' -c '$T/policyd.cf' ask suspensions | grep -q ^fred@"
ok 'suspended again' authctl user suspend fred
ok 'resume' authctl user resume fred
authd_stop
exits 75 'authd does not run' "$AUTHCTL" -c "$T/authd.cf" user suspend fred
like "$(cat "$T/out")" '*authctl: authd has not acknowledged it: *' \
    'is said, too'
is "$(ask sasl_username=fred@example.org)" "$refused" 'policyd refuses all the same'
authd_start "$link" 'auth_failure_delay = 0'
ok 'resume' authctl user resume fred

# --- for sending alone, and for a time

ok 'from sending' authctl user suspend fred --sending
is "$("$BUILD/t/login" "$AUTH_SOCKET" fred 'open sesame' | cut -c 1-4)" FAIL \
    'a login for smtp'
is "$(printf 'VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\tservice=imap\tnologin\tresp=%s\n' \
    "$(printf '\0fred\0open sesame' | base64)" |
    timeout "$DEADLINE" socat -t "$DEADLINE" - "UNIX-CONNECT:$AUTH_SOCKET" |
    sed -n '/^OK\|^FAIL/{p;q;}' | cut -f 1)" OK 'one for imap'
is "$(ask sasl_username=fred@example.org)" "$refused" 'sending'
ok 'resume' authctl user resume fred

authd_stop
policyd_stop
with_clock authd_start "$link" 'auth_failure_delay = 0'
policyd_start_with_clock ''
authctl watch resumed >"$T/ended" &
watched ended "$present" 'authctl watch resumed'
policyctl watch resumed >"$T/over" &
watched over "$present" 'policyctl watch resumed'
ok 'for two hours' authctl user suspend fred --for 2h
like "$(authctl user show fred | grep ^status)" 'status * suspended*' 'as shown'
ok 'a login is refused' authd_refuses fred
is "$(ask sasl_username=fred@example.org)" "$refused" 'and sending'
ok 'another one, but he is resumed' eval \
    'authctl user suspend rick --for 2h && authctl user resume rick'
clock_set +3h
watched ended '{"event":"resumed","user":"fred@example.org","source":"admin"}' \
    'three hours later it is over'
watched over '{"event":"resumed","user":"fred@example.org","source":"admin"}' \
    'policyd tells it, too'
is "$(grep -c resumed "$T/over")" 2 'once of each'
is "$("$BUILD/t/login" "$AUTH_SOCKET" fred 'open sesame' | cut -c 1-2)" OK \
    'a login passes'
is "$(ask sasl_username=fred@example.org)" action=DUNNO 'and sending'

done_testing
