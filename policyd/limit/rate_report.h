#ifndef RATE_REPORT_H
#define RATE_REPORT_H

#include <stddef.h>

#include "state.h"
#include "strbuf.h"

/*
 * Counters as people see them: `policyctl rates`.
 */
struct rate_query {
	const char *value; /* those of this value, in any case; NULL: all */
	size_t top;        /* so many at most; 0: all */
};

/* Those nearest to their limits first. */
void rate_report_text(struct state *, const struct rate_query *,
    struct strbuf *out);
void rate_report_json(struct state *, const struct rate_query *,
    struct strbuf *out);

/* Forget what was counted for a value.  Returns how many counters that were. */
size_t rate_report_reset(struct state *, const char *value);

#endif
