#ifndef RATE_REPORT_H
#define RATE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "state.h"
#include "strbuf.h"

/*
 * Counters as people see them: `policyctl rates`, those nearest to their limits
 * first.
 */
struct rate_query {
	const char *value; /* those of this value, in any case; NULL: all */
	size_t top;        /* so many at most; 0: all */
	bool wants_json;
};

/* A report comes in pieces, each in less than a millisecond: next appends one,
 * which may be nothing, and returns false when it was the last.  The state is
 * borrowed. */
struct rate_report;
struct rate_report *rate_report_new(struct state *, const struct rate_query *);
bool rate_report_next(struct rate_report *, struct strbuf *out);
void rate_report_free(struct rate_report *);

/* Forget what was counted for a value.  Returns how many counters that were. */
size_t rate_report_reset(struct state *, const char *value);

#endif
