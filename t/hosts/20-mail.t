#!/bin/sh
# Mail through a stock Postfix with README.md's lines: who may send, who is
# refused, with a chrooted smtpd and without, and after a reboot.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

sekisho_host mx
site_make mx
dns_start mx <<'END'
example.net. IN A 192.0.2.1
good.example.net. IN A 192.0.2.1
1.2.0.192.in-addr.arpa. IN PTR good.example.net.
bad.example.net. IN A 192.0.2.2
2.2.0.192.in-addr.arpa. IN PTR bad.example.net.
2.2.0.192.bl.example. IN A 127.0.0.2
2.0.0.127.bl.example. IN A 127.0.0.2
END
user_add mx fred@example.org secret
in_host mx sed -i 's/^    reject_unknown_reverse_client_hostname/&,\
    reject_rbl_client bl.example/' /etc/sekisho/policyd.cf
in_host mx systemctl -q enable --now sekisho-authd sekisho-policyd
readme_follow mx

# from ADDRESS OPTION...: as Postfix sees a client that connects from there
from() {
	address=$1
	shift
	smtp mx --xclient-addr "$address" "$@"
}

login() {
	smtp mx -p 587 -tls --quit-after RCPT --to you@example.com \
	    -au fred@example.org "$@"
}

mail_is_right() {
	like "$(login -a PLAIN -ap secret)" '250 *' \
	    "$1: a user may send anywhere"
	like "$(login -a LOGIN -ap secret)" '250 *' "$1: LOGIN, too"
	like "$(login -a PLAIN -ap wrong)" '535 5.7.8 *' \
	    "$1: a wrong password"
	like "$(smtp mx -p 587 -a PLAIN -au fred@example.org -ap secret)" \
	    '*did not advertise auth*' "$1: no password in clear"
	like "$(from 192.0.2.1 --xclient-name good.example.net \
	    --to you@example.com)" '554 5.7.1 *Relay access denied*' \
	    "$1: a stranger may not relay"
	like "$(from 192.0.2.1 --xclient-name good.example.net)" '250 *' \
	    "$1: but write to us"
	like "$(from 192.0.2.2 --xclient-name bad.example.net)" \
	    '554 5.7.1 *blocked using bl.example*' "$1: one who is listed"
	like "$(from 192.0.2.3 --xclient-name '[UNAVAILABLE]' \
	    --xclient-reverse-name '[UNAVAILABLE]')" \
	    '450 4.7.1 *cannot find your reverse hostname*' \
	    "$1: one without a name"
}

# Each daemon's user may open the other's control socket.
links_are_up() {
	journal mx -u 'sekisho*' >"$T/journal"
	grep -q 'link: authd .*: connected' "$T/journal" &&
	    grep -q 'link: policyd .*: connected' "$T/journal"
}

suspension_is_right() {
	ok "$1: the daemons hear each other" wait_for links_are_up
	ok "$1: suspend" in_host mx sekisho-authctl user suspend fred@example.org
	like "$(login -a PLAIN -ap secret)" '535 5.7.8 *' \
	    "$1: a suspended user cannot log in"
	like "$(in_host mx sekisho-policyctl ask suspensions)" \
	    'fred@example.org: suspended by the administrator' \
	    "$1: policyd would not take what he sends"
	ok "$1: resume" in_host mx sekisho-authctl user resume fred@example.org
	like "$(login -a PLAIN -ap secret)" '250 *' "$1: then he may send again"
}

lists_are_tested() {
	in_host mx sekisho-policyctl lists | grep -q ' ok'
}

wait_for lists_are_tested
for chroot in y n; do
	in_host mx postconf -F "*/inet/chroot = $chroot"
	in_host mx postfix reload >/dev/null 2>&1
	mail_is_right "chroot $chroot"
done

suspension_is_right 'at first'

started() {
	in_host mx systemctl show -P "$2" "$1"
}

host reboot mx >/dev/null || bail_out 'no reboot'
wait_for lists_are_tested
case $SUITE in
bookworm) postfix=postfix@-.service ;;
*) postfix=postfix.service ;;
esac
for daemon in authd policyd; do
	ok "$daemon is up after a reboot" in_host mx systemctl is-active \
	    sekisho-$daemon.socket sekisho-$daemon.service
	ok "$daemon: before Postfix" test \
	    "$(started sekisho-$daemon ActiveEnterTimestampMonotonic)" -le \
	    "$(started $postfix InactiveExitTimestampMonotonic)"
done
mail_is_right 'after a reboot'
suspension_is_right 'after a reboot'
is "$(complaints mx)" '' 'nobody has complained'
done_testing
