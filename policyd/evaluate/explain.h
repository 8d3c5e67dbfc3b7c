#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdbool.h>

#include "evaluation.h"

struct event_base;

/*
 * The evaluation of a request that only shows what it would have been: the
 * lists and restrictions in their order, with file and line, the facts that
 * were looked at, and the action.  It changes nothing.
 */
enum explain_form {
	EXPLAIN_TEXT,
	EXPLAIN_JSON,
};

struct explain {
	struct event_base *base;
	const struct fact_source *source;
	struct policies *policies;
	enum explain_form form;
	/* Recipients of earlier explained requests, for the next of the same
	 * mail transaction; not what real connections know. */
	struct transaction *transaction;
};

/*
 * args: `NAME=VALUE ...`, words as in control_words.h; borrowed.  done is
 * called once, perhaps before this returns; the text is borrowed.
 * Returns 0, or -1 with the reason in err: no such attribute, or a value that
 * it cannot have.
 */
int explain_start(const struct explain *, const char *args,
    void (*done)(void *arg, const char *text), void *arg, struct strbuf *err);

#endif
