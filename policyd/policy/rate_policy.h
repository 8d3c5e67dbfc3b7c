#ifndef RATE_POLICY_H
#define RATE_POLICY_H

#include <stdbool.h>

#include "rate_limit.h"
#include "strbuf.h"
#include "table_list.h"

struct policies;
struct program;

#define RATE_RESTRICTION "reject_rate_limit"

/* What is counted, how much of it may be, and whose is not. */
struct rate_policy {
	struct rate_limits limits[RATE_UNITS];
	struct table_list maps[RATE_UNITS];
	struct program *exempt;
	bool uses[RATE_UNITS]; /* there are limits, or tables of them */
	bool is_used;          /* of any unit */
	size_t counters_max;   /* that a request counts in */
};

/* Limits and tables of a unit have been read. */
void rate_policy_note_unit(struct rate_policy *, enum rate_unit);

/* Add a line for each limit that does not do what it seems to. */
void rate_policies_check(const struct policies *, struct strbuf *warnings);

/* Whether main.cf has to tell of the ends of messages, as otherwise nothing
 * would be counted. */
bool rate_policies_need_ends(const struct policies *);

#endif
