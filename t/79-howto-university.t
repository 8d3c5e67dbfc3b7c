#!/bin/sh
# etc/howto/university, word for word: mbox becomes Maildir, and Postfix, authd
# and a real Dovecot know the same users, passwords and suspensions.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/howto.sh
. "$BUILD/t/howto.sh"

# What the host has already: homes, passwords, and mail in mbox.
accounts_make() {
	for user in fred anna; do
		install -d -o $user -g $user -m 700 /home/$user
		echo "$user:open sesame" | chpasswd
		printf '%s\n' 'From list@example.net Mon Nov  2 10:00:00 2026' \
		    "To: $user@example.org" 'Subject: from the time of mbox' \
		    'Status: RO' '' 'hello' '' >/var/mail/$user
		chown $user:mail /var/mail/$user
		chmod 660 /var/mail/$user
	done
}

# mailbox_is_open LOGIN: as a thief does, until the host ends it.  Who is in just
# when the sessions of the old password are ended is put out, too: he comes again.
mailbox_is_open() {
	kill -0 "$mailbox" 2>/dev/null || mailbox_open "$1"
	grep -q '^2 OK' "$T/mailbox"
}

mailbox_open() {
	{
		printf '1 LOGIN %s\n2 SELECT INBOX\n' "$1"
		sleep infinity
	} | on_client openssl s_client -quiet -crlf \
	    -connect mail.example.org:993 >"$T/mailbox" 2>&1 &
	mailbox=$!
}

howto university </dev/null
accounts_make
for section in 1 2 3 4 5; do
	follow $section
done
password='open barley'
follow 6
ok 'a mailbox is open' wait_for mailbox_is_open 'fred "open barley"'
follow 7
ok 'and is closed by the one command' wait_for eval "! kill -0 $mailbox"
password='open rye'
follow 8
howto_done
