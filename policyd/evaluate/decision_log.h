#ifndef DECISION_LOG_H
#define DECISION_LOG_H

#include "arena.h"
#include "request.h"
#include "trace.h"

/*
 * The lines of the log that say why.  Postfix logs each refusal, too
 * ("NOQUEUE: reject: ..."); ours has what it cannot know, as key=value, and no
 * word by which tools count refusals in its log.
 */
struct decision_line {
	const char *action; /* "refused", "hold" ... */
	const char *text;   /* that Postfix does not log, or NULL */
	const char *cause;  /* by decision_log_cause */
};

/*
 * The list, the restriction and the facts of the step that was taken last.
 * outer: where the trace has the step of the list itself that led there.
 */
const char *decision_log_cause(const struct trace *, size_t outer,
    struct arena *);

/* The step that was taken last. */
const struct step *decision_log_step(const struct trace *);

const char *decision_log_line(const struct decision_line *,
    const struct request *, struct arena *);

#endif
