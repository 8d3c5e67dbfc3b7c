/*
 * The restrictions in use, with their hits.
 */
#include "rules.h"
#include "json.h"
#include "policy.h"

static void
add_rule_text(struct strbuf *out, const struct policy *policy, const char *list,
    const struct step *step)
{
	strbuf_addf(out, "%8lu  %s%s%s", step->hits, policy->context,
	    policy->context[0] != '\0' ? "/" : "", list);
	strbuf_addf(out, "  %s",
	    step->argument.class != NULL ? step->argument.class->name
					 : step->restriction->name);
	if (step_shown_argument(step) != NULL)
		strbuf_addf(out, " %s", step_shown_argument(step));
	strbuf_addf(out, "  [%s:%d]%s\n", step->origin.file, step->origin.line,
	    policy->is_stressed ? " under stress" : "");
}

static void
add_rule_json(struct json *json, const struct policy *policy, const char *list,
    const struct step *step)
{
	json_object(json, NULL);
	json_string(json, "context", policy->context);
	json_bool(json, "stress", policy->is_stressed);
	json_string(json, "list", list);
	json_string(json, "restriction",
	    step->argument.class != NULL ? step->argument.class->name
					 : step->restriction->name);
	json_string(json, "argument", step_shown_argument(step));
	json_string(json, "file", step->origin.file);
	json_integer(json, "line", step->origin.line);
	json_integer(json, "hits", (long long)step->hits);
	json_end(json);
}

/* json: NULL for text. */
static void
add_program(struct strbuf *out, struct json *json, const struct policy *policy,
    const char *list, const struct program *program)
{
	for (size_t i = 0; i < program->nsteps; i++)
		if (json != NULL)
			add_rule_json(json, policy, list, &program->steps[i]);
		else
			add_rule_text(out, policy, list, &program->steps[i]);
}

static void
add_policy(struct strbuf *out, struct json *json, const struct policy *policy)
{
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		add_program(out, json, policy,
		    stage_list_name((enum stage)stage), policy->lists[stage]);
	for (size_t i = 0; i < policy->classes.n; i++)
		add_program(out, json, policy, policy->classes.classes[i].name,
		    policy->classes.classes[i].program);
	if (policy->under_stress != NULL)
		add_policy(out, json, policy->under_stress);
}

void
rules_add_text(struct strbuf *out, const struct policies *policies)
{
	for (size_t i = 0; i < policies->n; i++)
		add_policy(out, NULL, policies->policies[i]);
}

void
rules_add_json(struct strbuf *out, const struct policies *policies)
{
	struct json json = { .out = out };

	json_array(&json, NULL);
	for (size_t i = 0; i < policies->n; i++)
		add_policy(out, &json, policies->policies[i]);
	json_end(&json);
}
