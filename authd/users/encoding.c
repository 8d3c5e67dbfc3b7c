/*
 * Base64 and hex.  nettle's decoders take blanks and more, and work on one
 * digit at a time: a tenth of a login was theirs.
 */
#include <string.h>
#include <strings.h>

#include <nettle/base16.h>
#include <nettle/base64.h>

#include "encoding.h"
#include "mem.h"

void
base64_add(struct strbuf *out, const void *bytes, size_t len)
{
	size_t text_len = BASE64_ENCODE_RAW_LENGTH(len);

	strbuf_reserve(out, text_len);
	base64_encode_raw(out->bytes + out->len, len, bytes);
	out->len += text_len;
	out->bytes[out->len] = '\0';
}

void
hex_add(struct strbuf *out, const void *bytes, size_t len)
{
	size_t text_len = BASE16_ENCODE_LENGTH(len);

	strbuf_reserve(out, text_len);
	base16_encode_update(out->bytes + out->len, len, bytes);
	out->len += text_len;
	out->bytes[out->len] = '\0';
}

/* Of '+' to 'z': the value of a digit and 1; 0: it is none. */
static const unsigned char base64_digits['z' - '+' + 1] = { 63, 0, 0, 0, 64, 53,
	54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5,
	6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
	25, 26, 0, 0, 0, 0, 0, 0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,
	38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52 };

#define NO_DIGIT ~0U /* more than any */

static unsigned
base64_value(char c)
{
	unsigned value = c >= '+' && c <= 'z' ? base64_digits[c - '+'] : 0;

	return value > 0 ? value - 1 : NO_DIGIT;
}

/* Four digits; the last ones may be padding.  Returns how many bytes they are,
 * or 0 when they are none, or not the only text for these bytes. */
static size_t
decode_group(char out[3], const char *text, bool is_last)
{
	bool has_end = is_last && text[3] == '=';
	size_t padding = !has_end ? 0 : text[2] == '=' ? 2 : 1;
	unsigned first = base64_value(text[0]), second = base64_value(text[1]);
	unsigned third = padding < 2 ? base64_value(text[2]) : 0;
	unsigned fourth = padding < 1 ? base64_value(text[3]) : 0;
	unsigned bits = first << 18 | second << 12 | third << 6 | fourth;

	if ((first | second | third | fourth) == NO_DIGIT ||
	    (bits & ((1U << 8 * padding) - 1)) != 0)
		return 0;
	out[0] = (char)(bits >> 16);
	out[1] = (char)(bits >> 8);
	out[2] = (char)bits;
	return 3 - padding;
}

bool
base64_decode(struct strbuf *out, const char *text, size_t len)
{
	size_t before = out->len, n = 0;

	strbuf_reserve(out, len / 4 * 3);
	for (size_t i = 0; i + 4 <= len; i += 4) {
		n = decode_group(out->bytes + out->len, text + i, i + 4 == len);
		if (n == 0)
			break;
		out->len += n;
	}
	if (len % 4 != 0 || (len > 0 && n == 0))
		out->len = before;
	out->bytes[out->len] = '\0';
	return len == 0 || out->len > before;
}

/* The value of a digit, or -1. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
hex_decode(struct strbuf *out, const char *text, size_t len)
{
	size_t before = out->len;
	bool ok = len % 2 == 0;

	strbuf_reserve(out, len / 2);
	for (size_t i = 0; ok && i < len; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);

		ok = high != -1 && low != -1;
		if (ok)
			out->bytes[out->len++] = (char)(high << 4 | low);
	}
	if (!ok)
		out->len = before;
	out->bytes[out->len] = '\0';
	return ok;
}

bool
encoding_decode(struct strbuf *out, const char *suffix, const char *text,
    size_t raw_len)
{
	size_t len = strlen(text);

	if (strcasecmp(suffix, ".HEX") == 0 ||
	    (*suffix == '\0' && raw_len != 0 && len == 2 * raw_len))
		return hex_decode(out, text, len);
	if (*suffix == '\0' || strcasecmp(suffix, ".B64") == 0 ||
	    strcasecmp(suffix, ".BASE64") == 0)
		return base64_decode(out, text, len);
	return false;
}
