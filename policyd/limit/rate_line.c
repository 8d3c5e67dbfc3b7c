/*
 * Readings that are kept.
 */
#include <string.h>

#include "rate_line.h"
#include "mem.h"

struct rate_line *
rate_line_new(const struct rate_reading *reading)
{
	size_t size = strlen(reading->counter.value) + 1;
	struct rate_line *line = xmalloc(sizeof *line + size);

	memcpy(line->value, reading->counter.value, size);
	line->reading = *reading;
	line->reading.counter.value = line->value;
	return line;
}

int
rate_line_compare(const void *a, const void *b)
{
	const struct rate_line *left = a, *right = b;
	double difference = rate_reading_used(&right->reading) -
	    rate_reading_used(&left->reading);

	if (difference != 0)
		return difference < 0 ? -1 : 1;
	return strcmp(left->value, right->value);
}

double
rate_reading_used(const struct rate_reading *reading)
{
	return (double)reading->count /
	    (reading->most > 0 ? (double)reading->most : 0.5);
}

void
rate_reading_add_length(const struct rate_reading *reading, struct strbuf *out)
{
	static const struct {
		long seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	long length = reading->counter.length;
	size_t i = 0;

	while (length % units[i].seconds != 0)
		i++;
	strbuf_addf(out, "%ld%c", length / units[i].seconds, units[i].letter);
}
