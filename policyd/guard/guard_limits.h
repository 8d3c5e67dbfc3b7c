#ifndef GUARD_LIMITS_H
#define GUARD_LIMITS_H

#include <stdint.h>

#include "conf_text.h"
#include "strbuf.h"

/*
 * How much may be sent from which places: takeover_*_recipient_limits and
 * takeover_strange_origins, and what a table says of one login.
 */
struct guard_budget { /* recipients */
	uint64_t hour, day;
};

struct guard_limits {
	struct guard_budget strange, own;
	/* So many strange places in an hour make the budget strict, so many
	 * are hostile. */
	uint64_t strict_origins, hostile_origins;
};

/* N/1h N/1d; one of them stands for both: the day's is twice the hour's.
 * Returns 0, or -1 with lines in err. */
int guard_budget_parse(struct guard_budget *, const char *parameter,
    const struct conf_text *, struct strbuf *err);

/* N/1h N/1h, the smaller one first. */
int guard_origins_parse(struct guard_limits *, const char *parameter,
    const struct conf_text *, struct strbuf *err);

/*
 * What a table says: `own N/TIME ... strange N/TIME ...`, or one of them, in
 * place of what stands in the limits.  `none` is for the caller.
 * Returns 0, or -1 with the reason in err.
 */
int guard_limits_parse_value(struct guard_limits *, const char *value,
    struct strbuf *err);

#endif
