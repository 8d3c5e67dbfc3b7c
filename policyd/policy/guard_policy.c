/*
 * The limits of the guard as they are configured.
 */
#include "guard_policy.h"
#include "policy_params.h"

void
guard_policy_read(struct guard_policy *guard,
    const struct policy_params *params, struct strbuf *err)
{
	struct guard_limits *limits = &guard->limits;

	guard_budget_parse(&limits->strange,
	    "takeover_strange_recipient_limits",
	    &params->takeover_strange_recipient_limits, err);
	guard_budget_parse(&limits->own, "takeover_own_recipient_limits",
	    &params->takeover_own_recipient_limits, err);
	guard_origins_parse(limits, "takeover_strange_origins",
	    &params->takeover_strange_origins, err);
}
