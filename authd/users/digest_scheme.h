#ifndef DIGEST_SCHEME_H
#define DIGEST_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Digests of LDAP (RFC 2307) and Dovecot: `{SSHA}` and base64 of the digest,
 * followed by the salt where the scheme has one.  Weak, and only taken over
 * from elsewhere.
 */

bool digest_scheme_is_known(const char *name); /* any case */

/*
 * Take over the text of a scheme ("SSHA", "SHA256.HEX", any case), in base64
 * or hex as Dovecot writes it, and append it as we store it.
 * Returns false, nothing appended, when it is none of them.
 */
bool digest_scheme_import(struct strbuf *out, const char *scheme,
    const char *text);

const char *digest_scheme_problem(const char *stored); /* NULL: it is one */
bool digest_scheme_verify(const char *stored, const char *password, size_t len);

#endif
