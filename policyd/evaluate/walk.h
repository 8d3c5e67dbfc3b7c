#ifndef WALK_H
#define WALK_H

#include "answer.h"
#include "inquiry.h"

/*
 * One walk through the lists, as Postfix does it.  At the first restriction
 * that waits for a fact it goes on only to start lookups, so that all of a
 * request are in flight at once; what it found then counts for nothing, and
 * when facts have come another walk begins from the top.
 *
 *	struct walk walk = { .inquiry = { policy, request ... },
 *		.only = only };
 *
 *	walk_lists(&walk);
 *	if (walk.inquiry.is_waiting)
 *		...
 */
struct walk {
	struct inquiry inquiry;
	enum stage only; /* the list that was named, or STAGE_COUNT */
	struct outcome outcome;

	/* for walk.c */
	bool is_warning;  /* a prefix said: only warn of what is refused */
	unsigned depth;   /* of lists within lists */
	unsigned taken;   /* steps so far */
	unsigned present; /* number of the step that is taken; 0: none */
	const char *list; /* that is walked: its name */
	size_t outer;     /* where the trace has the step of the list itself */
};

void walk_lists(struct walk *);

/* A list that is none of the configuration's, before all others; its name is
 * for explain and the log. */
enum verdict walk_builtin(struct walk *, const struct program *,
    const char *name);

/* For inquiry_run: a list within a list. */
enum verdict walk_program(struct walk *, const struct program *, struct subject,
    struct action *);

/* Why the present step says what it says, as text for the log; "" in a walk
 * that waits. */
const char *walk_cause(struct walk *);

#endif
