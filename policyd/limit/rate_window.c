/*
 * Counting in a window that slides on by twelfths.
 */
#include <string.h>

#include "rate_window.h"

#define TWELFTHS  12
#define LOW_BITS  0x7f
#define MORE      0x80
#define BITS_LAST 63 /* the shift of a number's last group of seven bits */

long long
rate_window_part(long length, time_t when)
{
	return (long long)when * TWELFTHS / length;
}

/* The first moment of a part. */
static long long
start_of(long length, long long part)
{
	return (part * length + TWELFTHS - 1) / TWELFTHS;
}

void
rate_window_move(struct rate_window *window, long length, time_t from,
    time_t to)
{
	long long parts =
	    rate_window_part(length, to) - rate_window_part(length, from);
	size_t shift = parts > RATE_PARTS ? RATE_PARTS : (size_t)parts;

	if (parts <= 0)
		return;
	memmove(window->counts + shift, window->counts,
	    (RATE_PARTS - shift) * sizeof window->counts[0]);
	memset(window->counts, 0, shift * sizeof window->counts[0]);
}

uint64_t
rate_window_sum(const struct rate_window *window)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < RATE_PARTS; i++)
		sum += window->counts[i];
	return sum;
}

long
rate_window_wait(const struct rate_window *window, long length, time_t now,
    uint64_t most)
{
	uint64_t sum = rate_window_sum(window);
	size_t left = RATE_PARTS;

	if (sum <= most)
		return 0;
	while (left > 0 && sum > most)
		sum -= window->counts[--left];
	return (long)(start_of(length,
			  rate_window_part(length, now) - (long long)left +
			      RATE_PARTS) -
	    now);
}

long
rate_window_life(long length)
{
	return length + (length + TWELFTHS - 1) / TWELFTHS;
}

size_t
rate_window_encode(const struct rate_window *window, char *out)
{
	char *end = out;
	size_t n = RATE_PARTS;

	while (n > 0 && window->counts[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++) {
		uint64_t count = window->counts[i];

		for (; count > LOW_BITS; count >>= 7)
			*end++ = (char)(MORE | (count & LOW_BITS));
		*end++ = (char)count;
	}
	return (size_t)(end - out);
}

bool
rate_window_decode(struct rate_window *window, const char *bytes, size_t len)
{
	size_t i = 0;
	unsigned shift = 0;

	*window = (struct rate_window){ 0 };
	for (const char *end = bytes + len; bytes < end; bytes++) {
		unsigned char byte = (unsigned char)*bytes;

		if (i == RATE_PARTS || shift > BITS_LAST)
			return false;
		window->counts[i] |= (uint64_t)(byte & LOW_BITS) << shift;
		shift += 7;
		if ((byte & MORE) != 0)
			continue;
		i++;
		shift = 0;
	}
	return shift == 0;
}
