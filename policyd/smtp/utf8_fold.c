/*
 * Case is folded by ICU, as in Postfix.
 */
#include <stdlib.h>
#include <string.h>

#include <unicode/ucasemap.h>

#include "utf8_fold.h"
#include "utf8.h"

static void
fold_ascii(const char *text, struct strbuf *out)
{
	size_t len = strlen(text);

	strbuf_reserve(out, len);
	utf8_lower_ascii(out->bytes + out->len, text, len);
	out->len += len;
	out->bytes[out->len] = '\0';
}

/* Full case folding (Unicode, 3.13); a character may become several. */
static void
fold_unicode(const char *text, struct strbuf *out)
{
	UErrorCode error = U_ZERO_ERROR;
	UCaseMap *map = ucasemap_open("", U_FOLD_CASE_DEFAULT, &error);
	int32_t size = (int32_t)(3 * strlen(text)); /* no text grows more */
	int32_t len;

	strbuf_reserve(out, (size_t)size);
	len = ucasemap_utf8FoldCase(map, out->bytes + out->len, size, text, -1,
	    &error);
	if (U_FAILURE(error))
		abort();
	out->len += (size_t)len;
	out->bytes[out->len] = '\0';
	ucasemap_close(map);
}

void
utf8_fold(const char *text, struct strbuf *out)
{
	if (utf8_is_ascii(text) || !utf8_is_valid(text, strlen(text)))
		fold_ascii(text, out);
	else
		fold_unicode(text, out);
}
