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

/* Or: collect what the query is for, some of it with each call, which returns
 * false when that was all; and forget it.  Returns how many windows that
 * were. */
bool rate_report_collect(struct rate_report *);
size_t rate_report_forget(struct rate_report *);

#endif
