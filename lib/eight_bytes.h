#ifndef EIGHT_BYTES_H
#define EIGHT_BYTES_H

#include <stdint.h>
#include <string.h>

/*
 * Eight bytes of a text in one number, to ask the same of each at once.  A byte
 * without its highest bit, plus 0x80 - C, has that bit from C on, and carries
 * nothing into the next one.
 */
#define EIGHT_ONES      0x0101010101010101U /* a bit of each byte */
#define EIGHT_HIGH_BITS (0x80 * EIGHT_ONES)

static inline uint64_t
eight_bytes(const char *text)
{
	uint64_t bytes;

	memcpy(&bytes, text, sizeof bytes);
	return bytes;
}

#endif
