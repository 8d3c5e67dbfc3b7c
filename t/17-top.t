#!/bin/sh
# top shows what happens, in a terminal of 80 columns and 24 lines and without
# one.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

dnsbl bl.example ip4set <<'END'
127.0.0.2
192.0.2.66
END
dns_start </dev/null
authd_start 'mechanisms = PLAIN' 'auth_failure_delay = 0'
policyd_start \
    'smtpd_client_restrictions = check_client_access inline:{192.0.2.67=REJECT}' \
    'smtpd_recipient_restrictions = reject_rbl_client bl.example,
	reject_rbl_client dead.example, reject_rate_limit' \
    'recipient_rate_limits = sasl_username 4/1d'
ask client_address=192.0.2.67 >/dev/null
for _ in 1 2 3; do
	ask client_address=192.0.2.1 sasl_username=fred@example.org \
	    recipient=a@example.net >/dev/null
done
user_add fred@example.org secret

# Without a terminal it is one screen of text.
policyctl top >"$T/once"
is $? 0 'policyctl top without a terminal'
like "$(cat "$T/once")" 'sekisho-policyd, up 0d 00:0*since the start
answers *pass*reject*half at most *
DNS *
*Refusals
*  1  554 check_client_access smtpd_client_restrictions*
*DNS lists
*bl.example *
Limits near
*fred@example.org*' '... shows answers, refusals by reason, lists and limits'
is "$(tr -d ' -~\n' <"$T/once" | wc -c)" 0 '... without escape sequences'
ok '... in 24 lines' [ "$(wc -l <"$T/once")" -le 24 ]
ok '... of 80 columns' [ "$(wc -L <"$T/once")" -le 80 ]
authctl top -1 >"$T/once"
is $? 0 'authctl top -1'
like "$(cat "$T/once")" 'sekisho-authd, up 0d 00:0*since the start
logins *half *
hashing *
users    changed *Logins
*Failures*' '... shows logins and what they cost'

# In a terminal.
screen() {
	terminal capture-pane -p -t "$1"
}
# shows NAME PATTERN: on the screen of a session
shows() {
	screen "$1" >"$T/screen"
	# shellcheck disable=SC2254 # it is a pattern
	case $(cat "$T/screen") in
	$2) ;;
	*) return 1 ;;
	esac
}
TERM=xterm
TMUX_TMPDIR=$T
export TERM TMUX_TMPDIR
terminal() {
	tmux -f /dev/null "$@"
}
open() {
	terminal new-session -d -s "$1" -x 80 -y 24 \
	    "$2 -c $T/$1.cf top; echo ended with \$?; sleep 1000"
}
open policyd "$POLICYCTL"
open authd "$AUTHCTL"
wait_for shows policyd '*Refusals*check_client_access*Limits near*'
like "$(cat "$T/screen")" 'sekisho-policyd, up 0d*q: end*' \
    'policyctl top in a terminal'
wait_for shows policyd '*dead.example ipv4 quarantined*'
like "$(cat "$T/screen")" '*DNS lists*dead.example*bl.example*' \
    '... has lists in trouble above others'
diag "$(cat "$T/screen")"
ok '... in 80 columns' [ "$(wc -L <"$T/screen")" -le 80 ]
ask client_address=192.0.2.67 >/dev/null
wait_for shows policyd '*  2  554 check_client_access*'
ok '... follows what happens' shows policyd '*  2  554 check_client_access*'
wait_for shows authd '*hashing*Logins*'
ok 'authctl top in a terminal' shows authd 'sekisho-authd, up 0d*q: end*'
# has_ended NAME: or goes on as if nothing were, with ten screens more
has_ended() {
	! shows "$1" '*ended with*' || return 0
	head -n 1 "$T/screen" >>"$T/$1.screens"
	[ "$(sort -u "$T/$1.screens" | wc -l)" -gt 10 ]
}
for session in policyd authd; do
	terminal send-keys -t $session q
	wait_for has_ended $session
	ok "$session: q ends it" shows $session '*ended with 0*'
	ok '... and the screen is as before' eval \
	    '! shows $session "*q: end*"'
done

# What is too much for the window is cut.
terminal new-session -d -s small -x 30 -y 8 \
    "$POLICYCTL -c $T/policyd.cf top; sleep 1000"
wait_for shows small '*Refusals*'
like "$(head -n 2 "$T/screen")" 'sekisho-policyd, up 0d*
answers *' 'a small window has the head, and nothing wraps'
terminal resize-window -t small -x 80 -y 24
wait_for shows small '*Limits near*'
ok 'a window that grows shows more' shows small '*Limits near*'

# It says so when the daemon goes.
policyd_stop
is "$ended" 0 'policyd ends well'
policyd_pid=
exits 69 'top of a daemon that is not there' "$POLICYCTL" -c "$T/policyd.cf" top
exits 64 '-1 is for top' "$POLICYCTL" -c "$T/policyd.cf" stats -1
terminal kill-server
done_testing
