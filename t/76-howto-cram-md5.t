#!/bin/sh
# etc/howto/cram-md5-only, word for word: no mechanism that sends a password, no
# relay, and a client without reverse DNS that is let in.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/howto.sh
. "$BUILD/t/howto.sh"

howto cram-md5-only </dev/null
for section in 1 2 3 4 5 6; do
	follow $section
done
is "$(grep -c 'open sesame' /var/log/mail.log)" 0 'no password in the log'
howto_done
