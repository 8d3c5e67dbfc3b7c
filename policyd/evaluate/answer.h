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

/* Nothing was refused or put off. */
bool outcome_is_pass(const struct outcome *);

/* What is answered. */
enum answer_kind {
	ANSWER_PASS,            /* DUNNO */
	ANSWER_REPLY,           /* a refusal, for good or for now */
	ANSWER_DEFER_IF_PERMIT, /* ... should Postfix not refuse */
	ANSWER_DEFER_IF_REJECT, /* ... should it */
	ANSWER_EFFECT,          /* HOLD, FILTER ... */
};

struct answer {
	enum answer_kind kind;
	unsigned number;           /* of the step that gave it; 0: none did */
	const struct reply *reply; /* or NULL; a part of the outcome */
};

/* only: the list that was asked for, or STAGE_COUNT. */
struct answer answer_of(const struct outcome *, const struct policy *,
    const struct request *, enum stage only);

/* Append the text after `action=`. */
void answer_print(struct strbuf *, const struct outcome *, struct answer,
    const struct request *, enum stage only, struct arena *);

#endif
