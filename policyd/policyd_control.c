/*
 * The commands of policyd's control socket.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd.h"
#include "clock.h"
#include "control.h"
#include "control_words.h"
#include "explain.h"
#include "figures.h"
#include "log.h"
#include "mem.h"
#include "policyd_metrics.h"
#include "rules.h"
#include "state.h"
#include "state_report.h"
#include "table.h"
#include "table_lookup.h"
#include "watch.h"

static void
answer(struct control_request *request, struct strbuf *text)
{
	control_answer(request, strbuf_str(text));
	strbuf_free(text);
}

static void
on_explained(void *arg, const char *text)
{
	control_answer(arg, text);
}

/* Whether -j is the first word; args moves behind it. */
static bool
wants_json(const char **args)
{
	size_t blanks = strspn(*args, " ");

	if (strncmp(*args + blanks, "-j", 2) != 0 ||
	    ((*args)[blanks + 2] != '\0' && (*args)[blanks + 2] != ' '))
		return false;
	*args += blanks + 2;
	return true;
}

static void
run_explain(void *ctx, struct control_request *request, const char *args)
{
	struct policyd *policyd = ctx;
	struct explain explain = {
		.base = policyd->base,
		.source = &policyd->looks,
		.policies = policyd->policies,
		.transaction = &policyd->explained,
	};
	struct strbuf err = { 0 };

	explain.form = wants_json(&args) ? EXPLAIN_JSON : EXPLAIN_TEXT;
	if (explain_start(&explain, args, on_explained, request, &err) == -1)
		control_answer_error(request, "%s", strbuf_str(&err));
	strbuf_free(&err);
}

static void
run_stats(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	const struct policy_stats *stats =
	    policy_clients_stats(policyd->clients);
	struct strbuf out = { 0 };
	struct figures figures;

	figures_begin(&figures, *args != '\0', &out);
	figures_add(&figures, "uptime", clock_now() - policyd->process.started);
	figures_add(&figures, "reloads", policyd->reloads);
	figures_add(&figures, "connections", stats->open_connections);
	figures_add(&figures, "connections accepted", stats->connections);
	figures_add(&figures, "connections closed for bad input", stats->bad);
	figures_add(&figures, "requests", stats->requests);
	figures_add(&figures, "requests going on", stats->open_requests);
	figures_add(&figures, "requests that waited for facts", stats->waited);
	figures_add(&figures, "passed", stats->passed);
	figures_add(&figures, "refused", stats->refused);
	figures_add(&figures, "deferred", stats->deferred);
	figures_add(&figures, "other actions", stats->effects);
	figures_add(&figures, "log lines lost", (long long)log_lost());
	figures_end(&figures);
	answer(request, &out);
}

static void
run_metrics(void *ctx, struct control_request *request, const char *args)
{
	struct strbuf out = { 0 };

	(void)args;
	policyd_metrics_print(ctx, &out);
	answer(request, &out);
}

static void
run_rules(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	if (*args != '\0')
		rules_add_json(&out, policyd->policies);
	else
		rules_add_text(&out, policyd->policies);
	answer(request, &out);
}

static void
run_config(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	(void)args;
	conf_print(policyd->policies->conf, &out);
	answer(request, &out);
}

static void
run_reload(void *ctx, struct control_request *request, const char *args)
{
	(void)args;
	policyd_reload(ctx, request);
}

static void
run_sessions(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	(void)args;
	policy_clients_describe(policyd->clients, &out);
	answer(request, &out);
}

static void
run_lists(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	if (*args != '\0')
		dnsbls_describe_json(policyd->source.dnsbls, &out);
	else
		dnsbls_describe(policyd->source.dnsbls, &out);
	answer(request, &out);
}

static void
run_state(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	if (*args != '\0')
		state_describe_json(policyd->state, &out);
	else
		state_describe(policyd->state, &out);
	answer(request, &out);
}

static void
run_watch(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;

	watch_run(policyd->watch, request, args);
}

static void
run_tables(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	(void)args;
	tables_describe(policyd->policies->tables, &out);
	table_lookups_describe(policyd->lookups, &out);
	answer(request, &out);
}

static void
run_cache(void *ctx, struct control_request *request, const char *args)
{
	const struct policyd *policyd = ctx;
	struct strbuf out = { 0 };

	(void)args;
	resolver_describe(policyd->resolver, &out);
	answer(request, &out);
}

static void
run_flush(void *ctx, struct control_request *request, const char *args)
{
	struct policyd *policyd = ctx;
	char *words = xstrdup(args), *rest = words;
	const char *name = control_word_next(&rest);
	struct strbuf err = { 0 };

	if (control_word_next(&rest) != NULL) {
		control_answer_error(request, "flush takes one name, or none");
		goto done;
	}
	dnsbls_flush(policyd->source.dnsbls);
	table_lookups_flush(policyd->lookups, name);
	if (resolver_flush(policyd->resolver, name, &err) == -1)
		control_answer_error(request, "%s", strbuf_str(&err));
	else
		control_answer(request, "flushed\n");
done:
	strbuf_free(&err);
	free(words);
}

const struct control_command policyd_commands[] = {
	{ "explain", "[-j] NAME=VALUE ...", false, run_explain,
	    "What would be answered to a request, and why." },
	{ "lists", "[-j]", false, run_lists, "DNS lists and their health." },
	{ "rules", "[-j]", false, run_rules, "Restrictions and their hits." },
	{ "tables", "", false, run_tables, "Tables and their state." },
	{ "allow", "[--relay] [--force] NET [TIME [COMMENT]] ...", true,
	    policyd_run_allow, "Let clients in, for a time or for ever." },
	{ "deny", "[--force] NET [TIME [COMMENT]] ...", true, policyd_run_deny,
	    "Shut clients out." },
	{ "forget", "NET", true, policyd_run_forget,
	    "End what allow or deny began." },
	{ "clients", "[-j]", false, policyd_run_clients,
	    "Who is allowed and who is denied." },
	{ "rates", "[-j] [--top N] [VALUE]", false, policyd_run_rates,
	    "What was counted lately, for a value or for all." },
	{ "reset-rates", "VALUE", true, policyd_run_reset_rates,
	    "Forget what was counted for a value." },
	{ "suspend", "[--until TIME] LOGIN [REASON]", true, policyd_run_suspend,
	    "Answer 421 to what a login sends, until authd tells otherwise." },
	{ "resume", "LOGIN", true, policyd_run_resume,
	    "End what suspend, or the guard, began." },
	{ "suspensions", "[-j]", false, policyd_run_suspensions,
	    "Who is suspended." },
	{ "watch", WATCH_ARGS, false, run_watch, WATCH_DOC },
	{ "incident", "[--since TIME] [-j | --queue-ids] LOGIN", false,
	    policyd_run_incident, "What became of a login lately." },
	{ "state", "[-j]", false, run_state, "What is remembered." },
	{ "stats", "[-j]", false, run_stats, "Counters." },
	{ "metrics", "", false, run_metrics, "Counters as Prometheus text." },
	{ "sessions", "", false, run_sessions, "Open connections." },
	{ "config", "", false, run_config, "Effective parameters." },
	{ "reload", "", true, run_reload, "Read the configuration anew." },
	{ "cache", "", false, run_cache, "The cache of DNS answers." },
	{ "flush", "[NAME]", true, run_flush,
	    "Forget answers: of DNS, for a name and below, and of tables that "
	    "a server has, for it as a key; or all." },
};

const size_t npolicyd_commands =
    sizeof policyd_commands / sizeof policyd_commands[0];
