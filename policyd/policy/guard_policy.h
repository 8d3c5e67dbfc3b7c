#ifndef GUARD_POLICY_H
#define GUARD_POLICY_H

#include "guard_limits.h"
#include "strbuf.h"
#include "table_list.h"

struct match_list;
struct policy_params;

/* The guard as it is configured. */
#define GUARD_RESTRICTION "reject_sasl_takeover"
struct guard_policy {
	struct guard_limits limits;
	struct table_list exempt;
	struct match_list *familiar;
};

/* The limits; lines for what is wrong go to err. */
void guard_policy_read(struct guard_policy *, const struct policy_params *,
    struct strbuf *err);

#endif
