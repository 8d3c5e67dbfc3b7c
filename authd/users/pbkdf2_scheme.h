#ifndef PBKDF2_SCHEME_H
#define PBKDF2_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * PBKDF2 (RFC 8018), only taken over from elsewhere:
 *
 *	{PBKDF2}$1$SALT$ROUNDS$HEX	Dovecot, HMAC-SHA-1
 *	{PBKDF2-SHA256}ROUNDS$SALT$HASH	OpenLDAP, also -SHA1 and -SHA512
 */
#define PBKDF2_PREFIX "{PBKDF2"

/* Append the text of a scheme ("pbkdf2", any case) as we store it; false,
 * nothing appended, when it is none of them. */
bool pbkdf2_scheme_import(struct strbuf *out, const char *scheme,
    const char *text);

/* NULL when it can be verified at a bounded cost. */
const char *pbkdf2_scheme_problem(const char *stored);
bool pbkdf2_scheme_verify(const char *stored, const char *password, size_t len);

#endif
