/*
 * UTF-8 (RFC 3629).
 */
#include <stdint.h>
#include <string.h>

#include "utf8.h"
#include "eight_bytes.h"

#define ONE_BYTE_MAX   0x7fU
#define TWO_BYTE_MAX   0x7ffU
#define THREE_BYTE_MAX 0xffffU
#define CODE_MAX       0x10ffffU

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

/* Of each of eight bytes the bit that makes a capital letter small. */
static uint64_t
small_bits(uint64_t bytes)
{
	uint64_t low = bytes & ~EIGHT_HIGH_BITS;
	uint64_t from_a = low + (0x80 - 'A') * EIGHT_ONES;
	uint64_t behind_z = low + (0x80 - 'Z' - 1) * EIGHT_ONES;

	return (from_a & ~behind_z & ~bytes & EIGHT_HIGH_BITS) >> 2;
}

static void
lower_eight(char *to, const char *from)
{
	uint64_t bytes = eight_bytes(from);

	bytes |= small_bits(bytes);
	memcpy(to, &bytes, sizeof bytes);
}

void
utf8_lower_ascii(char *to, const char *from, size_t len)
{
	uint64_t bytes = 0;

	if (len < sizeof bytes) {
		memcpy(&bytes, from, len);
		bytes |= small_bits(bytes);
		memcpy(to, &bytes, len);
		return;
	}
	for (size_t i = 0; i < len - sizeof bytes; i += sizeof bytes)
		lower_eight(to + i, from + i);
	lower_eight(to + len - sizeof bytes, from + len - sizeof bytes);
}

bool
utf8_is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text > ONE_BYTE_MAX)
			return false;
	return true;
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
