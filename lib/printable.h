#ifndef PRINTABLE_H
#define PRINTABLE_H

#include <stddef.h>

#include "strbuf.h"

/*
 * Text from outside on its way to a terminal or a log: nothing in it may end
 * a line or steer a terminal.  Printable is well-formed UTF-8 (RFC 3629)
 * without control characters: neither C0, DEL nor C1 (U+0080 to U+009F).
 */

/* The bytes of the printable character that text begins with; 0: there is
 * none. */
size_t printable_len(const char *text, size_t len);

/* How many bytes at the beginning of text are printable ASCII. */
size_t printable_ascii_len(const char *text, size_t len);

/* Append text, each byte that is not printable as \xHH. */
void printable_add(struct strbuf *, const char *text, size_t len);

#endif
