#ifndef METRICS_READ_H
#define METRICS_READ_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What metrics.h has written, read again.
 */
struct metric_sample {
	const char *name;   /* without sekisho_, the program and a _ */
	const char *labels; /* as written between { and }; "": none */
	double value;
};

struct metric_samples { /* all-zero: none */
	char *text;     /* what they point to */
	struct metric_sample *list;
	size_t n;
};

/* Other programs' are left out. */
void metrics_read(struct metric_samples *, const char *text,
    const char *program);
void metric_samples_free(struct metric_samples *);

/* The value with these labels; NULL: the sum of all.  0 when there is none. */
double metrics_value_of(const struct metric_samples *, const char *name,
    const char *labels);

#endif
