#!/bin/sh
# Tables that servers have for policyd, Postfix's proxymap(8) above all: what is
# found there, what waits, what is kept, and what happens when it fails.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

command -v postfix >/dev/null || skip_all 'needs Postfix'
command -v sqlite3 >/dev/null || skip_all 'needs sqlite3'
sandbox_has mounts || skip_all 'needs a /proc of its own'

dns_start </dev/null

# database_make NAME KEY VALUE...: a database with these rows, and its .cf
database_make() {
	database=$T/postfix/$1
	shift
	{
		echo 'CREATE TABLE map (name TEXT PRIMARY KEY, value TEXT);'
		while [ $# -gt 0 ]; do
			echo "INSERT INTO map VALUES ('$1', '$2');"
			shift 2
		done
	} | sqlite3 "$database"
	cat >"$database.cf" <<-CF
	dbpath = $database
	query = SELECT value FROM map WHERE name = '%s'
	CF
	# A password may stand in it.
	chgrp postfix "$database.cf"
	chmod 640 "$database.cf"
}

# database_set NAME KEY VALUE
database_set() {
	sqlite3 "$T/postfix/$1" "REPLACE INTO map VALUES ('$2', '$3')"
}

# answers TEXT: whether that is what the sender gets
answers() {
	case $(ask) in
	"$1") ;;
	*) return 1 ;;
	esac
}

# proxymap_end: all of them, and their connections; Postfix starts new ones
proxymap_end() {
	# shellcheck disable=SC2046 # words
	kill -9 $(pgrep -x proxymap) 2>/dev/null
}

database_make senders 'sender@example.net' 'REJECT by a database' \
    'bad.example' 'REJECT the domain' 'empty.example' ''
database_make owners 'user@example.org' 'fred@example.org, jane@example.org'
database_make domains hosted.example yes
database_make late 'sender@example.net' 'REJECT that was added'
database_make hidden 'sender@example.net' 'REJECT what nobody may see'
cat >"$T/postfix/words" <<'TABLE'
/^sender@(.*)$/ REJECT words of $1
/example/ REJECT it was asked for a part
TABLE

# Only the index is there.
echo 'sender@example.net REJECT by an index' >"$T/postfix/index"
(cd "$T/postfix" && postmap hash:index && rm index)

sqlite=proxy:sqlite:$T/postfix
union="proxy:unionmap:{sqlite:$T/postfix/owners.cf, inline:{user@example.org=joe}}"
pipe='proxy:pipemap:{inline:{sender@example.net=late}, inline:{{late = REJECT behind a pipe}}}'
postfix_start "proxy_read_maps = $sqlite/senders.cf $sqlite/owners.cf
    $sqlite/domains.cf $sqlite/missing.cf $sqlite/late.cf
    proxy:pcre:$T/postfix/words proxy:unix:passwd.byname
    proxy:hash:$T/postfix/index $union $pipe" \
    'smtpd_recipient_restrictions =' 'service_throttle_time = 1s'

conf() {
	policyd_conf "smtpd_sender_restrictions = check_sender_access $1
    reject_sender_login_mismatch" \
	    "smtpd_sender_login_maps = ${2:-$sqlite/owners.cf}" \
	    'smtpd_recipient_restrictions = reject_unauth_destination' \
	    "relay_domains = $sqlite/domains.cf" 'dns_timeout = 20s'
}
reload() {
	conf "$@"
	policyctl ask reload >/dev/null
}

conf "$sqlite/senders.cf"
daemon_run "$POLICYD" "$POLICYCTL" "$T/policyd.cf" "$T/policyd.log"
policyd_pid=$daemon_pid

# --- what is found -------------------------------------------------------------

refused='action=554 5.7.1 <sender@example.net>: Sender address rejected:'
is "$(ask)" "$refused by a database" 'a value is found'
is "$(ask sender=Sender@EXAMPLE.net)" \
    'action=554 5.7.1 <Sender@EXAMPLE.net>: Sender address rejected: by a database' \
    'whatever the case of the key'
is "$(ask sender=a@sub.bad.example)" \
    'action=554 5.7.1 <a@sub.bad.example>: Sender address rejected: the domain' \
    'a parent domain is found'
is "$(ask sender=a@good.example recipient=b@hosted.example)" action=DUNNO \
    'what is not found is not there, and relay_domains has a domain'
like "$(ask sender=a@good.example recipient=b@elsewhere.example)" \
    'action=554 5.7.1 *: Relay access denied' 'which it has not of others'
is "$(ask sender=user@example.org sasl_username=jane@example.org \
    recipient=b@hosted.example)" action=DUNNO 'smtpd_sender_login_maps has a login'
like "$(ask sender=user@example.org sasl_username=joe@example.org)" \
    'action=553 5.7.1 *: not owned by user joe@example.org' 'and not another'
like "$(ask sender=user@example.org)" 'action=553 5.7.1 *: not logged in' \
    'nor none'
is "$(ask sender=a@empty.example recipient=b@hosted.example)" action=DUNNO \
    'an empty value is none, as in Postfix'
like "$(ask "sender=a' OR 1=1 OR 'b@good.example" recipient=b@hosted.example)" \
    action=DUNNO 'a key cannot change a query'

is "$(policyctl explain sender=sender@example.net recipient=b@hosted.example |
    grep -c 'sender@example.net in proxy:sqlite:.*REJECT by a database')" 1 \
    'explain shows what was found'
like "$(policyctl ask tables)" "*$sqlite/senders.cf: asked elsewhere
*proxymap: asked *, failed 0, connections *
answers kept: *" 'so does the list of tables'

# --- who asks --------------------------------------------------------------------

child=$(pgrep -P "$policyd_pid")
is "$(stat -c %U "/proc/$child")" postfix "the child is Postfix's user"
is "$(readlink "/proc/$child/root")" "$T/queue/private" 'and locked up'
is "$(find "/proc/$child/fd" -lname 'socket:*' | wc -l)" 1 'with one socket'
is "$(grep '^Seccomp:' "/proc/$child/status")" \
    "$(grep '^Seccomp:' "/proc/$policyd_pid/status")" 'and few system calls'
is "$(stat -c %U "/proc/$policyd_pid")" sekisho-policyd \
    'policyd itself is who it was'

# --- what is kept ----------------------------------------------------------------

database_set senders sender@example.net 'REJECT another text'
is "$(ask)" "$refused by a database" 'an answer is kept'
policyctl ask flush sender@example.net >/dev/null
is "$(ask)" "$refused another text" 'until it is forgotten'
database_set senders sender@example.net OK
policyctl ask flush >/dev/null
is "$(ask recipient=b@hosted.example)" action=DUNNO 'or all are'

# --- a reload --------------------------------------------------------------------

reload "$sqlite/late.cf"
is "$(ask)" "$refused that was added" 'a reload brings another table'
reload "proxy:pcre:$T/postfix/words"
is "$(ask)" "$refused words of example.net" 'expressions, too'
is "$(ask sender=a@example.net recipient=b@hosted.example |
    cut -d: -f3)" ' it was asked for a part' 'with whole keys'
is "$(ask sender=a@b.example recipient=b@hosted.example)" \
    'action=554 5.7.1 <a@b.example>: Sender address rejected: it was asked for a part' \
    'as they are'
reload proxy:unix:passwd.byname
like "$(ask sender=root recipient=b@hosted.example)" 'action=*' \
    'users of the system can be looked up'

reload "proxy:hash:$T/postfix/index"
is "$(ask)" "$refused by an index" 'an index without its text'
reload "$pipe" "$union"
is "$(ask)" "$refused behind a pipe" 'what one table makes of what another has'
for login in jane@example.org joe; do
	is "$(ask sender=user@example.org sasl_username=$login \
	    recipient=b@hosted.example)" action=DUNNO "of two tables: $login"
done
like "$(ask sender=user@example.org sasl_username=jim)" \
    'action=553 5.7.1 *: not owned by user jim' 'none has others'

"$POLICYD" -t -c "$T/policyd.cf" 2>"$T/told"
is "$(cat "$T/told")" "" 'what proxy_read_maps names is fine'
conf "$sqlite/hidden.cf"
"$POLICYD" -t -c "$T/policyd.cf" 2>"$T/told"
like "$(cat "$T/told")" "*run: postconf -c $T/postfix -e \"proxy_read_maps = \
\$(postconf -c $T/postfix -h proxy_read_maps) $sqlite/hidden.cf\" \
&& postfix -c $T/postfix reload" 'a check says how to name another table'

# --- what fails ------------------------------------------------------------------

reload "$sqlite/hidden.cf"
is "$(ask)" 'action=451 4.3.5 <sender@example.net>: Sender address rejected: Server configuration error' \
    'a table that proxy_read_maps does not name fails'
ok 'the log says what is missing' grep -q \
    "$sqlite/hidden.cf: .*proxy_read_maps of main.cf does not name it" \
    "$T/policyd.log"
reload "$sqlite/missing.cf"
like "$(ask)" 'action=451 4.3.5 *' 'a table that proxymap cannot open fails'

reload "$sqlite/senders.cf"
policyctl ask flush >/dev/null
proxymap_end
database_set senders sender@example.net 'REJECT as before'
is "$(ask)" "$refused as before" 'proxymap may be killed'

postfix_stop
proxymap_end
policyctl ask flush >/dev/null
like "$(ask)" 'action=451 4.3.*' 'without Postfix lookups fail'
postfix -c "$T/postfix" start >>"$T/postfix.log" 2>&1
postfix_runs=yes
ok 'and work again with it' wait_for answers "$refused as before"

kill -9 "$child"
proxymap_end
policyctl ask flush >/dev/null
like "$(ask sender=a@b.example)" 'action=*' 'a killed child ends nothing'
ok 'and is missed' wait_for grep -q 'tables behind proxy: need a restart' \
    "$T/policyd.log"
like "$(ask sender=c@b.example)" 'action=451 4.3.*' 'lookups fail then'
policyd_stop
is "$ended" 0 'policyd ends well'

# --- under systemd -------------------------------------------------------------

# With the rights that its unit leaves it.
rights=$(sed -n 's/^CapabilityBoundingSet=//p' \
    "$BUILD/etc/sekisho-policyd.service" | tr A-Z' ' a-z, |
    sed 's/cap_/+/g' | paste -s -d ,)
cat >"$T/confined" <<SH
#!/bin/sh
exec setpriv --no-new-privs --bounding-set=-all,$rights "$POLICYD" "\$@"
SH
chmod +x "$T/confined"
conf "$sqlite/senders.cf"
daemon_run "$T/confined" "$POLICYCTL" "$T/policyd.cf" "$T/policyd.log"
policyd_pid=$daemon_pid
is "$(ask)" "$refused as before" 'few rights are enough'
is "$(readlink "/proc/$(pgrep -P "$policyd_pid")/root")" "$T/queue/private" \
    'and the child is locked up as well'
policyd_stop

# --- user = --------------------------------------------------------------------

conf "$sqlite/senders.cf"
echo 'user =' >>"$T/policyd.cf"
daemon_run "$POLICYD" "$POLICYCTL" "$T/policyd.cf" "$T/policyd.log"
policyd_pid=$daemon_pid
is "$(ask)" "$refused as before" 'a policyd that stays root asks, too'
child=$(pgrep -P "$policyd_pid")
policyd_stop
ok 'its child ends with it' wait_for eval "! kill -0 $child"

done_testing
