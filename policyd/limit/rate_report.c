/*
 * Counters in a list, and out of it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rate_report.h"
#include "clock.h"
#include "json.h"
#include "mem.h"
#include "printable.h"
#include "rate_counter.h"

struct report {
	const char *value; /* NULL: any */
	time_t now;
	struct rate_reading *lines; /* their values: owned */
	size_t n, size;
};

static void
on_record(void *arg, const struct state_record *record)
{
	struct report *report = arg;
	struct rate_reading reading;

	if (!rate_reading_of(&reading, record, report->now) ||
	    reading.count == 0 ||
	    (report->value != NULL &&
		strcasecmp(reading.counter.value, report->value) != 0))
		return;
	if (report->n == report->size) {
		report->size = 2 * report->size + 64;
		report->lines = xreallocarray(report->lines, report->size,
		    sizeof report->lines[0]);
	}
	reading.counter.value = xstrdup(reading.counter.value);
	report->lines[report->n++] = reading;
}

/* How much of the limit is used; more than all where there is none. */
static double
used(const struct rate_reading *reading)
{
	return (double)reading->count /
	    (reading->most > 0 ? (double)reading->most : 0.5);
}

static int
compare(const void *a, const void *b)
{
	const struct rate_reading *left = a, *right = b;
	double difference = used(right) - used(left);

	if (difference != 0)
		return difference < 0 ? -1 : 1;
	return strcmp(left->counter.value, right->counter.value);
}

static struct report
report_begin(struct state *state, const struct rate_query *query)
{
	struct report report = { .value = query->value, .now = clock_now() };

	state_each(state, STATE_RATES, on_record, &report);
	if (report.n > 0)
		qsort(report.lines, report.n, sizeof report.lines[0], compare);
	return report;
}

/* How many of its lines are wanted. */
static size_t
report_top(const struct report *report, const struct rate_query *query)
{
	return query->top > 0 && query->top < report->n ? query->top
							: report->n;
}

static void
report_end(struct report *report)
{
	for (size_t i = 0; i < report->n; i++)
		free((char *)report->lines[i].counter.value);
	free(report->lines);
}

static void
add_length(struct strbuf *out, long length)
{
	static const struct {
		long seconds;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (length % units[i].seconds != 0)
		i++;
	strbuf_addf(out, "%ld%c", length / units[i].seconds, units[i].letter);
}

void
rate_report_text(struct state *state, const struct rate_query *query,
    struct strbuf *out)
{
	struct report report = report_begin(state, query);

	for (size_t i = 0; i < report_top(&report, query); i++) {
		const struct rate_reading *reading = &report.lines[i];
		const struct rate_counter *counter = &reading->counter;

		strbuf_addf(out, "%s ", rate_key_name(counter->key));
		printable_add(out, counter->value, strlen(counter->value));
		strbuf_addf(out, ": %llu of %llu %s in ",
		    (unsigned long long)reading->count,
		    (unsigned long long)reading->most,
		    rate_unit_name(counter->unit));
		add_length(out, counter->length);
		strbuf_addc(out, '\n');
	}
	report_end(&report);
}

void
rate_report_json(struct state *state, const struct rate_query *query,
    struct strbuf *out)
{
	struct report report = report_begin(state, query);
	struct json json = { .out = out };

	json_array(&json, NULL);
	for (size_t i = 0; i < report_top(&report, query); i++) {
		const struct rate_reading *reading = &report.lines[i];
		const struct rate_counter *counter = &reading->counter;

		json_object(&json, NULL);
		json_string(&json, "key", rate_key_name(counter->key));
		json_string(&json, "value", counter->value);
		json_string(&json, "unit", rate_unit_name(counter->unit));
		json_integer(&json, "limit", (long long)reading->most);
		json_integer(&json, "window", counter->length);
		json_integer(&json, "count", (long long)reading->count);
		json_end(&json);
	}
	json_end(&json);
	strbuf_addc(out, '\n');
	report_end(&report);
}

size_t
rate_report_reset(struct state *state, const char *value)
{
	const struct rate_query query = { .value = value };
	struct report report = report_begin(state, &query);
	struct arena arena = { 0 };
	size_t n = report.n;

	for (size_t i = 0; i < n; i++) {
		const struct state_key id =
		    rate_counter_id(&report.lines[i].counter, &arena);

		state_forget(state, STATE_RATES, id.bytes, id.len);
	}
	arena_free(&arena);
	report_end(&report);
	return n;
}
