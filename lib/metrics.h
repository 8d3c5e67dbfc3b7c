#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "strbuf.h"

/*
 * Metrics in the text format of Prometheus, version 0.0.4, written one after
 * the other:
 *
 *	struct metrics metrics = { .out = &out, .program = "authd" };
 *	metrics_add(&metrics, "connections", METRIC_GAUGE, "Connections now.",
 *	    connections);
 *
 * gives sekisho_authd_connections.  Names have words of a-z and 0-9, joined by
 * _; that of a counter, and no other, ends with _total; units are seconds and
 * bytes, and stand before that.
 */
struct metrics {
	struct strbuf *out;  /* borrowed */
	const char *program; /* whose they are */
	const char *name;    /* of the one that metrics_begin began */
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_label {
	const char *name;
	const char *value; /* UTF-8 */
};

/* One with one value. */
void metrics_add(struct metrics *, const char *name, enum metric_type,
    const char *help, double value);

/* One with a value for each set of labels: metrics_value for each, then. */
void metrics_begin(struct metrics *, const char *name, enum metric_type,
    const char *help);
void metrics_value(struct metrics *, const struct metric_label *labels,
    size_t nlabels, double value);

/* The same of a histogram's parts: _bucket, _sum, _count. */
void metrics_part(struct metrics *, const char *part,
    const struct metric_label *labels, size_t nlabels, double value);

/* What every daemon tells of itself: version, start, configuration, log. */
struct metrics_process {
	time_t started;
	time_t configured;  /* when the configuration in use was read */
	bool reload_failed; /* the last one */
};

void metrics_process_start(struct metrics_process *, time_t now);
void metrics_process_reload(struct metrics_process *, bool success, time_t now);
void metrics_process_add(const struct metrics_process *, struct metrics *);

#endif
