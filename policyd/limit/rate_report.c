/*
 * Counters in a list, and out of it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rate_report.h"
#include "clock.h"
#include "heap.h"
#include "json.h"
#include "mem.h"
#include "printable.h"
#include "rate_line.h"

/* Lines that are added without a pause. */
#define SLICE_LINES 256

struct rate_report {
	struct state *state;
	struct rate_query query;
	char *value;  /* the query's, or NULL */
	size_t place; /* how far the counters have been looked at */
	bool has_all; /* of them */
	time_t now;
	struct heap lines;
	size_t nprinted;
	struct json json;
};

static void
on_reading(void *arg, const struct rate_reading *reading)
{
	struct rate_report *report = arg;

	if (report->value != NULL &&
	    strcasecmp(reading->counter.value, report->value) != 0)
		return;
	heap_add(&report->lines, rate_line_new(reading));
}

static void
on_record(void *arg, const struct state_record *record)
{
	struct rate_report *report = arg;

	rate_readings_of(record, report->now, on_reading, report);
}

struct rate_report *
rate_report_new(struct state *state, const struct rate_query *query)
{
	struct rate_report *report = xcalloc(1, sizeof *report);

	report->state = state;
	report->query = *query;
	if (query->value != NULL)
		report->value = xstrdup(query->value);
	report->lines.compare = rate_line_compare;
	return report;
}

void
rate_report_free(struct rate_report *report)
{
	struct rate_line *line;

	while ((line = heap_take(&report->lines)) != NULL)
		free(line);
	heap_free(&report->lines);
	free(report->value);
	free(report);
}

bool
rate_report_collect(struct rate_report *report)
{
	report->now = clock_now();
	return state_each_of_some(report->state, STATE_RATES, &report->place,
	    on_record, report);
}

static void
add_text(const struct rate_reading *reading, struct strbuf *out)
{
	const struct rate_counter *counter = &reading->counter;

	strbuf_addf(out, "%s ", rate_key_name(counter->key));
	printable_add(out, counter->value, strlen(counter->value));
	strbuf_addf(out, ": %llu of %llu %s in ",
	    (unsigned long long)reading->count,
	    (unsigned long long)reading->most, rate_unit_name(counter->unit));
	rate_reading_add_length(reading, out);
	strbuf_addc(out, '\n');
}

static void
add_json(const struct rate_reading *reading, struct json *json)
{
	const struct rate_counter *counter = &reading->counter;

	json_object(json, NULL);
	json_string(json, "key", rate_key_name(counter->key));
	json_string(json, "value", counter->value);
	json_string(json, "unit", rate_unit_name(counter->unit));
	json_integer(json, "limit", (long long)reading->most);
	json_integer(json, "window", counter->length);
	json_integer(json, "count", (long long)reading->count);
	json_end(json);
}

/* The next line, as long as one is wanted; NULL: there is none. */
static struct rate_line *
next_line(struct rate_report *report)
{
	if (report->query.top > 0 && report->nprinted == report->query.top)
		return NULL;
	report->nprinted++;
	return heap_take(&report->lines);
}

/* Add some lines.  Returns false when those were the last. */
static bool
add_lines(struct rate_report *report, struct strbuf *out)
{
	struct rate_line *line = NULL;

	for (int i = 0; i < SLICE_LINES && (line = next_line(report)) != NULL;
	     i++) {
		if (report->query.wants_json)
			add_json(&line->reading, &report->json);
		else
			add_text(&line->reading, out);
		free(line);
	}
	return line != NULL;
}

bool
rate_report_next(struct rate_report *report, struct strbuf *out)
{
	bool has_more;

	if (!report->has_all) {
		report->has_all = !rate_report_collect(report);
		return true;
	}
	report->json.out = out;
	if (report->query.wants_json && report->nprinted == 0)
		json_array(&report->json, NULL);
	has_more = add_lines(report, out);
	if (report->query.wants_json && !has_more) {
		json_end(&report->json);
		strbuf_addc(out, '\n');
	}
	return has_more;
}

size_t
rate_report_forget(struct rate_report *report)
{
	struct arena arena = { 0 };
	struct rate_line *line;
	size_t n = report->lines.n;

	while ((line = heap_take(&report->lines)) != NULL) {
		const struct state_key id =
		    rate_counter_id(&line->reading.counter, &arena);

		state_forget(report->state, STATE_RATES, id.bytes, id.len);
		free(line);
	}
	arena_free(&arena);
	return n;
}
