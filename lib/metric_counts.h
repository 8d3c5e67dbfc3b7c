#ifndef METRIC_COUNTS_H
#define METRIC_COUNTS_H

#include "metrics.h"

/*
 * A counter with a value for each set of labels that came up.  What comes when
 * there are METRIC_COUNTS_MAX sets has "other" for all of them, so that nobody
 * outside decides how much is kept.  All-zero but for names is empty.
 */
#define METRIC_COUNTS_MAX    500
#define METRIC_COUNTS_LABELS 3

struct metric_count;

struct metric_counts {
	const char *names[METRIC_COUNTS_LABELS]; /* NULL: no more labels */
	struct metric_count *list;
	size_t n;
};

/* values: one for each name. */
void metric_counts_add(struct metric_counts *, const char *const values[]);
void metric_counts_print(const struct metric_counts *, struct metrics *,
    const char *name, const char *help);
void metric_counts_free(struct metric_counts *);

#endif
