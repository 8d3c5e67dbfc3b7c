/*
 * What of a text can be shown as it is.
 */
#include <stdbool.h>

#include "printable.h"
#include "eight_bytes.h"

/* The ranges of the first two bytes of each form (RFC 3629, 4); all others are
 * 80 to BF.  Left out are the controls. */
static const struct {
	unsigned char first_min, first_max, second_min, second_max;
	size_t len;
} forms[] = {
	{ 0x20, 0x7e, 0, 0, 1 },
	{ 0xc2, 0xc2, 0xa0, 0xbf, 2 },
	{ 0xc3, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static bool
is_within(char c, unsigned char min, unsigned char max)
{
	return (unsigned char)c >= min && (unsigned char)c <= max;
}

static bool
are_ascii(uint64_t bytes)
{
	uint64_t low = bytes & ~EIGHT_HIGH_BITS;
	uint64_t from_blank = low + (0x80 - ' ') * EIGHT_ONES;
	uint64_t from_del = low + (0x80 - 0x7f) * EIGHT_ONES;

	return ((bytes | ~from_blank | from_del) & EIGHT_HIGH_BITS) == 0;
}

size_t
printable_ascii_len(const char *text, size_t len)
{
	size_t i = 0;

	while (len - i >= sizeof(uint64_t) && are_ascii(eight_bytes(text + i)))
		i += sizeof(uint64_t);
	while (i < len && is_within(text[i], 0x20, 0x7e))
		i++;
	return i;
}

size_t
printable_len(const char *text, size_t len)
{
	for (size_t i = 0; len > 0 && i < sizeof forms / sizeof forms[0]; i++) {
		size_t n = forms[i].len;

		if (!is_within(text[0], forms[i].first_min, forms[i].first_max))
			continue;
		if (n == 1)
			return 1;
		if (n > len ||
		    !is_within(text[1], forms[i].second_min,
			forms[i].second_max))
			return 0;
		while (n > 2 && is_within(text[n - 1], 0x80, 0xbf))
			n--;
		return n == 2 ? forms[i].len : 0;
	}
	return 0;
}

void
printable_add(struct strbuf *out, const char *text, size_t len)
{
	size_t start = 0, i = 0, n;

	while (i < len) {
		i += printable_ascii_len(text + i, len - i); /* nearly all */
		n = printable_len(text + i, len - i);
		if (n > 0) {
			i += n;
			continue;
		}
		if (i == len)
			break;
		strbuf_add(out, text + start, i - start);
		strbuf_addf(out, "\\x%02x", (unsigned char)text[i]);
		start = ++i;
	}
	strbuf_add(out, text + start, len - start);
}
