#!/bin/sh
# Both daemons start under a real systemd, beside Debian's Postfix.
# shellcheck source=t/hosts/lib.sh
. "$(dirname "$0")/lib.sh"

host_start mx make postfix
sekisho_install mx
for daemon in authd policyd; do
	ok "$daemon takes its configuration" \
	    in_host mx sekisho-$daemon -t
done
done_testing
