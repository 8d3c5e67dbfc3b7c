/*
 * How much is remembered, in words and numbers.
 */
#include <string.h>

#include "state_report.h"
#include "clock.h"
#include "json.h"
#include "metrics.h"
#include "state.h"

void
state_describe(const struct state *state, struct strbuf *out)
{
	const struct journal_status status = state_journal_status(state);

	strbuf_addf(out, "%-12s %10s %12s %12s %10s\n", "kind", "entries",
	    "bytes", "limit", "evicted");
	for (size_t i = 0; i < state_kind_count(state); i++) {
		struct state_figures kind;

		state_figures(state, i, &kind);
		strbuf_addf(out, "%-12s %10zu %12zu %12zu %10zu\n", kind.name,
		    kind.entries, kind.bytes, kind.limit, kind.evicted);
	}
	strbuf_addf(out, "journal: %lld bytes", status.bytes);
	if (status.last_sync != 0)
		strbuf_addf(out, ", on disk %lld s ago",
		    (long long)(clock_now() - status.last_sync));
	strbuf_adds(out,
	    status.keeps ? "\n" : "; not kept: in memory only (see the log)\n");
}

void
state_describe_json(const struct state *state, struct strbuf *out)
{
	const struct journal_status status = state_journal_status(state);
	struct json json = { .out = out };

	json_object(&json, NULL);
	json_array(&json, "kinds");
	for (size_t i = 0; i < state_kind_count(state); i++) {
		struct state_figures kind;

		state_figures(state, i, &kind);
		json_object(&json, NULL);
		json_string(&json, "kind", kind.name);
		json_integer(&json, "entries", (long long)kind.entries);
		json_integer(&json, "bytes", (long long)kind.bytes);
		json_integer(&json, "limit", (long long)kind.limit);
		json_end(&json);
	}
	json_end(&json);
	json_integer(&json, "journal_bytes", status.bytes);
	if (status.last_sync != 0)
		json_integer(&json, "last_sync", status.last_sync);
	else
		json_string(&json, "last_sync", NULL);
	json_end(&json);
	strbuf_addc(out, '\n');
}

/* Metrics with a value for each kind. */
static const struct figure {
	const char *name;
	enum metric_type type;
	const char *help;
	size_t offset; /* of the value */
} figures[] = {
	{ "state_entries", METRIC_GAUGE, "Records that are remembered.",
	    offsetof(struct state_figures, entries) },
	{ "state_bytes", METRIC_GAUGE, "Memory for them.",
	    offsetof(struct state_figures, bytes) },
	{ "state_limit_bytes", METRIC_GAUGE, "The share of state_limit.",
	    offsetof(struct state_figures, limit) },
	{ "state_evicted_total", METRIC_COUNTER,
	    "Records that gave way to others.",
	    offsetof(struct state_figures, evicted) },
	{ "state_refused_total", METRIC_COUNTER,
	    "Records that there was no room for.",
	    offsetof(struct state_figures, refused) },
	{ "state_expired_total", METRIC_COUNTER, "Records that expired.",
	    offsetof(struct state_figures, expired) },
};

static void
add_figure(const struct state *state, struct metrics *metrics,
    const struct figure *figure)
{
	metrics_begin(metrics, figure->name, figure->type, figure->help);
	for (size_t i = 0; i < state_kind_count(state); i++) {
		struct state_figures kind;
		struct metric_label label = { .name = "kind" };
		size_t value;

		state_figures(state, i, &kind);
		label.value = kind.name;
		memcpy(&value, (const char *)&kind + figure->offset,
		    sizeof value);
		metrics_value(metrics, &label, 1, (double)value);
	}
}

void
state_metrics(const struct state *state, struct metrics *metrics)
{
	const struct journal_status status = state_journal_status(state);

	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
		add_figure(state, metrics, &figures[i]);
	metrics_add(metrics, "state_kept", METRIC_GAUGE,
	    "Whether what is remembered comes to a disk.", status.keeps);
	metrics_add(metrics, "state_failures_total", METRIC_COUNTER,
	    "Times that writing it began to fail.", (double)status.failures);
	metrics_add(metrics, "state_journal_bytes", METRIC_GAUGE,
	    "Length of the journal.", (double)status.bytes);
}
