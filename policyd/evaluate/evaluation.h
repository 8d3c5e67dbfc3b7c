#ifndef EVALUATION_H
#define EVALUATION_H

#include "decide.h"
#include "facts.h"
#include "policy.h"
#include "transaction.h"

struct event_base;

/*
 * One request that is being decided: whoever asks, for a client or for
 * explain, this waits for the facts that decide() asks for, takes its notes,
 * and answers.
 *
 *	ev = evaluation_new(base, source);
 *	evaluation_start(ev, &input, on_answer, arg);
 *	...					on_answer is called, once
 *	evaluation_clear(ev);			and the next one can start
 */
struct evaluation;

struct evaluation *evaluation_new(struct event_base *,
    const struct fact_source *);
void evaluation_free(struct evaluation *);

/* Give back what the last one took; the answer is not valid any more. */
void evaluation_clear(struct evaluation *);

/* What is evaluated; all of it is borrowed until the evaluation is done. */
struct evaluation_input {
	struct policies *policies;
	const struct request *request;
	struct transaction *transaction;
	/* NULL; else explain: it is filled, nothing is logged or counted, and
	 * names of the client that are not given are looked up. */
	struct trace *trace;
};

/* done is called once, perhaps before this returns; what it gets is borrowed
 * until evaluation_clear. */
typedef void evaluation_done(void *arg, const struct decision *);
void evaluation_start(struct evaluation *, const struct evaluation_input *,
    evaluation_done *done, void *arg);

/* Nobody wants the answer any more; done is not called. */
void evaluation_cancel(struct evaluation *);

#endif
