/*
 * The DNS lists and how they do: as text, as JSON, as metrics.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dnsbl.h"
#include "dnsbl_lists.h"
#include "json.h"
#include "metrics.h"

#define TIME_SIZE (sizeof "2026-01-31T23:59:59Z")

static const enum dnsbl_state states[] = { DNSBL_UNTESTED, DNSBL_OK,
	DNSBL_UNTESTABLE, DNSBL_UNWATCHED, DNSBL_FAILING, DNSBL_QUARANTINED };

/* Most lists hold no IPv6 addresses: no news of that before one is asked. */
static bool
is_shown(const struct dnsbl_list *list)
{
	const struct dnsbl_health *h = &list->health;

	if (list->kind != DNSBL_IP6 || h->queries > 0)
		return true;
	return h->state == DNSBL_OK;
}

/* "2026-01-31T23:59:59Z", or NULL for never. */
static const char *
show_time(time_t at, char buf[TIME_SIZE])
{
	struct tm tm;

	if (at == 0 || gmtime_r(&at, &tm) == NULL ||
	    strftime(buf, TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return buf;
}

static const char *
or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

void
dnsbls_describe(const struct dnsbls *d, struct strbuf *out)
{
	const struct dnsbl_list *list;

	strbuf_addf(out,
	    "%-28s %-4s %-11s %-20s %-20s %-20s %9s %8s %8s %7s "
	    "%7s  %s\n",
	    "zone", "kind", "state", "since", "last-test", "next-test",
	    "queries", "hits", "failures", "p50-ms", "p99-ms", "reason");
	TAILQ_FOREACH(list, &d->lists, link)
	{
		const struct dnsbl_health *h = &list->health;
		char since[TIME_SIZE], last[TIME_SIZE], next[TIME_SIZE];

		if (!is_shown(list))
			continue;
		strbuf_addf(out,
		    "%-28s %-4s %-11s %-20s %-20s %-20s %9lu %8lu %8lu %7u "
		    "%7u  %s\n",
		    dnsbl_list_shown(list), dnsbl_kind_name(list->kind),
		    dnsbl_state_name(h->state),
		    or_dash(show_time(h->since, since)),
		    or_dash(show_time(h->last_test, last)),
		    or_dash(
			show_time(dnsbl_watch_next_test(list->watch), next)),
		    h->queries, h->hits, h->failures,
		    latency_percentile(&h->latency, 50),
		    latency_percentile(&h->latency, 99),
		    h->reason.len > 0 ? strbuf_str(&h->reason) : "-");
	}
	if (d->judge.blames_resolver)
		strbuf_adds(out,
		    "most lists give no answer: it is the "
		    "resolver that fails\n");
}

static void
json_list(struct json *json, const struct dnsbl_list *list)
{
	const struct dnsbl_health *h = &list->health;
	char buf[TIME_SIZE];

	json_object(json, NULL);
	json_string(json, "zone", dnsbl_list_shown(list));
	json_string(json, "kind", dnsbl_kind_name(list->kind));
	json_string(json, "state", dnsbl_state_name(h->state));
	json_string(json, "reason",
	    h->reason.len > 0 ? strbuf_str(&h->reason) : NULL);
	json_string(json, "remedy",
	    h->remedy.len > 0 ? strbuf_str(&h->remedy) : NULL);
	json_string(json, "since", show_time(h->since, buf));
	json_string(json, "last_test", show_time(h->last_test, buf));
	json_string(json, "next_test",
	    show_time(dnsbl_watch_next_test(list->watch), buf));
	json_integer(json, "queries", (long long)h->queries);
	json_integer(json, "hits", (long long)h->hits);
	json_integer(json, "failures", (long long)h->failures);
	json_integer(json, "median_ms", latency_percentile(&h->latency, 50));
	json_integer(json, "p99_ms", latency_percentile(&h->latency, 99));
	json_end(json);
}

void
dnsbls_describe_json(const struct dnsbls *d, struct strbuf *out)
{
	struct json json = { .out = out };
	const struct dnsbl_list *list;

	json_array(&json, NULL);
	TAILQ_FOREACH(list, &d->lists, link)
	{
		if (is_shown(list))
			json_list(&json, list);
	}
	json_end(&json);
	strbuf_addc(out, '\n');
}

static double
queries_of(const struct dnsbl_list *list)
{
	return (double)list->health.queries;
}

static double
hits_of(const struct dnsbl_list *list)
{
	return (double)list->health.hits;
}

static double
failures_of(const struct dnsbl_list *list)
{
	return (double)list->health.failures;
}

static double
median_of(const struct dnsbl_list *list)
{
	return latency_percentile(&list->health.latency, 50) / 1000.0;
}

static double
p99_of(const struct dnsbl_list *list)
{
	return latency_percentile(&list->health.latency, 99) / 1000.0;
}

static double
last_test_of(const struct dnsbl_list *list)
{
	return (double)list->health.last_test;
}

static double
next_test_of(const struct dnsbl_list *list)
{
	return (double)dnsbl_watch_next_test(list->watch);
}

/* With a value for each list. */
static const struct {
	const char *name;
	enum metric_type type;
	const char *help;
	double (*value)(const struct dnsbl_list *);
} list_metrics[] = {
	{ "dnsbl_queries_total", METRIC_COUNTER,
	    "Clients, senders ... asked for.", queries_of },
	{ "dnsbl_hits_total", METRIC_COUNTER, "Listings that counted.",
	    hits_of },
	{ "dnsbl_failures_total", METRIC_COUNTER, "Lookups without answer.",
	    failures_of },
	{ "dnsbl_latency_median_seconds", METRIC_GAUGE,
	    "Median of the latest lookups.", median_of },
	{ "dnsbl_latency_p99_seconds", METRIC_GAUGE,
	    "99th percentile of the latest lookups.", p99_of },
	{ "dnsbl_last_test_timestamp_seconds", METRIC_GAUGE,
	    "When the last test ended; 0: never.", last_test_of },
	{ "dnsbl_next_test_timestamp_seconds", METRIC_GAUGE,
	    "When the next test is due; 0: none.", next_test_of },
};

static void
add_states(const struct dnsbl_list *list, struct metrics *out)
{
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		const struct metric_label labels[] = {
			{ "zone", dnsbl_list_shown(list) },
			{ "kind", dnsbl_kind_name(list->kind) },
			{ "state", dnsbl_state_name(states[i]) },
		};

		metrics_value(out, labels, 3, list->health.state == states[i]);
	}
}

static void
add_value(const struct dnsbl_list *list, struct metrics *out, double value)
{
	const struct metric_label labels[] = {
		{ "zone", dnsbl_list_shown(list) },
		{ "kind", dnsbl_kind_name(list->kind) },
	};

	metrics_value(out, labels, 2, value);
}

void
dnsbls_metrics(const struct dnsbls *d, struct metrics *out)
{
	const struct dnsbl_list *list;

	metrics_begin(out, "dnsbl_state", METRIC_GAUGE,
	    "1 for the state a list is in.");
	TAILQ_FOREACH(list, &d->lists, link)
	{
		if (is_shown(list))
			add_states(list, out);
	}
	for (size_t i = 0; i < sizeof list_metrics / sizeof list_metrics[0];
	     i++) {
		metrics_begin(out, list_metrics[i].name, list_metrics[i].type,
		    list_metrics[i].help);
		TAILQ_FOREACH(list, &d->lists, link)
		{
			if (is_shown(list))
				add_value(list, out,
				    list_metrics[i].value(list));
		}
	}
}
