#ifndef ARGON2_H
#define ARGON2_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Argon2 (RFC 9106) strings, `$argon2id$v=19$m=65536,t=3,p=1$...`, which
 * crypt(3) does not know: only taken over from elsewhere.
 */

/* NULL when it can be verified at a bounded cost. */
const char *argon2_problem(const char *stored);
/* stored: without a problem.  Sets errno: 0, or why nobody knows. */
bool argon2_verify(const char *stored, const char *password, size_t len);

#endif
