/*
 * What is odd about restrictions for those who are logged in.
 */
#include <string.h>

#include "login_lists.h"
#include "guard_policy.h"
#include "policy.h"
#include "rate_policy.h"

#define LETS_IN "permit_sasl_authenticated"

static bool
limits_logins(const struct policy *policy)
{
	for (enum rate_unit unit = 0; unit < RATE_UNITS; unit++) {
		const struct rate_limits *limits = &policy->rates.limits[unit];

		if (policy->rates.maps[unit].n > 0)
			return true;
		for (size_t i = 0; i < limits->n; i++)
			if (limits->limits[i].key == RATE_SASL_USERNAME)
				return true;
	}
	return false;
}

static bool
is_of_logins(const struct policy *policy, const struct step *step)
{
	return step->restriction->is_of_logins ||
	    (strcmp(step->restriction->name, RATE_RESTRICTION) == 0 &&
		limits_logins(policy));
}

const struct step *
login_list_blind_step(const struct policy *policy, enum stage stage)
{
	const struct program *list = policy->lists[stage];
	bool are_let_in = false;

	for (size_t i = 0; i < list->nsteps; i++) {
		const struct step *step = &list->steps[i];

		if (are_let_in && is_of_logins(policy, step))
			return step;
		are_let_in =
		    are_let_in || strcmp(step->restriction->name, LETS_IN) == 0;
	}
	return NULL;
}

static void
warn_of_blind_steps(const struct policy *policy, struct strbuf *warnings)
{
	for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
		const struct step *step = login_list_blind_step(policy, stage);

		if (step != NULL)
			conf_error(warnings, step->origin,
			    "%s: %s stands behind " LETS_IN
			    ", and so sees nobody who is logged in",
			    stage_list_name(stage), step->restriction->name);
	}
}

const char *
login_lists_idle_parameter(const struct policies *policies)
{
	static const char prefix[] = "takeover_";

	if (policies_use(policies, GUARD_RESTRICTION))
		return NULL;
	for (size_t i = 0; i < npolicyd_params; i++)
		if (strncmp(policyd_params[i].name, prefix, strlen(prefix)) ==
			0 &&
		    conf_is_set(policies->conf, policyd_params[i].name))
			return policyd_params[i].name;
	return NULL;
}

void
login_lists_check(const struct policies *policies, struct strbuf *warnings)
{
	const char *idle = login_lists_idle_parameter(policies);

	for (size_t i = 0; i < policies->n; i++)
		warn_of_blind_steps(policies->policies[i], warnings);
	if (idle != NULL)
		strbuf_addf(warnings,
		    "%s: no list has " GUARD_RESTRICTION
		    ": no password that was stolen is found\n",
		    idle);
}
