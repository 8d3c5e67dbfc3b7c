/*
 * policyctl doctor: what a login may send.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd_patient.h"
#include "login_lists.h"
#include "mem.h"
#include "word_list.h"

static bool
has_limits(const struct policies *policies, enum rate_unit unit)
{
	for (size_t i = 0; i < policies->n; i++)
		if (policies->policies[i]->rates.limits[unit].n > 0 ||
		    *conf_text_str(
			&policies->policies[i]->params.rate_limit_maps[unit]) !=
			'\0')
			return true;
	return false;
}

static bool
has_any_limits(const struct policies *policies)
{
	for (enum rate_unit unit = 0; unit < RATE_UNITS; unit++)
		if (has_limits(policies, unit))
			return true;
	return false;
}

/* "NAME = RESTRICTION, WHAT IS THERE", on one line.  prefix: of the name. */
static void
fix_text(struct doctor *doctor, const char *prefix, enum stage stage,
    const char *restriction, const char *text)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	char *old = xstrdup(text);

	for (char *c = old; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	daemon_check_line(doctor, &patient->policyd, "reload", "%s%s = %s%s%s",
	    prefix, stage_list_name(stage), restriction,
	    *old != '\0' ? ", " : "", old);
	free(old);
}

static void
fix_list(struct doctor *doctor, enum stage stage, const char *restriction)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	fix_text(doctor, "", stage, restriction,
	    conf_text_str(&patient->params->lists[stage]));
}

void
check_limits_unused(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (!has_any_limits(patient->policies) ||
	    policies_use(patient->policies, RATE_RESTRICTION))
		return;
	fix_list(doctor, STAGE_RECIPIENT, RATE_RESTRICTION);
	doctor_found(doctor,
	    "policyd.cf has rate limits, and no list has " RATE_RESTRICTION
	    ": nothing is limited");
}

void
check_limits_ends(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (!policies_use(patient->policies, RATE_RESTRICTION) ||
	    (!has_limits(patient->policies, RATE_MESSAGES) &&
		!has_limits(patient->policies, RATE_BYTES)) ||
	    policyd_patient_has_list(patient, STAGE_END_OF_DATA))
		return;
	fix_list(doctor, STAGE_END_OF_DATA, RATE_RESTRICTION);
	doctor_found(doctor,
	    "messages or bytes are limited, and "
	    "smtpd_end_of_data_restrictions of policyd.cf is empty: what "
	    "counts is known at the end only");
}

/* The restriction, with the word before it that only warns, comes first. */
static void
fix_order(struct doctor *doctor, const struct policy *policy, enum stage stage,
    const struct step *step)
{
	const char *list = conf_text_str(&policy->params.lists[stage]);
	const char *name = step->restriction->name;
	const char *at = strstr(list, name), *start = at;
	char *prefix, *moved, *rest;

	if (at == NULL) { /* in capitals, or by way of a parameter */
		doctor_fix(doctor, "put %s first in %s", name,
		    stage_list_name(stage));
		return;
	}
	while (step->is_warning && start > list &&
	    strchr(WORD_LIST_SEPARATORS, start[-1]) != NULL)
		start--;
	while (step->is_warning && start > list &&
	    strchr(WORD_LIST_SEPARATORS, start[-1]) == NULL)
		start--;
	prefix = xasprintf("%s%s", policy->context,
	    policy->context[0] != '\0' ? "/" : "");
	moved =
	    xasprintf("%s%s", step->is_warning ? "warn_if_reject " : "", name);
	rest = word_list_replace(list, (size_t)(start - list),
	    (size_t)(at - list) + strlen(name), "");
	fix_text(doctor, prefix, stage, moved, rest);
	free(prefix);
	free(moved);
	free(rest);
}

void
check_limits_behind(struct doctor *doctor)
{
	const struct policies *policies = policyd_patient(doctor)->policies;

	for (size_t i = 0; i < policies->n; i++)
		for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
			const struct policy *policy = policies->policies[i];
			const struct step *step =
			    login_list_blind_step(policy, stage);

			if (step == NULL)
				continue;
			fix_order(doctor, policy, stage, step);
			doctor_found(doctor,
			    "%s stands behind permit_sasl_authenticated in "
			    "%s%s%s: it sees nobody who is logged in",
			    step->restriction->name, policy->context,
			    policy->context[0] != '\0' ? "/" : "",
			    stage_list_name(stage));
		}
}

void
check_guard_unused(struct doctor *doctor)
{
	const char *idle =
	    login_lists_idle_parameter(policyd_patient(doctor)->policies);

	if (idle == NULL)
		return;
	fix_list(doctor, STAGE_RECIPIENT, GUARD_RESTRICTION);
	doctor_found(doctor,
	    "policyd.cf has %s, and no list has " GUARD_RESTRICTION
	    ": no password that was stolen is found",
	    idle);
}
