#!/bin/sh
# etc/howto/school, word for word: users of a realm, clients with PLAIN and
# LOGIN, DNS lists of which one is dead, and what keeps people from logging in.
# shellcheck source=t/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/howto.sh
. "$BUILD/t/howto.sh"

dnsbl bl.spamcop.net ip4set <<'LIST'
:127.0.0.2:see https://www.spamcop.net/bl.shtml?$
127.0.0.2
192.0.2.66
LIST
dnsbl relays.ordb.org ip4set <<'LIST'
0.0.0.0/1
128.0.0.0/1
LIST
howto school <<'RECORDS'
example.net. IN MX 10 mail.example.net.
mail.example.net. IN A 192.0.2.9
RECORDS
for section in 1 2 3 4 5 6; do
	follow $section
done
howto_done
