/*
 * What is odd about rate limits as they are configured.
 */
#include "rate_policy.h"
#include "policy.h"

void
rate_policy_note_unit(struct rate_policy *rates, enum rate_unit unit)
{
	rates->counters_max += rates->limits[unit].n;
	if (rates->maps[unit].n > 0)
		rates->counters_max += RATE_LIMITS_MAX;
	rates->uses[unit] =
	    rates->limits[unit].n > 0 || rates->maps[unit].n > 0;
	rates->is_used |= rates->uses[unit];
}

static bool
ends_are_told(const struct policy *policy)
{
	return policy->lists[STAGE_END_OF_DATA]->nsteps > 0;
}

static void
warn_of_unit(const struct policy *policy, enum rate_unit unit, const char *text,
    struct strbuf *warnings)
{
	conf_error(warnings,
	    conf_text_origin(&policy->params.rate_limits[unit], 0), "%s: %s",
	    rate_unit_parameter(unit), text);
}

/* Recipients are counted well enough at RCPT. */
static bool
needs_ends(enum rate_unit unit)
{
	return unit == RATE_MESSAGES || unit == RATE_BYTES;
}

void
rate_policies_check(const struct policies *policies, struct strbuf *warnings)
{
	bool is_enforced = policies_use(policies, RATE_RESTRICTION);

	for (size_t i = 0; i < policies->n; i++)
		for (enum rate_unit unit = 0; unit < RATE_UNITS; unit++) {
			const struct policy *policy = policies->policies[i];

			if (!policy->rates.uses[unit])
				continue;
			if (!is_enforced)
				warn_of_unit(policy, unit,
				    "no list has " RATE_RESTRICTION
				    ": nothing is limited or counted",
				    warnings);
			else if (needs_ends(unit) && !ends_are_told(policy))
				warn_of_unit(policy, unit,
				    "smtpd_end_of_data_restrictions is empty, "
				    "so a message counts when its first "
				    "recipient passes, sent or not: set it to " RATE_RESTRICTION
				    ", and let that of main.cf ask policyd",
				    warnings);
		}
}

bool
rate_policies_need_ends(const struct policies *policies)
{
	for (size_t i = 0; i < policies->n; i++)
		if (policies->policies[i]->rates.is_used &&
		    ends_are_told(policies->policies[i]))
			return policies_use(policies, RATE_RESTRICTION);
	return false;
}
