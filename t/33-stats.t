#!/bin/sh
# stats of both daemons: the same figures as text and as JSON.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"

# figure TOOL PATH: the value of a figure, a path of keys, from the JSON
figure() {
	"$1" stats -j | perl -MJSON::PP -e '
		my $value = decode_json(<STDIN>);
		$value = $value->{$_} for split /\./, shift;
		print $value' "$2"
}

# flat TOOL: the JSON, written as the text is; the times that pass apart
flat() {
	"$1" stats -j | perl -MJSON::PP -e '
		sub show {
			my ($prefix, $value) = @_;
			return print "$prefix: $value\n" if !ref $value;
			show($prefix eq "" ? $_ : "$prefix $_", $value->{$_})
			    for keys %$value;
		}
		show("", decode_json(<STDIN>))' | tr _ ' ' | sort | timeless
}
timeless() {
	grep -v '^uptime'
}

authd_start 'auth_failure_delay = 0'
user_add fred secret || bail_out 'no user'
"$BUILD/t/login" "$AUTH_SOCKET" fred secret >/dev/null
"$BUILD/t/login" "$AUTH_SOCKET" fred wrong >/dev/null
policyd_start 'smtpd_client_restrictions = check_client_access inline:{192.0.2.1=reject}'
ask client_address=192.0.2.1 >/dev/null
ask client_address=192.0.2.2 >/dev/null

is "$(figure authctl logins.PLAIN.ok) $(figure authctl logins.PLAIN.fail)" \
    '1 1' 'authd: logins'
is "$(figure policyctl refused) $(figure policyctl passed)" '1 1' \
    'policyd: answers'
for d in authd policyd; do
	tool=${d%d}ctl
	ok "$tool: one line of JSON" \
	    [ "$($tool stats -j | wc -l)" = 1 ]
	is "$(flat $tool)" "$($tool stats | sort | timeless)" \
	    "$tool: JSON has what the text has"
	is "$($tool ask stats | timeless)" "$($tool stats | timeless)" \
	    "$tool: the command is the daemon's"
	exits 64 "$tool: no argument" \
	    "$BUILD/$d/$tool" -c "$T/$d.cf" stats x
	exits 1 "$tool: nor from others" \
	    "$BUILD/$d/$tool" -c "$T/$d.cf" ask 'stats x'
	like "$(cat "$T/out")" '*stats takes no argument but -j' "$tool: says so"
done
exits 1 'rules neither' "$POLICYCTL" -c "$T/policyd.cf" ask 'rules x'
done_testing
