/*
 * What policyd counts, for Prometheus.
 */
#include "policyd_metrics.h"
#include "policyd_authd.h"
#include "rates.h"
#include "state.h"
#include "state_report.h"
#include "table_lookup.h"
#include "top_logins.h"

static void
add_answers(struct metrics *metrics, const struct policy_stats *stats)
{
	const struct {
		const char *answer;
		unsigned long count;
	} answers[] = {
		{ "pass", stats->passed },
		{ "reject", stats->refused },
		{ "defer", stats->deferred },
		{ "other", stats->effects },
	};

	metrics_begin(metrics, "answers_total", METRIC_COUNTER,
	    "Answers by kind.");
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		const struct metric_label label = { "answer",
			answers[i].answer };

		metrics_value(metrics, &label, 1, (double)answers[i].count);
	}
}

void
policyd_metrics_print(const struct policyd *policyd, struct strbuf *out)
{
	struct metrics metrics = { .out = out, .program = "policyd" };
	const struct policy_stats *stats =
	    policy_clients_stats(policyd->clients);

	metrics_process_add(&policyd->process, &metrics);
	metrics_add(&metrics, "connections", METRIC_GAUGE, "Open connections.",
	    (double)stats->open_connections);
	metrics_add(&metrics, "connections_total", METRIC_COUNTER,
	    "Connections accepted.", (double)stats->connections);
	metrics_add(&metrics, "bad_connections_total", METRIC_COUNTER,
	    "Connections closed for bad input.", (double)stats->bad);
	metrics_add(&metrics, "requests_open", METRIC_GAUGE,
	    "Requests in work.", (double)stats->open_requests);
	metrics_add(&metrics, "requests_total", METRIC_COUNTER, "Requests.",
	    (double)stats->requests);
	metrics_add(&metrics, "requests_waited_total", METRIC_COUNTER,
	    "Requests that waited for DNS.", (double)stats->waited);
	add_answers(&metrics, stats);
	metric_counts_print(&policyd->answers, &metrics, "refusals_total",
	    "Answers other than a pass, by code or action, restriction and "
	    "list.");
	histogram_print(&stats->took, &metrics, "answer_seconds",
	    "From a request to its answer.");
	resolver_metrics(policyd->resolver, &metrics);
	dnsbls_metrics(policyd->source.dnsbls, &metrics);
	table_lookups_metrics(policyd->lookups, &metrics);
	state_metrics(policyd->state, &metrics);
	rates_metrics(policyd->rates, &metrics);
	policyd_authd_metrics(policyd->authd, &metrics);
	top_logins_metrics(policyd->top_logins, &metrics);
}
