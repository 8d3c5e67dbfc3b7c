#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include "metrics.h"

/*
 * How long things took, for Prometheus: counts in steps that stay the same, so
 * that those of several hosts can be added up.  All-zero is empty.
 */
#define HISTOGRAM_STEPS 13 /* the last is for all that took longer */

struct histogram {
	unsigned long counts[HISTOGRAM_STEPS];
	double seconds; /* of all */
};

void histogram_add(struct histogram *, double seconds);

/* name: with its unit, _seconds. */
void histogram_print(const struct histogram *, struct metrics *,
    const char *name, const char *help);

/* One of several that metrics_begin began, with a label of its own. */
void histogram_value(const struct histogram *, struct metrics *,
    const struct metric_label *);

#endif
