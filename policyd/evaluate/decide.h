#ifndef DECIDE_H
#define DECIDE_H

#include <stdbool.h>

#include "answer.h"
#include "arena.h"
#include "notes.h"
#include "request.h"
#include "stage.h"
#include "strbuf.h"

struct facts;
struct policy;
struct trace;

/*
 * The one function that decides: from a policy, a request and its facts come an
 * action and notes, and the trace says how.  It never sleeps, logs, counts or
 * writes; asking for facts is all it does to the world.  As long as one is
 * missing there is no decision:
 *
 *	struct decision decision = { 0 };
 *
 *	while (!decide(&decision, &input))
 *		...				until facts have come
 *	notes_take(&decision.notes, takers, arg);
 *	puts(decision.action);
 *	decision_free(&decision);
 *
 * evaluation.h is that loop for an event base.
 */
struct decide_input { /* borrowed as long as the decision is used */
	const struct policy *policy;
	enum stage only; /* the list to walk; STAGE_COUNT: those of the state */
	const struct request *request;
	bool finds_names; /* of the client, where the request has none: explain
			   */
	struct facts *facts;
	struct trace *trace;
};

struct decision {           /* all-zero: none yet */
	const char *action; /* the text after `action=` */
	enum answer_kind kind;
	int code; /* of the reply, when the kind has one */
	struct notes notes;
	const struct request *request; /* with the names that were found */
	const struct policy *policy;

	/* for decide.c */
	struct request named;
	struct strbuf text;
	struct arena arena;
};

/* Returns false while a fact is missing.  The same decision can be used for
 * one request after the other. */
bool decide(struct decision *, const struct decide_input *);

/* Give back what the last one took. */
void decision_clear(struct decision *);
void decision_free(struct decision *);

#endif
