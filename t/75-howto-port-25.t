#!/bin/sh
# etc/howto/port-25-blocked, word for word: a client that may not out to port 25
# sends by 587; POP before SMTP beside AUTH, by a real Dovecot, and its end.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/howto.sh
. "$BUILD/t/howto.sh"

# What the host has already: people fetch their mail by POP.
dovecot_conf() {
	case $(dovecot --version) in
	2.3.*)
		cat <<-'CF'
		default_vsz_limit = 0
		disable_plaintext_auth = no
		mail_location = maildir:~/Maildir
		passdb {
		  driver = passwd-file
		  args = /etc/dovecot/users
		}
		userdb {
		  driver = static
		  args = uid=nobody gid=nogroup home=/var/mail/%u
		}
		CF
		;;
	*)
		cat <<-'CF'
		dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		default_vsz_limit = 100T
		auth_allow_cleartext = yes
		mail_driver = maildir
		mail_path = ~/Maildir
		passdb passwd-file {
		  passwd_file_path = /etc/dovecot/users
		}
		userdb static {
		  fields {
		    uid = nobody
		    gid = nogroup
		    home = /var/mail/%{user}
		  }
		}
		CF
		;;
	esac
	cat <<-'CF'
	protocols = pop3
	ssl = no
	first_valid_uid = 1
	!include_try local.conf
	CF
}

pop_start() {
	dovecot_conf >/etc/dovecot/dovecot.conf
	echo 'fred:{PLAIN}open sesame' >/etc/dovecot/users
	chmod 644 /etc/dovecot/users
	install -d -o nobody -g nogroup /var/mail/fred
	dovecot >"$T/out" 2>&1 ||
	    bail_out 'Dovecot does not start' "$(cat "$T/out")"
}

howto port-25-blocked </dev/null
on_client ip rule add ipproto tcp dport 25 prohibit
pop_start
for section in 1 2 3 4 5 6; do
	follow $section
done
howto_done
