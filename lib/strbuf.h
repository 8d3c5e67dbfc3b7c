#ifndef STRBUF_H
#define STRBUF_H

#include <stdarg.h>
#include <stddef.h>

/*
 * A growing byte string.  `= { 0 }` is a valid empty one; bytes is NULL until
 * something was added, and always followed by a NUL that len does not count.
 */
struct strbuf {
	char *bytes;
	size_t len;
	size_t size; /* allocated */
};

void strbuf_add(struct strbuf *, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *, const char *);
void strbuf_addu(struct strbuf *, unsigned long); /* in decimal */
void strbuf_addf(struct strbuf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

/* The text, borrowed until the next change; "" when nothing was added. */
const char *strbuf_str(const struct strbuf *);

/* Forget everything from byte len on.  len: at most the present length. */
void strbuf_truncate(struct strbuf *, size_t len);

/* Give the text away: the caller frees it; the strbuf is empty afterwards. */
char *strbuf_detach(struct strbuf *);

/* Back to the all-zero value. */
void strbuf_free(struct strbuf *);

/* As strbuf_free, for a buffer that held a secret: every byte is wiped.
 * A secret must be reserved for in one go: growing leaves copies behind. */
void strbuf_wipe(struct strbuf *);

/* Make room for len more bytes without another allocation. */
void strbuf_reserve(struct strbuf *, size_t len);

static inline void
strbuf_addc(struct strbuf *sb, char c)
{
	if (sb->size - sb->len < 2)
		strbuf_reserve(sb, 1);
	sb->bytes[sb->len++] = c;
	sb->bytes[sb->len] = '\0';
}

#endif
