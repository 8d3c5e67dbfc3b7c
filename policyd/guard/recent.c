/*
 * Marks of what was met: 28 bits of a hash, and 4 that tell the part.  Nothing
 * stays for more than thirteen parts, so these four are enough.
 */
#include <string.h>

#include <sodium.h>

#include "recent.h"
#include "rate_window.h"

#define PART_BITS  4
#define PART_MASK  0xfU
#define MARK_BYTES 4
#define HASH_BYTES 16

static unsigned
part_bits(long length, time_t when)
{
	return (unsigned)rate_window_part(length, when) & PART_MASK;
}

uint32_t
recent_hash(const char *what)
{
	unsigned char hash[HASH_BYTES];
	uint32_t bits;

	crypto_generichash(hash, sizeof hash, (const unsigned char *)what,
	    strlen(what), NULL, 0);
	memcpy(&bits, hash, sizeof bits);
	return bits >> PART_BITS;
}

void
recent_move(struct recent *recent, long length, time_t from, time_t to)
{
	long long parts =
	    rate_window_part(length, to) - rate_window_part(length, from);
	unsigned newest = part_bits(length, from);
	size_t kept = 0;

	if (parts <= 0)
		return;
	for (size_t i = 0; i < recent->n; i++) {
		uint32_t mark = recent->marks[i];
		long long age = (newest - mark) & PART_MASK;

		if (age + parts < RATE_PARTS)
			recent->marks[kept++] = mark;
	}
	recent->n = kept;
}

bool
recent_has(const struct recent *recent, uint32_t hash)
{
	for (size_t i = 0; i < recent->n; i++)
		if (recent->marks[i] >> PART_BITS == hash)
			return true;
	return false;
}

bool
recent_meet(struct recent *recent, uint32_t hash, long length, time_t now)
{
	if (recent_has(recent, hash))
		return false;
	if (recent->n < RECENT_MAX)
		recent->marks[recent->n++] =
		    hash << PART_BITS | part_bits(length, now);
	return true;
}

char *
recent_encode(const struct recent *recent, char *out)
{
	*out++ = (char)(recent->n >> 8);
	*out++ = (char)recent->n;
	for (size_t i = 0; i < recent->n; i++)
		for (int shift = 24; shift >= 0; shift -= 8)
			*out++ = (char)(recent->marks[i] >> shift);
	return out;
}

const char *
recent_decode(struct recent *recent, const char *bytes, const char *end)
{
	const unsigned char *at = (const unsigned char *)bytes;

	if (end - bytes < 2)
		return NULL;
	recent->n = (size_t)at[0] << 8 | at[1];
	at += 2;
	if (recent->n > RECENT_MAX ||
	    (size_t)(end - bytes) < 2 + recent->n * MARK_BYTES)
		return NULL;
	for (size_t i = 0; i < recent->n; i++, at += MARK_BYTES)
		recent->marks[i] = (uint32_t)at[0] << 24 |
		    (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	return (const char *)at;
}
