/*
 * UTF-8 (RFC 3629).  Lower case by the C.UTF-8 locale of the C library; where
 * that is missing, only ASCII letters are folded.
 */
#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "utf8.h"

#define ONE_BYTE_MAX   0x7fU
#define TWO_BYTE_MAX   0x7ffU
#define THREE_BYTE_MAX 0xffffU
#define CODE_MAX       0x10ffffU

static pthread_once_t once = PTHREAD_ONCE_INIT; /* tables are read in threads */
static locale_t utf8;

static void
make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* Decode one character.  Returns its bytes, 0 when it is not well-formed. */
static size_t
decode(const unsigned char *p, size_t len, unsigned *code)
{
	unsigned least;
	size_t n;

	if (p[0] <= ONE_BYTE_MAX) {
		*code = p[0];
		return 1;
	}
	if ((p[0] & 0xe0) == 0xc0) {
		n = 2;
		least = ONE_BYTE_MAX + 1;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3;
		least = TWO_BYTE_MAX + 1;
	} else if ((p[0] & 0xf8) == 0xf0) {
		n = 4;
		least = THREE_BYTE_MAX + 1;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	*code = p[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fU);
	}
	if (*code < least || *code > CODE_MAX ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

static void
encode(struct strbuf *out, unsigned code)
{
	if (code <= ONE_BYTE_MAX) {
		strbuf_addc(out, (char)code);
		return;
	}
	if (code <= TWO_BYTE_MAX) {
		strbuf_addc(out, (char)(0xc0 | code >> 6));
	} else {
		if (code <= THREE_BYTE_MAX) {
			strbuf_addc(out, (char)(0xe0 | code >> 12));
		} else {
			strbuf_addc(out, (char)(0xf0 | code >> 18));
			strbuf_addc(out, (char)(0x80 | (code >> 12 & 0x3f)));
		}
		strbuf_addc(out, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	strbuf_addc(out, (char)(0x80 | (code & 0x3f)));
}

bool
utf8_is_valid(const char *bytes, size_t len)
{
	unsigned code;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = decode((const unsigned char *)bytes + i, len - i, &code);
		if (n == 0)
			return false;
	}
	return true;
}

void
utf8_fold(const char *text, struct strbuf *out)
{
	size_t len = strlen(text), n;
	unsigned code;

	pthread_once(&once, make_locale);
	for (size_t i = 0; i < len; i += n) {
		n = decode((const unsigned char *)text + i, len - i, &code);
		if (n == 0) {
			n = 1;
			strbuf_addc(out, text[i]);
		} else if (n == 1) {
			strbuf_addc(out,
			    code >= 'A' && code <= 'Z' ? (char)(code + 32)
						       : (char)code);
		} else if (utf8 == (locale_t)0) {
			strbuf_add(out, text + i, n);
		} else {
			encode(out, (unsigned)towlower_l((wint_t)code, utf8));
		}
	}
}
