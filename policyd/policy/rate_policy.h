#ifndef RATE_POLICY_H
#define RATE_POLICY_H

#include <stdbool.h>

#include "rate_limit.h"
#include "table_list.h"

struct program;

/* What is counted, how much of it may be, and whose is not. */
struct rate_policy {
	struct rate_limits limits[RATE_UNITS];
	struct table_list maps[RATE_UNITS];
	struct program *exempt;
	bool is_used; /* there are limits, or tables of them */
};

#endif
