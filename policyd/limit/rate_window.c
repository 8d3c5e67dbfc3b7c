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

size_t
rate_window_shift(long length, time_t from, time_t to)
{
	long long parts;

	if (to <= from)
		return 0;
	if (from < to - 2 * length) /* however long ago a record says */
		return RATE_PARTS;
	parts = rate_window_part(length, to) - rate_window_part(length, from);
	return parts > RATE_PARTS ? RATE_PARTS : (size_t)parts;
}

void
rate_window_move(struct rate_window *window, long length, time_t from,
    time_t to)
{
	size_t shift = rate_window_shift(length, from, to);

	if (shift == 0)
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

/* Seven bits to a byte, the low ones first. */
static char *
put_count(char *end, uint64_t count)
{
	for (; count > LOW_BITS; count >>= 7)
		*end++ = (char)(MORE | (count & LOW_BITS));
	*end++ = (char)count;
	return end;
}

static size_t
size_of(uint64_t count)
{
	size_t size = 1;

	for (; count > LOW_BITS; count >>= 7)
		size++;
	return size;
}

/* Returns where the next begins; NULL: these bytes are none. */
static const char *
get_count(const char *bytes, const char *end, uint64_t *count)
{
	*count = 0;
	for (unsigned shift = 0; bytes < end && shift <= BITS_LAST;
	     shift += 7) {
		unsigned char byte = (unsigned char)*bytes++;

		*count |= (uint64_t)(byte & LOW_BITS) << shift;
		if ((byte & MORE) == 0)
			return bytes;
	}
	return NULL;
}

size_t
rate_window_encode(const struct rate_window *window, char *out)
{
	char *end = out;
	size_t n = RATE_PARTS;

	while (n > 0 && window->counts[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++)
		end = put_count(end, window->counts[i]);
	return (size_t)(end - out);
}

bool
rate_window_decode(struct rate_window *window, const char *bytes, size_t len)
{
	const char *end = bytes + len;

	*window = (struct rate_window){ 0 };
	for (size_t i = 0; bytes < end; i++) {
		if (i == RATE_PARTS)
			return false;
		bytes = get_count(bytes, end, &window->counts[i]);
		if (bytes == NULL)
			return false;
	}
	return true;
}

uint64_t
rate_window_sum_encoded(const char *bytes, size_t len, size_t shift)
{
	const char *end = bytes + len;
	uint64_t sum = 0, count;

	for (size_t i = shift; i < RATE_PARTS && bytes < end; i++) {
		bytes = get_count(bytes, end, &count);
		if (bytes == NULL)
			break;
		sum += count;
	}
	return sum;
}

bool
rate_window_can_add(const char *bytes, size_t len, uint64_t amount,
    uint64_t *more)
{
	uint64_t count;
	const char *next = get_count(bytes, bytes + len, &count);

	*more = count + amount;
	return next != NULL && size_of(*more) == (size_t)(next - bytes);
}

void
rate_window_set_newest(char *bytes, uint64_t count)
{
	put_count(bytes, count);
}
