#!/bin/sh
# POP before SMTP beside AUTH on a stock Postfix, with a real Dovecot; and its
# end.  It reads as one would do it.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

sandbox_has net || skip_all 'needs a network of its own'
for address in 192.0.2.9 192.0.2.10; do
	ip addr add $address/32 dev lo
done

# relay_from ADDRESS: what a client hears who wants to send to the world
relay_from() {
	smtp --local-interface "$1" --to friend@example.net
}

# fetch_mail ADDRESS PASSWORD: by POP, from there
fetch_mail() {
	curl --silent --show-error --max-time "$DEADLINE" --interface "$1" \
	    --user "fred:$2" "pop3://127.0.0.1:10110/" >"$T/out" 2>&1
}

# --- 1. Dovecot, with the hook behind its login

dovecot_conf() {
	case $(dovecot --version) in
	2.3.*)
		cat <<-END
		passdb {
		  driver = passwd-file
		  args = $T/dovecot/users
		}
		userdb {
		  driver = static
		  args = uid=nobody gid=nogroup home=$T/dovecot/home
		}
		mail_location = maildir:~/Maildir
		END
		;;
	*)
		cat <<-END
		dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		passdb passwd-file {
		  passwd_file_path = $T/dovecot/users
		}
		userdb static {
		  fields {
		    uid = nobody
		    gid = nogroup
		    home = $T/dovecot/home
		  }
		}
		mail_driver = maildir
		mail_path = ~/Maildir
		END
		;;
	esac
	cat <<-END
	base_dir = $T/dovecot/run
	state_dir = $T/dovecot/state
	log_path = $T/dovecot/log
	protocols = pop3
	listen = 127.0.0.1
	ssl = no
	disable_plaintext_auth = no
	auth_failure_delay = 0
	first_valid_uid = 1
	service pop3-login {
	  inet_listener pop3 {
	    port = 10110
	  }
	}
	service pop3 {
	  executable = pop3 pop3-postlogin
	}
	service pop3-postlogin {
	  executable = script-login $T/pop-before-smtp
	  user = daemon
	  vsz_limit = 0
	  unix_listener pop3-postlogin {
	  }
	}
	END
}

dovecot_start() {
	mkdir "$T/dovecot"
	install -d -o nobody -g nogroup "$T/dovecot/home"
	echo 'fred:{PLAIN}secret' >"$T/dovecot/users"
	chmod 644 "$T/dovecot/users"
	dovecot_conf >"$T/dovecot/conf"
	case $(dovecot --version) in
	2.3.*) ;;
	*) sed -i 's/^disable_plaintext_auth = no/auth_allow_cleartext = yes/' \
	    "$T/dovecot/conf" ;;
	esac
	dovecot -F -c "$T/dovecot/conf" >"$T/dovecot.log" 2>&1 &
	dovecot_pid=$!
	wait_for fetch_mail 127.0.0.1 secret || {
		cat "$T/dovecot/log" >&2
		bail_out 'Dovecot does not start'
	}
}

# The hook as it is installed, with the program where it is built.
sed "s,@SBIN@/sekisho-policyctl,$POLICYCTL -c $T/policyd.cf," \
    "$BUILD/etc/pop-before-smtp" >"$T/pop-before-smtp"
chmod 755 "$T/pop-before-smtp"

# --- 2. main.cf asks by name, beside AUTH

relay_restrictions="permit_mynetworks, permit_sasl_authenticated,
    check_policy_service { unix:private/sekisho-policy,
        policy_context=dynamic_relay_clients },
    reject_unauth_destination"
dns_start </dev/null
postfix_start 'mynetworks = 127.0.0.0/8' \
    "smtpd_relay_restrictions = $relay_restrictions"
authd_start
user_add fred@example.org secret

# --- 3. policyd lets the hook's user do it

policyd_start_with_clock 'control_admins = daemon' \
    "control_socket = { unix:$T/policyd.ctl, mode = 0666 }" \
    'smtpd_recipient_restrictions = check_dynamic_client_access'
chmod 644 "$T/policyd.cf"
dovecot_start
policyctl forget 127.0.0.1

# --- and so it works

like "$(relay_from 192.0.2.9)" '554 5.7.1 *Relay access denied' \
    'nobody relays who has not fetched mail'
fetch_mail 192.0.2.9 wrong
like "$(relay_from 192.0.2.9)" '554 5.7.1 *Relay access denied' \
    'nor who tried with a wrong password'
ok 'mail is fetched' fetch_mail 192.0.2.9 secret
like "$(policyctl clients)" \
    'allow, relay 192.0.2.9, *m left: mail was fetched by fred' \
    'policyd has been told'
like "$(relay_from 192.0.2.9)" '250 2.0.0 Ok: queued as *' \
    'he who fetched mail relays'
like "$(relay_from 192.0.2.10)" '554 5.7.1 *Relay access denied' \
    'from his address only'
like "$(smtp -p "$SUBMISSION_PORT" --tls --auth PLAIN --local-interface 192.0.2.10 \
    --auth-user fred@example.org --auth-password secret \
    --from fred@example.org --to friend@example.net)" \
    '250 2.0.0 Ok: queued as *' 'AUTH goes on beside it'
policyctl deny 192.0.2.9
like "$(relay_from 192.0.2.9)" '554 5.7.1 *Relay access denied' \
    'who is denied does not relay'
like "$(smtp --local-interface 192.0.2.9)" \
    '554 5.7.1 *<unknown\[192.0.2.9\]>: Client host rejected: Access denied' \
    'nor send anything, with that text'
policyctl forget 192.0.2.9
ok 'mail is fetched again' fetch_mail 192.0.2.9 secret
clock_set +31m
like "$(relay_from 192.0.2.9)" '554 5.7.1 *Relay access denied' \
    'after half an hour it is over'
policyd_stop
ok 'without policyd a login goes on' fetch_mail 192.0.2.9 secret
like "$(relay_from 192.0.2.9)" '451 4.3.5 *' 'and nothing is relayed'

# --- 4. the end of POP before SMTP: take the call out of main.cf

policyd_start 'control_admins = daemon' \
    "control_socket = { unix:$T/policyd.ctl, mode = 0666 }"
chmod 644 "$T/policyd.cf"
ok 'mail is fetched' fetch_mail 192.0.2.9 secret
like "$(relay_from 192.0.2.9)" '250 2.0.0 Ok: queued as *' 'as before'
without='permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination'
postconf -c "$T/postfix" -e "smtpd_relay_restrictions = $without"
postfix -c "$T/postfix" reload >/dev/null 2>&1
is_denied() {
	relay_from 192.0.2.9 | grep -q 'Relay access denied'
}
wait_for is_denied
result $? 'who is still allowed relays no more'
like "$(smtp -p "$SUBMISSION_PORT" --tls --auth PLAIN --local-interface 192.0.2.9 \
    --auth-user fred@example.org --auth-password secret \
    --from fred@example.org --to friend@example.net)" \
    '250 2.0.0 Ok: queued as *' 'AUTH does'
kill "$dovecot_pid"
wait "$dovecot_pid" 2>/dev/null

done_testing
