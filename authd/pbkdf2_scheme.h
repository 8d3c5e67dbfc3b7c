#ifndef PBKDF2_SCHEME_H
#define PBKDF2_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Dovecot's `{PBKDF2}$1$SALT$ROUNDS$HEX`: PBKDF2 (RFC 8018) with HMAC-SHA-1.
 * Only taken over from elsewhere.
 */
#define PBKDF2_PREFIX "{PBKDF2}"

/* NULL when it can be verified at a bounded cost. */
const char *pbkdf2_scheme_problem(const char *stored);
bool pbkdf2_scheme_verify(const char *stored, const char *password, size_t len);

#endif
