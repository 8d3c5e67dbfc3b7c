# What the tests of rehash share: users who came with weak hashes, and what waits
# after they have logged in.
# Variables that are used by the file which sources this one:
# shellcheck shell=dash disable=SC2034,SC2154

SPOOL=$T/last/rehash
SECRET=sesame-1

start() {
	authd_start 'mechanisms = PLAIN LOGIN SCRAM-SHA-256 CRAM-MD5' \
	    'auth_failure_delay = 0' 'password_scheme = yescrypt:1' \
	    'scram_iterations = 4096' "$@"
}

import_users() {
	for user; do
		echo "$user:{SHA512-CRYPT}$(openssl passwd -6 "$SECRET")"
	done >"$T/passwd"
	authctl import passwd-file "$T/passwd" --replace >/dev/null 2>&1
}

# By PLAIN.
logs_in() {
	[ "$(timeout "$DEADLINE" "$BUILD/t/login" "$AUTH_SOCKET" "$1" "$2")" = \
	    "OK user=$1@example.org" ]
}

waiting() {
	find "$SPOOL" -type f -name '[0-9a-f]*' | wc -l
}
waits() {
	[ "$(waiting)" = "$1" ]
}

log_count() {
	grep -c "$1" "$T/authd.log"
}
