#ifndef TOP_H
#define TOP_H

#include <stdbool.h>

#include "metrics_read.h"
#include "strbuf.h"

/*
 * A live view of a daemon in a terminal, by its own metrics, asked for once a
 * second.  Rates are those since the screen before; on the first one the
 * average since the daemon started.
 */
struct top {
	const char *program; /* policyd */
	const char *address; /* of its control socket */
	bool is_once;        /* one screen, plain text */
	/* Append lines below the head; what is too long or too much is cut. */
	void (*draw)(const struct top *, struct strbuf *out);

	/* for the functions below */
	struct metric_samples now, before;
	double asked;   /* when, by the clock that never goes back */
	double seconds; /* between them */
};

/* Show it until q, or its end; once where standard output is no terminal.
 * Returns an exit code, with the reason in err. */
int top_run(struct top *, struct strbuf *err);

/* What draw works with; labels as in metrics_read.h. */
double top_value(const struct top *, const char *name, const char *labels);
double top_rate(const struct top *, const char *name, const char *labels);

/* "at most 5 ms": how long so many of all took, by a histogram. */
void top_quantile(const struct top *, const char *name, double part,
    struct strbuf *out);

/* A title, and a row for each set of labels, those with most first: what came
 * a second, all since the start, and the labels' values. */
void top_table(const struct top *, const char *title, const char *name,
    size_t nrows, struct strbuf *out);

/* The values of labels, with a blank between them. */
void top_labels(const char *labels, struct strbuf *out);

#endif
