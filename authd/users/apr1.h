#ifndef APR1_H
#define APR1_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Apache's variant of md5crypt, `$apr1$SALT$HASH`, the default of old
 * htpasswd(1).  Weak, and only taken over from elsewhere.
 */
/*
 * Take over OpenLDAP's {APR1} and {BSDMD5} (prefix "$apr1$" and "$1$"): base64
 * of the digest and its salt.  Returns false, nothing appended, when it is
 * none.
 */
bool apr1_import(struct strbuf *out, const char *prefix, const char *text);

const char *apr1_problem(const char *stored); /* NULL: it is one */
bool apr1_verify(const char *stored, const char *password, size_t len);

#endif
