#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 (RFC 3629) as far as names and table keys need it. */

bool utf8_is_ascii(const char *);

/* Whether the bytes are well-formed; ASCII always is. */
bool utf8_is_valid(const char *bytes, size_t len);

/* Copy len bytes, letters of ASCII made small; the two may be the same. */
void utf8_lower_ascii(char *to, const char *from, size_t len);

#endif
