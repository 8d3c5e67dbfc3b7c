#ifndef ENCODING_H
#define ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Bytes as text: base64 (RFC 4648, 4, with padding) and hex.
 */
void base64_add(struct strbuf *out, const void *bytes, size_t len);
void hex_add(struct strbuf *out, const void *bytes, size_t len);

/*
 * Both append to out what the text stands for; the text must be nothing else
 * from its first to its last byte (white space, missing padding, bits set
 * behind the end are errors).  Return false, nothing appended, when it is not.
 */
bool base64_decode(struct strbuf *out, const char *text, size_t len);
bool hex_decode(struct strbuf *out, const char *text, size_t len);

/*
 * The same, by the suffix that Dovecot writes behind the name of a scheme:
 * `.HEX`, `.B64` or `.BASE64`, any case.  Without one it is base64, or hex
 * when it is as long as that of raw_len bytes (0: not known).
 */
bool encoding_decode(struct strbuf *out, const char *suffix, const char *text,
    size_t raw_len);

#endif
