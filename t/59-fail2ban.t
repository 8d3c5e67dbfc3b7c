#!/bin/sh
# The files for fail2ban, in a real one: who guesses passwords may send no mail
# for as long as he is banned.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

fail2ban() {
	fail2ban-client -s "$T/fail2ban.sock" "$@"
}

# guesses ADDRESS N: as authd tells of them
guesses() {
	for _ in $(seq "$2"); do
		echo "$(date '+%b %e %T') mx sekisho-authd[1]: login:" \
		    "user=fred@example.org mech=PLAIN service=smtp ip=$1" \
		    'result=fail reason="wrong password" ms=1'
	done >>"$T/guesses.log"
}

is_denied() {
	policyctl clients | grep -q "^deny $1"
}

is_forgotten() {
	! policyctl clients | grep -q "$1"
}

answer() {
	ask client_address="$1" client_name=unknown reverse_client_name=unknown
}

dns_start </dev/null
policyd_start 'smtpd_client_restrictions = check_dynamic_client_access'

# As they are installed; only that here is neither journal nor PATH.
etc=$T/fail2ban
cp -r /etc/fail2ban "$etc"
rm -f "$etc"/jail.d/* "$etc"/*.local
cp "$BUILD/etc/fail2ban/action.conf" "$etc/action.d/sekisho-policyd.conf"
cp "$BUILD/etc/fail2ban/filter.conf" "$etc/filter.d/sekisho-authd.conf"
{
	sed 's/^backend .*/backend = polling/' "$BUILD/etc/fail2ban/jail.conf"
	echo "logpath = $T/guesses.log"
	echo 'action = sekisho-policyd'
} >"$etc/jail.d/sekisho-authd.conf"
mkdir "$T/bin"
printf '#!/bin/sh\nexec "%s" -c "%s" "$@"\n' "$POLICYCTL" "$T/policyd.cf" \
    >"$T/bin/sekisho-policyctl"
chmod 755 "$T/bin/sekisho-policyctl"
cat >"$etc/fail2ban.local" <<END
[Definition]
socket = $T/fail2ban.sock
pidfile = $T/fail2ban.pid
dbfile = None
logtarget = STDOUT
END
: >"$T/guesses.log"
PATH=$T/bin:$PATH fail2ban-server -f -c "$etc" -s "$T/fail2ban.sock" \
    -p "$T/fail2ban.pid" >"$T/fail2ban.log" 2>&1 &
fail2ban_pid=$!
wait_for grep -q "Jail 'sekisho-authd' started" "$T/fail2ban.log" ||
    bail_out 'fail2ban does not start' "$(cat "$T/fail2ban.log")"

# --- a ban

guesses 192.0.2.8 9
guesses 192.0.2.9 10
ok 'who guesses is denied' wait_for is_denied 192.0.2.9
like "$(policyctl clients)" \
    'deny 192.0.2.9, *m left: fail2ban sekisho-authd' \
    'and nobody else, for the time of the ban'
like "$(answer 192.0.2.9)" 'action=554 *Client host rejected: Access denied' \
    'his mail is refused'
fail2ban set sekisho-authd banip 2001:db8::9 >/dev/null
ok 'so is one by IPv6' wait_for is_denied 2001:db8::9

# --- its end

fail2ban set sekisho-authd unbanip 192.0.2.9 >/dev/null
ok 'the end of a ban is the end of it' wait_for is_forgotten 192.0.2.9
is "$(answer 192.0.2.9)" action=DUNNO 'his mail passes'
policyctl forget 2001:db8::9
fail2ban set sekisho-authd unbanip 2001:db8::9 >/dev/null

# --- for ever

fail2ban set sekisho-authd bantime -1 >/dev/null
fail2ban set sekisho-authd banip 192.0.2.10 >/dev/null
is_tried() {
	is_denied 192.0.2.10 || grep -q ERROR "$T/fail2ban.log"
}
wait_for is_tried
ok 'a ban for ever' is_denied 192.0.2.10
is "$(policyctl clients)" 'deny 192.0.2.10: fail2ban sekisho-authd' \
    'has no end'
kill "$fail2ban_pid"
wait "$fail2ban_pid"
is "$(policyctl clients)" '' 'when fail2ban ends, its bans do'
is "$(grep -E 'ERROR|CRITICAL' "$T/fail2ban.log")" '' \
    'fail2ban has nothing to complain of'

done_testing
