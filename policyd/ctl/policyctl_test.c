/*
 * policyctl test: the requests of a scenario, evaluated in this process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <event2/event.h>

#include "policyctl_command.h"
#include "conf_file.h"
#include "dnsbl.h"
#include "evaluation.h"
#include "log.h"
#include "mem.h"
#include "policy.h"
#include "postfix_values.h"
#include "restriction_table.h"
#include "rules.h"
#include "scenario.h"
#include "table.h"
#include "table_search.h"

#define EXIT_DIFFERENT 1

/* One configuration of the scenario at work. */
struct run {
	const struct scenario *scenario;
	const struct scenario_part *part;
	struct event_base *base;
	struct policy_source source;
	struct policies *policies;
	struct fact_source facts;
	struct fact_memory memory;
	struct evaluation *evaluation;
	struct transaction transaction;
	struct strbuf action;
	bool is_answered;
};

static int
exit_code(enum conf_result result)
{
	switch (result) {
	case CONF_OK:
		return EX_OK;
	case CONF_BAD:
		return EX_CONFIG;
	case CONF_UNREADABLE:
		return EX_NOINPUT;
	}
	abort();
}

/* Parse the configuration and read its tables. */
static int
read_policies(struct policyctl *ctl, struct run *run)
{
	const struct conf_passage passage = {
		.path = run->scenario->path,
		.first = run->part->line,
		.bytes = run->part->text.bytes,
		.len = run->part->text.len,
	};
	enum conf_result result;

	run->source.path = ctl->config_path;
	run->source.restrictions = &restriction_table;
	if (run->part->line > 0) {
		run->source.passage = &passage;
		run->source.values = postfix_values_ask("", &ctl->err);
	}
	run->policies = policies_read(&run->source, &result, &ctl->err);
	run->source.passage = NULL;
	if (run->policies != NULL)
		result = tables_load(run->policies->tables, &ctl->err);
	return exit_code(result);
}

static int
start(struct policyctl *ctl, struct run *run)
{
	struct dnsbl_dns dns = fact_file_dns(run->scenario->facts);
	struct dnsbl_options options = { .strict = true, .untested = "" };
	const struct policy_params *params;
	int code;

	run->base = event_base_new();
	run->source.dnsbls = dnsbls_new(run->base, &dns, &options);
	code = read_policies(ctl, run);
	if (code != EX_OK)
		return code;
	params = policies_params(run->policies);
	options.strict = params->dnsbl_strict;
	options.timeout_ms = (unsigned)params->dns_timeout * 1000;
	dnsbls_configure(run->source.dnsbls, &dns, &options);
	run->facts = fact_file_source(run->scenario->facts);
	fact_memory_begin(&run->memory, run->scenario->state, run->base);
	fact_memory_source(&run->memory, &run->facts);
	run->facts.searches = table_searches_new(run->base);
	run->evaluation = evaluation_new(run->base, &run->facts);
	return EX_OK;
}

static void
stop(struct run *run)
{
	evaluation_free(run->evaluation);
	fact_memory_end(&run->memory);
	table_searches_free(run->facts.searches);
	policies_release(run->policies);
	postfix_values_free(run->source.values);
	dnsbls_free(run->source.dnsbls);
	if (run->base != NULL)
		event_base_free(run->base);
	strbuf_free(&run->action);
}

static void
on_answer(void *arg, const struct decision *decision)
{
	struct run *run = arg;

	run->is_answered = true;
	strbuf_adds(&run->action, decision->action);
}

/* Returns 0, or -1 with the reason in err. */
static int
ask(struct run *run, const struct scenario_request *expected,
    struct strbuf *err)
{
	char *text = xasprintf("%s\n", expected->attributes);
	struct request request;
	struct evaluation_input input = {
		.policies = run->policies,
		.request = &request,
		.transaction = &run->transaction,
	};
	int result = -1;

	if (request_parse(&request, text, strlen(text), err) == -1 ||
	    request_check_values(&request, err) == -1)
		goto done;
	strbuf_truncate(&run->action, 0);
	run->is_answered = false;
	evaluation_start(run->evaluation, &input, on_answer, run);
	while (!run->is_answered)
		event_base_loop(run->base, EVLOOP_ONCE);
	result = 0;
done:
	free(text);
	return result;
}

/* An expectation that ends in "..." is that of a beginning. */
static bool
is_expected(const char *action, const char *expected)
{
	size_t len = strlen(expected);

	if (len >= 3 && strcmp(expected + len - 3, "...") == 0)
		return strncmp(action, expected, len - 3) == 0;
	return strcmp(action, expected) == 0;
}

/* Ask all of them, and show what is not as expected; returns how many. */
static size_t
count_failures(struct policyctl *ctl, struct run *run)
{
	size_t failures = 0;

	for (size_t i = 0; i < run->part->n; i++) {
		const struct scenario_request *request =
		    &run->part->requests[i];
		struct strbuf why = { 0 };

		if (ask(run, request, &why) == 0 &&
		    is_expected(strbuf_str(&run->action), request->action))
			continue;
		failures++;
		strbuf_addf(&ctl->out, "%s:%d: %s\n", run->scenario->path,
		    request->line, request->title);
		if (why.len > 0)
			strbuf_addf(&ctl->out, "    %s\n", why.bytes);
		else
			strbuf_addf(&ctl->out,
			    "    expected: %s\n         got: %s\n",
			    request->action, strbuf_str(&run->action));
		strbuf_free(&why);
	}
	return failures;
}

/* Add the failures of one configuration.  Returns an exit code: EX_OK when all
 * of it could be asked. */
static int
run_part(struct policyctl *ctl, const struct scenario *scenario,
    const struct scenario_part *part, size_t *failures)
{
	struct run run = { .scenario = scenario, .part = part };
	int code = start(ctl, &run);

	if (code == EX_OK) {
		*failures += count_failures(ctl, &run);
		if (ctl->wants_rules) {
			strbuf_addf(&ctl->out, "%s:%d: %zu requests\n",
			    scenario->path, part->line, part->n);
			rules_add_text(&ctl->out, run.policies);
		}
	}
	stop(&run);
	return code;
}

int
policyctl_test(struct policyctl *ctl)
{
	struct scenario scenario;
	size_t requests = 0, failures = 0;
	int code;

	log_set_level(LOG_LEVEL_WARN);
	code = exit_code(scenario_read(&scenario, ctl->words[0], &ctl->err));
	for (size_t i = 0; code == EX_OK && i < scenario.n; i++) {
		requests += scenario.parts[i].n;
		code = run_part(ctl, &scenario, &scenario.parts[i], &failures);
	}
	if (code == EX_OK) {
		strbuf_addf(&ctl->out, "%zu requests, %zu failed\n", requests,
		    failures);
		code = failures > 0 ? EXIT_DIFFERENT : EX_OK;
	}
	scenario_free(&scenario);
	return code;
}
