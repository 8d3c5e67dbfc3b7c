#!/bin/sh
# t/scenarios: a file for each family of restrictions, with what Postfix 3.7
# answered to the same requests.  Where its 450 was put off to the end, policyd
# says DEFER_IF_PERMIT; contexts and scores Postfix has not.
BUILD=${BUILD:-$(cd "$(dirname "$0")/.." && pwd)}
LC_ALL=C
export LC_ALL
T=$(mktemp -d "${TMPDIR:-/tmp}/sekisho.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 130' HUP INT TERM
# shellcheck source=t/tap.sh
. "$BUILD/t/tap.sh"

logs_show() {
	:
}

# Those that a list can hold for policyd, but for prefixes, which stand in no
# rule of their own.
restrictions() {
	policyd/policyd -R | awk '
		/^\.It Ic / { name = $3; next }
		name != "" && !/^(Not for a policy service|A prefix):/ {
			print name
		}
		{ name = "" }'
}

# Of the rules of test --rules those that some request of their configuration
# was decided by, and some other was not.
decided() {
	awk '
		/: [0-9]+ requests$/ { requests = $(NF - 1) }
		/^ +[0-9]+  / && $1 > 0 && $1 < requests { print $3 }' \
	    "$T/rules" | sort -u
}

cd "$BUILD" || exit 1
for scenario in t/scenarios/*.scenario; do
	name=${scenario##*/}
	ok "${name%.scenario}" policyd/policyctl test "$scenario" --rules
	cat "$T/out" >>"$T/rules"
done

restrictions | sort >"$T/restrictions"
ok 'there are restrictions' test -s "$T/restrictions"
decided >"$T/decided"
is "$(comm -23 "$T/restrictions" "$T/decided")" '' \
    'each of them decides one request, and another one not'
tests_end
