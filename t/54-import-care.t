#!/bin/sh
# What import must not do in silence: move a list whose tables it cannot read,
# show a key, print what policyd would not start with, import twice.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

command -v postconf >/dev/null || skip_all 'needs postconf'

# import_of NAME: of the main.cf on standard input, and a master.cf if there is
# one; all that it says is in $T/out then, $T/errors, and the exit code in $code
import_of() {
	mkdir -p "$T/$1"
	[ -e "$T/$1/master.cf" ] || : >"$T/$1/master.cf"
	{ echo 'compatibility_level = 3.6'; cat; } >"$T/$1/main.cf"
	"$POLICYCTL" import "$T/$1" >"$T/out" 2>"$T/errors"
	code=$?
}

# says TEXT NAME; lacks TEXT NAME
says() {
	like "$(cat "$T/out")" "*$1*" "$2"
}

lacks() {
	is "$(grep -c -F -e "$1" "$T/out")" 0 "$2"
}

import_of keys <<'END'
dqs_key = sesame
rbl_reply_maps = inline:{sesame.zen.dq.example=550_not_you}
smtpd_client_restrictions = reject_rbl_client ${dqs_key}.zen.dq.example=127.0.0.[2..11]
smtpd_helo_restrictions = reject_rhsbl_helo sesame.dbl.dq.example,
    reject_rbl_client 0123456789abcdef0123456789.mail.example
postscreen_dnsbl_sites = sesame.zen.dq.example*3, bl.example*-1
postscreen_dnsbl_threshold = 3
END
is "$code" 0 'a main.cf with keys is imported'
says '
dqs_key = sesame
dnsbl_key = 0123456789abcdef0123456789
' 'keys have a parameter each'
is "$(grep -c 'sesame.*dq' "$T/out")" 1 'and stand in no zone' # but in a table
says 'reject_rbl_client ${dqs_key}.zen.dq.example=127.0.0.\[2..11]
' 'which takes it in'
says 'reject_rbl_client ${dnsbl_key}.mail.example' 'even one without a name'
says '# dnsbl_sites = ${dqs_key}.zen.dq.example\*3, bl.example\*-1
# dnsbl_reject_threshold = 3' 'sites of postscreen are offered'

import_of replies <<'END'
rbl_reply_maps = fail:replies
smtpd_client_restrictions = reject_rbl_client key.zen.example, permit_dnswl_client wl.example, reject_unknown_client_hostname
smtpd_sender_restrictions = reject_rhsbl_sender dbl.example
END
says '# stays in main.cf: reject_rbl_client key.zen.example' \
    'no list moves without its replies'
says '# stays in main.cf: reject_rhsbl_sender dbl.example' 'of any kind'
says '
    reject_unknown_client_hostname
' 'others do'

# Postfix reads for policyd what policyd cannot.
printf 'a.example\tREJECT\n' >"$T/noted"
postmap "hash:$T/noted"
mv "$T/noted" "$T/gone"
cp "$T/noted.db" "$T/gone.db"
import_of proxied <<END
proxy_read_maps = \$local_recipient_maps, proxy:ldap:/etc/postfix/logins.cf
virtual_mailbox_domains = mysql:/etc/postfix/domains.cf, b.example
smtpd_sender_login_maps = proxy:ldap:/etc/postfix/logins.cf,
    unionmap:{ proxy:mysql:/etc/postfix/a.cf, hash:/b }
smtpd_client_restrictions = check_client_access proxy:hash:$T/gone,
    check_client_access proxy:hash:$T/noted
smtpd_sender_restrictions = check_sender_access pgsql:/etc/postfix/senders.cf,
    reject_sender_login_mismatch, reject_unknown_sender_domain
END
is "$code" 0 'a main.cf with tables of Postfix is imported'
says '
virtual_mailbox_domains = proxy:mysql:/etc/postfix/domains.cf, b.example
' 'a database gets a proxy'
says '
smtpd_sender_login_maps = proxy:ldap:/etc/postfix/logins.cf, proxy:unionmap:{ mysql:/etc/postfix/a.cf, hash:/b }
' 'and keeps the one it has; a union has one for all'
says "
    check_client_access hash:$T/gone
    check_client_access proxy:hash:$T/noted
" 'an index gets one without its text only'
says '
    check_sender_access proxy:pgsql:/etc/postfix/senders.cf
    reject_sender_login_mismatch
    reject_unknown_sender_domain
' 'the whole list moves'
says "
#| proxy_read_maps = \$local_recipient_maps, proxy:ldap:/etc/postfix/logins.cf
#|     proxy:mysql:/etc/postfix/domains.cf
#|     proxy:unionmap:{ mysql:/etc/postfix/a.cf, hash:/b }
#|     proxy:hash:$T/noted
#|     proxy:pgsql:/etc/postfix/senders.cf
#
" 'main.cf learns what it has to name'

for table in 'inline:{a.example=HOLD}' 'static:HOLD' 'static:{FILTER a:b}' \
    'cidr:{{192.0.2.0/24 PREPEND X-A: b}}' 'pcre:{{/a b/ REDIRECT a@b}}' \
    'regexp:{{/x/ BCC a@b}}' 'inline:{{a.example=reject_unverified_sender}}'; do
	import_of effects <<END
smtpd_sender_restrictions = reject_non_fqdn_sender,
    check_sender_access $table, reject_unknown_sender_domain
END
	says "# stays in main.cf: check_sender_access" "$table stays"
	says '# stays in main.cf: reject_unknown_sender_domain
#	a list asks policyd once' 'and what stands behind it'
	says '
    reject_non_fqdn_sender
' 'but not what stands before'
done

import_of typo <<'END'
smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination,
    reject_rbl_client bl.example, # no more of that
    reject_unknown_sender_domian
END
says '# stays in main.cf: # no more of that reject_unknown_sender_domian
#	a comment' 'a comment is told as one thing'
import_of order <<'END'
smtpd_recipient_restrictions = permit_mynetworks, reject_unverified_recipient,
    reject_non_fqdn_sender, check_client_access static:DUNNO,
    reject_unauth_destination, reject_rbl_client bl.example,
    check_policy_service unix:private/other, reject_unknown_sender_domain
END
says '
smtpd_recipient_restrictions =
    reject_non_fqdn_sender
    check_client_access static:DUNNO
    reject_unauth_destination
    reject_rbl_client bl.example
' 'of a list moves the part with most in it'
says '
#| smtpd_recipient_restrictions =
#|     permit_mynetworks
#|     reject_unverified_recipient
#|     check_policy_service { unix:private/sekisho-policy, policy_context=smtpd_recipient_restrictions }
#|     check_client_access static:DUNNO
#|     reject_unauth_destination
#|     check_policy_service unix:private/other
#|     reject_unknown_sender_domain
' 'and the call stands in its place'

# Who is listed: only where policyd knows it as smtpd does.
lists='smtpd_sender_restrictions = reject_non_fqdn_sender, reject_unlisted_sender
smtpd_recipient_restrictions = reject_non_fqdn_recipient,
    reject_unlisted_recipient
alias_maps = hash:/etc/aliases
local_recipient_maps = proxy:unix:passwd.byname $alias_maps
virtual_mailbox_domains = box.example
virtual_mailbox_maps = mysql:/etc/postfix/boxes.cf'
import_of listed <<END
$lists
END
says '
    reject_non_fqdn_sender
    reject_unlisted_sender
' 'unlisted senders move'
says '
    reject_non_fqdn_recipient
    reject_unlisted_recipient
' 'and recipients'
says '
local_recipient_maps = proxy:unix:passwd.byname, proxy:hash:/etc/aliases
' 'the index of aliases(5) is for Postfix to read'
says '
virtual_mailbox_maps = proxy:mysql:/etc/postfix/boxes.cf
' 'and so is a database'
says '
#|     proxy:hash:/etc/aliases
#|     proxy:mysql:/etc/postfix/boxes.cf
' 'which main.cf learns'
lacks 'relay_recipient_maps =' 'nothing is said of what main.cf says'
import_of unasked <<'END'
virtual_mailbox_domains = box.example
virtual_mailbox_maps = mysql:/etc/postfix/boxes.cf
local_recipient_maps = fail:
smtpd_sender_restrictions = reject_non_fqdn_sender
END
lacks boxes.cf 'and not of tables that nobody asks for'
says '
    reject_non_fqdn_sender
' 'which hold up nothing'

# stays_for REASON LINE ...: neither of the two moves
stays_for() {
	reason=$1
	shift
	{ echo "$lists"; printf '%s\n' "$@"; } | import_of unlisted
	says "# stays in main.cf: reject_unlisted_sender
#	$reason" "$1: the sender stays"
	says "# stays in main.cf: reject_unlisted_recipient
#	$reason" "$1: so does the recipient"
	lacks boxes.cf "$1: and no table moves"
}

stays_for 'it needs transport_maps, and there is fail:' 'transport_maps = fail:x'
stays_for 'it needs transport_maps, and there is a $1 in pcre:{{/^(.*)@b/ x:$1}}' \
    'transport_maps = pcre:{{/^(.*)@b/ x:$$1}}'
stays_for 'it needs virtual_mailbox_domains, and there is' \
    'virtual_mailbox_domains = fail:x'
stays_for 'receive_override_options says that it does nothing here' \
    'receive_override_options = no_milters, no_unknown_recipient_checks'
stays_for 'policyd knows no double_bounce_sender but double-bounce' \
    'double_bounce_sender = bounces'
stays_for 'policyd knows no owner_request_special but yes' \
    'owner_request_special = no' 'recipient_delimiter = +-'
stays_for 'policyd knows no empty_address_relayhost_maps_lookup_key but <>' \
    'empty_address_relayhost_maps_lookup_key = nobody'

once='smtpd looks at each address once, and may have done so before this list'
import_of places <<'END'
smtpd_delay_reject = no
smtpd_restriction_classes = listed
listed = reject_non_fqdn_sender, reject_unlisted_sender
smtpd_helo_restrictions = reject_non_fqdn_helo_hostname, reject_unlisted_sender
smtpd_sender_restrictions = reject_unlisted_sender
smtpd_recipient_restrictions = reject_unlisted_recipient, listed,
    check_sender_access inline:{{a.example=reject_unlisted_recipient}}
smtpd_data_restrictions = reject_unlisted_recipient
END
says "# stays in main.cf: reject_unlisted_sender
#	$once
smtpd_helo_restrictions" 'a sender stays before its own list'
says 'smtpd_sender_restrictions =
    reject_unlisted_sender
' 'moves there'
says "# stays in main.cf: listed
#	$once" 'and stays behind it without smtpd_delay_reject, in a class, too'
says 'smtpd_recipient_restrictions =
    reject_unlisted_recipient
' 'as no recipient does'
says '#	the table answers reject_unlisted_recipient, which has to stay' \
    'but in the answer of a table'
says "# stays in main.cf: reject_unlisted_recipient
#	$once
smtpd_data_restrictions" 'or behind DATA'
import_of placed <<'END'
smtpd_recipient_restrictions = reject_unlisted_sender
END
says 'smtpd_recipient_restrictions =
    reject_unlisted_sender
' 'with it a sender moves there, too'

import_of circle <<'END'
smtpd_restriction_classes = one, other
one = other, reject_non_fqdn_sender
other = one
smtpd_recipient_restrictions = one, other, reject_non_fqdn_recipient
END
says '#	the class one holds what has to stay' \
    'a class that holds itself does not move'

mkdir "$T/own"
cat >"$T/own/master.cf" <<'END'
smtp inet n - n - - smtpd
  -o recipient_delimiter=-
submission inet n - n - - smtpd
  -o virtual_alias_maps=inline:{a@b.example=c}
END
echo "$lists" | import_of own
says '# stays in smtp/inet: reject_unlisted_recipient
#	trivial-rewrite(8) does not know this service?s recipient_delimiter' \
    'what trivial-rewrite has otherwise holds up a service'
says '
submission/virtual_alias_maps = inline:{a@b.example=c}
' 'its own tables do not'

import_of typo <<'END'
smtpd_recipient_restrictions = reject_unknown_sender_domian
END
says 'did you mean reject_unknown_sender_domain?' 'a typo gets a hint'

import_of stress <<'END'
mynetworks = 127.0.0.0/8, ${stress?{192.0.2.1}:{192.0.2.0/24}}
relay_domains = ${stress?{a.example}:{b.example}}
parent_domain_matches_subdomains = ${stress?{}:{relay_domains}}
smtpd_sender_restrictions = permit_mynetworks, reject_unknown_sender_domain
END
says '
mynetworks = ${stress?{127.0.0.0/8, 192.0.2.1}:{127.0.0.0/8, 192.0.2.0/24}}
' 'what depends on stress goes on to'
says '
parent_domain_matches_subdomains = ${stress?{}:{relay_domains}}
' 'whatever it is'
lacks 'relay_domains = ' 'but trivial-rewrite knows no stress'

import_of other <<'END'
queue_directory = /var/spool/second
smtpd_sender_restrictions = reject_unknown_sender_domain
END
says '
listen = unix:/var/spool/second/private/sekisho-policy
' 'another queue directory is listened in'
import_of owner <<'END'
mail_owner = daemon
smtpd_sender_restrictions = reject_unknown_sender_domain
END
says '
listen = { unix:/var/spool/postfix/private/sekisho-policy, owner = daemon, group = daemon, mode = 0660 }
' 'for another mail owner'

import_of wrong <<'END'
reject_code = 250
smtpd_sender_restrictions = reject
END
is "$code $(cat "$T/out")" '78 ' 'nothing is written that policyd refuses'
like "$(cat "$T/errors")" '*policyd.cf:*reject_code = 250: expected*' 'but why'

import_of twice <<'END'
smtpd_recipient_restrictions = check_policy_service unix:private/sekisho-policy
END
is "$code $(cat "$T/out")" '1 ' 'what asks policyd already is refused'
like "$(cat "$T/errors")" \
    '*smtpd_recipient_restrictions asks policyd already: the rules stand in /etc/sekisho/policyd.cf*' \
    'with the place of the rules'
mkdir "$T/again"
cat >"$T/again/master.cf" <<'END'
submission inet n - n - - smtpd
  -o { smtpd_data_restrictions = check_policy_service { unix:private/sekisho-policy, timeout=3s } }
END
import_of again </dev/null
is "$code" 1 'a service that does so is'

mkdir "$T/services"
cat >"$T/services/master.cf" <<'END'
submission inet n - n - - smtpd
  -o mynetworks=
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
smtps inet n - n - - smtpd
  -osmtpd_sender_restrictions=reject_unknown_sender_domain,permit
  -o{mynetworks=192.0.2.1}
END
import_of services <<'END'
smtpd_sender_restrictions = permit_mynetworks, reject_sender_login_mismatch
END
says '
submission/mynetworks =
' 'a service has parameters of its own'
says '
#submission/inet|   -o { smtpd_sender_restrictions = check_policy_service { unix:private/sekisho-policy, policy_context=submission/smtpd_sender_restrictions } }
' 'and a line that asks for them'
says '
smtps/smtpd_sender_restrictions =
    reject_unknown_sender_domain
    permit
' 'an option that is stuck to its -o is one, too'
lacks 'smtps/mynetworks' 'which braces make none'
lacks 'left as it is' 'nothing is said to be as it was'

cat >"$T/elsewhere.cf" <<END
listen = inet:127.0.0.1:10040, { unix:/var/spool/second/own/policy, mode = 0666 }
END
for address in inet:127.0.0.1:10040 unix:own/policy \
    unix:/var/spool/second/own/policy; do
	cat >"$T/again/main.cf" <<END
queue_directory = /var/spool/second
smtpd_data_restrictions = check_policy_service $address
END
	: >"$T/again/master.cf"
	"$POLICYCTL" -c "$T/elsewhere.cf" import "$T/again" >"$T/out" 2>&1
	is $? 1 "so is what asks policyd at $address"
done

cat >"$T/pasted.cf" <<'END'
user =
postfix_config_directory =
postscreen_greet_action = enforce
smtpd_helo_required = yes
smtpd_clinet_restrictions = reject
END
is "$("$POLICYD" -t -c "$T/pasted.cf" 2>&1 | sed "s,.*$T/,,")" \
    'pasted.cf:3: postscreen_greet_action: keep it in main.cf
pasted.cf:4: smtpd_helo_required: keep it in main.cf
pasted.cf:5: unknown parameter smtpd_clinet_restrictions, did you mean smtpd_client_restrictions?' \
    'what is pasted from main.cf is told to stay there'

cat >"$T/wrong.cf" <<'END'
user =
postfix_config_directory =
key = opensesame
smtpd_client_restrictions = reject_rbl_client ${key}..zen.example,
    reject_rbl_client ${key}.zen.example=127.0.0.x,
    reject_rbl_client 0123456789abcdef.a+b.example
dnsbl_sites = ${key}.zen.example*x, 0123456789abcdef.dbl.example*7777777777
END
"$POLICYD" -t -c "$T/wrong.cf" >"$T/out" 2>&1
is "$? $(wc -l <"$T/out")" '78 5' 'wrong zones are errors'
lacks opensesame 'which show no key'
lacks 0123456789abcdef 'of either kind'

import_of stays <<'END'
rbl_reply_maps = fail:replies
smtpd_client_restrictions = reject_rbl_client 0123456789abcdef.zen.example
END
says '# stays in main.cf: reject_rbl_client ${dnsbl_key}.zen.example' \
    'nor does a zone that stays'

# A key is nowhere to be seen, but where it is written down.
policyd_start 'dns_timeout = 1s
key = opensesame
smtpd_client_restrictions = reject_rbl_client ${key}.zen.example,
    permit_dnswl_client $key.wl.example, reject_dnsbl_score
smtpd_sender_restrictions =
    reject_rhsbl_sender 0123456789abcdef.dbl.example=127.0.0.2
dnsbl_sites = $key.zen.example*2'
ask client_address=192.0.2.1 client_name=mx.example.net \
    sender=a@example.net recipient=b@example.net >"$T/shown"
policyctl explain client_address=192.0.2.1 client_name=mx.example.net \
    reverse_client_name=mx.example.net \
    sender=a@example.net recipient=b@example.net >>"$T/shown" 2>&1
for command in lists 'lists -j' rules 'rules -j' stats 'ask metrics'; do
	# shellcheck disable=SC2086 # words
	policyctl $command >>"$T/shown"
done
cat "$T/policyd.log" >>"$T/shown"
is "$(grep -c -e opensesame -e 0123456789abcdef "$T/shown")" 0 \
    'no key is shown'
is "$(grep -c 'zen\.example' "$T/shown" | sed 's/^[1-9].*/some/')" some \
    'but its zone is'
policyd_stop

if [ "$(id -u)" = 0 ] && id sekisho-policyd >/dev/null 2>&1; then
	chmod 755 "$T"
	echo 'a.example REJECT' >"$T/rootsonly"
	chmod 600 "$T/rootsonly"
	import_of secret <<END
smtpd_sender_restrictions = check_sender_access texthash:$T/rootsonly
END
	says '# stays in main.cf: check_sender_access' \
	    'a table that only root reads stays'
	says 'Permission denied' 'with the reason'
	cat >"$T/secret.cf" <<END
postfix_config_directory =
smtpd_sender_restrictions = check_sender_access texthash:$T/rootsonly
END
	grep -v '^sekisho-policyd:' /etc/passwd >"$T/passwd"
	without="mount --bind $T/passwd /etc/passwd && \
	    mount --bind /dev/null /etc/nsswitch.conf && exec"
	told_before=$(grep -c 'does not exist yet' "$T/out")
	unshare --mount sh -c "$without '$POLICYCTL' import '$T/secret'" \
	    >"$T/out" 2>&1
	says 'The user sekisho-policyd does not exist yet' \
	    'a user that is missing is told'
	is "$told_before" 0 'and only one that is'
	out=$("$POLICYD" -t -c "$T/secret.cf" 2>&1)
	is $? 66 'policyd -t sees what its user sees'
	like "$out" '*sekisho-policyd may not read it: chgrp*' 'and says who'
fi
done_testing
