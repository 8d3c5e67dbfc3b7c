/*
 * Text that is built piece by piece.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strbuf.h"
#include "mem.h"

void
strbuf_reserve(struct strbuf *sb, size_t len)
{
	size_t want;

	if (len >= SIZE_MAX / 2 - sb->len)
		abort();
	want = sb->len + len + 1;
	if (want <= sb->size)
		return;
	if (want < sb->size * 2)
		want = sb->size * 2;
	if (want < 64)
		want = 64;
	sb->bytes = xreallocarray(sb->bytes, want, 1);
	sb->bytes[sb->len] = '\0';
	sb->size = want;
}

void
strbuf_add(struct strbuf *sb, const void *bytes, size_t len)
{
	if (len >= sb->size - sb->len)
		strbuf_reserve(sb, len);
	if (len > 0)
		memcpy(sb->bytes + sb->len, bytes, len);
	sb->len += len;
	sb->bytes[sb->len] = '\0';
}

void
strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void
strbuf_addu(struct strbuf *sb, unsigned long n)
{
	char digits[3 * sizeof n];
	char *end = digits + sizeof digits, *p = end;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	strbuf_add(sb, p, (size_t)(end - p));
}

void
strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int len;

	strbuf_reserve(sb, 0);
	room = sb->size - sb->len;
	va_copy(again, ap);
	len = vsnprintf(sb->bytes + sb->len, room, fmt, ap);
	if (len < 0)
		abort();
	if ((size_t)len >= room) {
		strbuf_reserve(sb, (size_t)len);
		vsnprintf(sb->bytes + sb->len, (size_t)len + 1, fmt, again);
	}
	sb->len += (size_t)len;
	va_end(again);
}

void
strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

const char *
strbuf_str(const struct strbuf *sb)
{
	return sb->bytes != NULL ? sb->bytes : "";
}

void
strbuf_truncate(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->bytes[len] = '\0';
}

char *
strbuf_detach(struct strbuf *sb)
{
	char *text = sb->bytes != NULL ? sb->bytes : xstrdup("");

	*sb = (struct strbuf){ 0 };
	return text;
}

void
strbuf_free(struct strbuf *sb)
{
	free(sb->bytes);
	*sb = (struct strbuf){ 0 };
}

void
strbuf_wipe(struct strbuf *sb)
{
	secret_free(sb->bytes, sb->size);
	*sb = (struct strbuf){ 0 };
}
