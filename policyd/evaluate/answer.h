#ifndef ANSWER_H
#define ANSWER_H

#include <stdbool.h>

#include "action.h"
#include "stage.h"
#include "strbuf.h"

struct policy;
struct request;

/* A reply, and who gave it. */
struct ruling {
	struct reply reply; /* code 0: none */
	unsigned number;    /* of the step */
	const char *cause;  /* for the log; "" in a walk that waits */
};

/*
 * Where a walk through the lists has ended.  What Postfix keeps in flags of
 * the session (defer_if_permit, defer_if_reject, DISCARD) is kept here, so a
 * walk can be thrown away and done again.
 */
struct outcome {         /* all-zero: nobody has said anything */
	bool is_refused; /* refusal says how */
	struct ruling refusal;
	struct ruling defer_if_permit; /* the first one counts */
	struct ruling defer_if_reject;
	enum effect effect;
	const char *effect_text;
	unsigned effect_number; /* of its step */
};

/* The number of the step whose answer it is; 0: there is none that counts. */
unsigned outcome_decider(const struct outcome *);

/* Nothing was refused or put off. */
bool outcome_is_pass(const struct outcome *);

/*
 * Append the text after `action=`.  only: the list that was asked for, or
 * STAGE_COUNT.
 */
void answer_add(struct strbuf *, const struct outcome *, const struct policy *,
    const struct request *, enum stage only, struct arena *);

#endif
