#ifndef RATE_LINE_H
#define RATE_LINE_H

#include "rate_counter.h"
#include "strbuf.h"

/*
 * Readings of counters that are kept, those nearest to their limits first, and
 * what is said of them.
 */
struct rate_line {
	struct rate_reading reading; /* its value: ours */
	char value[];
};

struct rate_line *rate_line_new(const struct rate_reading *); /* free(3) it */

/* As for a heap (heap.h) of lines. */
int rate_line_compare(const void *, const void *);

/* How much of the limit is used; more than all where there is none. */
double rate_reading_used(const struct rate_reading *);

/* The time of its window, as "1h". */
void rate_reading_add_length(const struct rate_reading *, struct strbuf *out);

#endif
