#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "action.h"
#include "arena.h"
#include "facts.h"
#include "program.h"

/*
 * The record of one walk: lists, steps and facts in the order in which they
 * came.  Explain keeps all of it; else a step goes as soon as it is over, so
 * that what is left is the way to the present one.  All-zero is an empty one
 * of that sort.  What it points to lives as long as the decision.
 */
enum trace_kind {
	TRACE_LIST,
	TRACE_STEP, /* what it looks at comes behind it */
	TRACE_FACT,
	TRACE_REMARK, /* name, value: how something comes about */
	TRACE_LOG,    /* value: a line that is logged at the end */
};

struct trace_entry {
	enum trace_kind kind;
	unsigned depth;   /* of lists within lists */
	const char *list; /* its name; of a step that of the list it is in */
	const struct step *step;
	enum verdict verdict;
	const struct action *action; /* where all is kept */
	const struct fact *fact;
	const char *name, *value;
};

struct trace {
	bool keeps_all; /* else a step goes as soon as it is over */
	unsigned depth; /* of what is added next */
	size_t n, size; /* size: allocated */
	struct trace_entry *entries;
};

struct trace_entry *trace_add(struct trace *, enum trace_kind);

/* What became of the step at n; the action is copied. */
void trace_end_step(struct trace *, size_t n, enum verdict,
    const struct action *, struct arena *);

/* What the present step looks at; a second look at it adds nothing. */
void trace_fact(struct trace *, const struct fact *);

/* The fact that stands last; NULL: there is something else. */
const struct fact **trace_last_fact(struct trace *);

/* The texts are borrowed. */
void trace_remark(struct trace *, const char *name, const char *value);
void trace_log(struct trace *, const char *line);

void trace_truncate(struct trace *, size_t n); /* forget the entries from n */
void trace_free(struct trace *);

#endif
