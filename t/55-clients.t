#!/bin/sh
# Clients that are let in and shut out by one command, and forgotten by
# themselves.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# What policyd says to a request from an address.
answer() {
	address=$1
	shift
	ask client_address="$address" client_name=unknown \
	    reverse_client_name=unknown "$@" | sed -n 's/^action=//p'
}

# ctl_exits CODE NAME WORD...: of policyctl
ctl_exits() {
	code=$1
	name=$2
	shift 2
	exits "$code" "$name" "$POLICYCTL" -c "$T/policyd.cf" "$@"
}

# may_relay ADDRESS: what main.cf hears when it asks
may_relay() {
	answer "$1" policy_context=dynamic_relay_clients
}

dns_start </dev/null
config='smtpd_client_restrictions = check_dynamic_client_access, reject
access_map_reject_code = 554'
policyd_start "$config"

# --- what the commands take

is "$(answer 192.0.2.1)" '554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied' \
    'nobody is let in by himself'
is "$(policyctl clients -j)" '[]' 'clients -j with none'
ctl_exits 0 'allow' allow 192.0.2.1
is "$(cat "$T/out")" '' 'allow says nothing'
is "$(answer 192.0.2.1)" DUNNO 'an allowed client is permitted'
policyctl allow 192.0.2.6 --relay
is "$(may_relay 192.0.2.6)" OK 'one who may relay hears OK'
is "$(answer 192.0.2.6)" DUNNO 'but only where that is asked for'
is "$(answer 192.0.2.6 policy_context=Dynamic_relay_clients)" DUNNO \
    'by just this name'
is "$(answer 192.0.2.6 policy_context=dynamic_relay_clients/)" DUNNO \
    'and no other'
policyctl deny 192.0.2.6
is "$(may_relay 192.0.2.6)" DUNNO 'one who is denied may not relay'
policyctl forget 192.0.2.6
is "$(may_relay 192.0.2.1)" DUNNO 'but may not relay'
like "$(answer 192.0.2.2)" '554 *' 'another one is not'
ctl_exits 0 'deny of a network' deny 192.0.2.0/24 --comment 'a bad lot'
is "$(answer 192.0.2.1)" DUNNO 'the smallest network counts'
like "$(answer 192.0.2.2)" '554 5.7.1 <unknown\[192.0.2.2\]>: Client host rejected: Access denied' \
    'a denied client'
ctl_exits 0 'deny of the same address' deny ::ffff:192.0.2.1 --for 1h
like "$(answer 192.0.2.1)" '554 *' 'the same prefix replaces, IPv6 for IPv4'
like "$(policyctl clients -j)" '\[{"net":"192.0.2.0/24","action":"deny","relay":false,"expires":null,"comment":"a bad lot"},{"net":"192.0.2.1","action":"deny","relay":false,"expires":1*,"comment":""}\]' \
    'clients -j'
like "$(policyctl clients)" 'deny 192.0.2.0/24: a bad lot
deny 192.0.2.1, 60m left' 'clients'
ctl_exits 1 'forget what is not there' forget 192.0.2.0/25
ctl_exits 0 'forget' forget 192.0.2.0/24
ctl_exits 1 'forget it again' forget 192.0.2.0/24
ctl_exits 0 'forget the other' forget 192.0.2.1
is "$(policyctl clients -j)" '[]' 'all are forgotten'

for words in 'allow 192.0.2.1/24' 'deny 10.0.0.0/7' 'deny ::/0' 'deny 2000::/15' \
    'deny ::ffff:0:0/96' 'allow mail.example' 'allow' 'deny' 'forget' \
    'allow 192.0.2.1 192.0.2.2' 'deny 192.0.2.1 --for soon' \
    'deny 192.0.2.1 --for 0' 'allow 192.0.2.1 --for=' \
    'deny 192.0.2.1 --relay' 'forget 192.0.2.1/24' 'clients 192.0.2.1' \
    'clients --force' 'allow --stdin 192.0.2.1' 'state all' \
    'allow --relay 0.0.0.0/0'; do
	# shellcheck disable=SC2086 # words
	ctl_exits 64 "usage: $words" $words
done
is "$(policyctl clients -j)" '[]' 'and nothing was done'
ctl_exits 0 'deny of the world, with --force' deny 0.0.0.0/0 --force
policyctl forget 0.0.0.0/0

# --- many at once

printf '%s\n' '192.0.2.1 1h  two words' '' '# nobody' '2001:db8::/32' \
    '192.0.2.7 spam' | policyctl deny --stdin
like "$(policyctl clients)" 'deny 192.0.2.1, 60m left: two words
deny 192.0.2.7: spam
deny 2001:db8::/32' 'a line each: NET, TIME, COMMENT'
like "$(answer 2001:db8:1::1)" '554 *' 'an IPv6 client'
printf '%s\n' '192.0.2.99' '192.0.2.1/24' '192.0.2.3 1x' 'x' |
    policyctl allow --stdin >"$T/out" 2>&1
is $? 64 'lines with errors'
is "$(grep -c 'line [24]: ' "$T/out")" 2 'are named by their numbers'
like "$(answer 192.0.2.99)" '554 *' 'and nothing is done'
seq 0 99999 | awk '{ printf("10.%d.%d.%d 1h from a list\n",
    $1 / 65536, $1 / 256 % 256, $1 % 256) }' >"$T/many"
policyctl allow --stdin <"$T/many"
is $? 0 '100000 at once'
is "$(policyctl clients | grep -c from.a.list)" 100000 'all are there'
is "$(answer 10.1.134.159)" DUNNO 'the last one is permitted'
like "$(policyctl state -j)" '{"kinds":\[{"kind":"clients","entries":100003,"bytes":*,"limit":*}*\],"journal_bytes":*,"last_sync":1*}' \
    'state -j'

# --- what is not lost

kill -9 "$policyd_pid"
wait "$policyd_pid" 2>/dev/null
policyd_start "$config"
is "$(policyctl clients | grep -c from.a.list)" 100000 'all survive kill -9'
is "$(answer 10.1.134.159)" DUNNO 'and count'
policyd_stop
policyd_start "$config"
is "$(policyctl clients | wc -l)" 100003 'all survive a restart'
before=$(policyctl clients -j | cksum)
policyctl ask reload >/dev/null
is "$(policyctl clients -j | cksum)" "$before" 'all survive a reload'
policyd_stop

# --- explain

rm "$T"/policy/*
policyd_start "$config"
policyctl deny 192.0.2.0/24 --for 1h --comment 'port scan'
like "$(policyctl explain client_address=192.0.2.9 client_name=unknown reverse_client_name=unknown)" \
    '*check_dynamic_client_access *reject: 554 5.7.1 *client 192.0.2.9: deny 192.0.2.0/24, 60m left: port scan*' \
    'explain shows the comment and what is left'
before=$(policyctl state | sed '/journal/d'; policyctl clients -j)
for i in 1 2 3 4 5; do
	policyctl explain client_address=192.0.2.$i client_name=unknown \
	    reverse_client_name=unknown >/dev/null
done
is "$(policyctl state | sed '/journal/d'; policyctl clients -j)" "$before" \
    'explain changes nothing'
policyctl allow 192.0.2.5 --relay
like "$(policyctl explain client_address=192.0.2.5 policy_context=dynamic_relay_clients)" \
    '*client 192.0.2.5: allow, relay 192.0.2.5*action=OK' \
    'explain of the reserved context'
policyd_stop

# --- who may

# allow_as CODE NAME USER: policyctl allow, run by that user
allow_as() {
	exits "$1" "$2" setpriv --reuid "$3" --regid nogroup --clear-groups \
	    "$POLICYCTL" -c "$T/policyd.cf" allow 192.0.2.77
}
policyd_start "$config" "control_socket = { unix:$T/policyd.ctl, mode = 0666 }"
chmod 644 "$T/policyd.cf"
allow_as 1 'a stranger may not' nobody
like "$(cat "$T/out")" '*allow changes something*' 'and is told so'
policyd_conf "$config" 'control_admins = daemon, nobody' \
    "control_socket = { unix:$T/policyd.ctl, mode = 0666 }"
chmod 644 "$T/policyd.cf"
policyctl ask reload >/dev/null
allow_as 0 'one of control_admins may' nobody
allow_as 1 'others may not' games
policyd_conf "$config" 'control_admins = nosuchuser'
exits 78 'control_admins that do not exist' "$POLICYD" -t -c "$T/policyd.cf"
like "$(cat "$T/out")" '*control_admins: no such user nosuchuser*' 'are named'
policyd_stop

# --- a list that nobody named

policyd_start 'smtpd_client_restrictions = permit'
ctl_exits 0 'deny where no list asks' deny 192.0.2.1
like "$(cat "$T/out")" '*warning: no list names check_dynamic_client_access*' \
    'warns'
policyd_conf 'smtpd_client_restrictions = permit'
exits 0 'the check of such a configuration' "$POLICYD" -t -c "$T/policyd.cf"
like "$(cat "$T/out")" '*no list names check_dynamic_client_access*' \
    'warns, too'
policyd_conf "$config"
exits 0 'the check of one that asks' "$POLICYD" -t -c "$T/policyd.cf"
is "$(cat "$T/out")" '' 'has nothing to say'
policyd_conf 'dynamic_relay_clients/smtpd_client_restrictions = permit'
exits 78 'the reserved context cannot be configured' \
    "$POLICYD" -t -c "$T/policyd.cf"
like "$(cat "$T/out")" "*policyd.cf:[0-9]*: dynamic_relay_clients/smtpd_client_restrictions: *" \
    'with file and line'
policyd_conf 'state_database = hash:/tmp/state'
exits 78 'a state_database of another type' "$POLICYD" -t -c "$T/policyd.cf"
policyd_stop

# --- the clock

rm "$T"/policy/*
policyd_start_with_clock "$config"
clock_set '2030-01-01 00:00:00'
policyctl allow 192.0.2.1 --for 1h
policyctl allow 192.0.2.2 --for 30m
policyctl allow 192.0.2.3
clock_set '2030-01-01 00:29:59'
is "$(answer 192.0.2.2)" DUNNO 'a second before 30 minutes are over'
clock_set '2030-01-01 00:30:00'
like "$(answer 192.0.2.2)" '554 *' 'then they are'
is "$(answer 192.0.2.1)" DUNNO 'but not what was given an hour'
clock_set '2030-01-01 01:00:00'
like "$(answer 192.0.2.1)" '554 *' 'after an hour that is, too'
is "$(answer 192.0.2.3)" DUNNO 'what was given no time stays'
like "$(policyctl clients)" 'allow 192.0.2.3' 'and is alone in the list'
clock_set '2031-01-01 00:00:00'
policyctl allow 192.0.2.4 --for 1h
clock_set '2030-01-01 01:00:00'
is "$(answer 192.0.2.4)" DUNNO 'the clock had stood a year ahead'
clock_set '2030-01-01 02:00:00'
like "$(answer 192.0.2.4)" '554 *' 'which does not make an hour a year'
policyd_stop

# --- a disk that fails

mkdir "$T/small"
mount -t tmpfs -o size=64k,mode=700,uid=sekisho-policyd small "$T/small"
policyd_start "$config" "state_database = gdbm:$T/small/state.gdbm"
policyctl allow 192.0.2.1
head -c 100k /dev/zero >"$T/small/filler" 2>/dev/null
seq 0 2000 | sed 's/.*/2001:db8::& 1h a comment that takes room/' |
    policyctl deny --stdin >"$T/out" 2>&1
is $? 75 'a full disk is a temporary failure'
like "$(cat "$T/out")" '*not on disk*No space left on device*' 'with its reason'
like "$(answer 2001:db8::5)" '554 *' 'policyd goes on in memory'
is "$(grep -c 'memory only' "$T/policyd.log")" 1 'says so once'
like "$(policyctl ask metrics)" '*sekisho_policyd_state_kept 0*' \
    'and in a metric'
mount -o remount,size=8m "$T/small"
ctl_exits 0 'there is room again' allow 192.0.2.2
kill -9 "$policyd_pid"
wait "$policyd_pid" 2>/dev/null
policyd_start "$config" "state_database = gdbm:$T/small/state.gdbm"
is "$(policyctl clients | wc -l)" 2003 'and nothing of it is lost'
policyd_stop

policyd_start "$config" "state_database = gdbm:$T/nowhere/state.gdbm"
is "$(grep -c "nowhere.*memory only" "$T/policyd.log")" 1 \
    'a directory that is not there'
ctl_exits 75 'a command says why' allow 192.0.2.1
is "$(answer 192.0.2.1)" DUNNO 'and is obeyed until the end'
policyd_stop

done_testing
