#ifndef ACTION_H
#define ACTION_H

#include <stdbool.h>

#include "reply.h"

/* What a restriction says of a request. */
enum verdict {
	VERDICT_DUNNO,           /* no opinion: the next one is asked */
	VERDICT_PERMIT,          /* ends this list */
	VERDICT_REJECT,          /* ends everything; the reply may be a 4xx */
	VERDICT_DEFER_IF_PERMIT, /* the reply, should nothing refuse it */
	VERDICT_DEFER_IF_REJECT, /* the reply, should this list refuse it */
	VERDICT_WAITING,         /* a fact is not there yet */
};

/* "permit", "reject" ...; for explain. */
const char *verdict_name(enum verdict);

/* What Postfix is to do with a message beside accepting it: access(5). */
enum effect {
	EFFECT_NONE,
	EFFECT_DISCARD,
	EFFECT_REDIRECT,
	EFFECT_HOLD,
	EFFECT_FILTER,
	EFFECT_BCC,
	EFFECT_PREPEND,
};

const char *effect_name(enum effect); /* "HOLD" ... */

/* Whether an effect wins over one that came before it: what keeps a message
 * from being delivered does, DISCARD first, then HOLD. */
bool effect_wins(enum effect, enum effect before);

/* The text after `action=`: "HOLD", "FILTER smtp:[x]" ... */
void effect_add_answer(struct strbuf *, enum effect, const char *text);

/* What a restriction adds to its verdict.  All-zero: nothing. */
struct action {
	struct reply reply; /* with REJECT and DEFER_IF_* */
	bool is_fault;      /* ours, not the client's: never only warned of */
	enum effect effect; /* with DUNNO, and DISCARD with PERMIT */
	const char *effect_text;
};

/* Fill in the reply and return the verdict that goes with it. */
enum verdict action_reject(struct action *, int code, const char *dsn,
    struct subject, const char *text);
enum verdict action_defer_if_permit(struct action *, const char *dsn,
    struct subject, const char *text);
enum verdict action_defer_if_reject(struct action *, const char *dsn,
    struct subject, const char *text);

/* 451 4.3.5 Server configuration error. */
enum verdict action_fault(struct action *);

/* 451 4.3.0 <NAME>: Temporary lookup failure. */
enum verdict action_lookup_failure(struct action *, struct arena *,
    const char *name);

#endif
