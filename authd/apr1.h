#ifndef APR1_H
#define APR1_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Apache's variant of md5crypt, `$apr1$SALT$HASH`, the default of old
 * htpasswd(1).  Weak, and only taken over from elsewhere.
 */
const char *apr1_problem(const char *stored); /* NULL: it is one */
bool apr1_verify(const char *stored, const char *password, size_t len);

#endif
