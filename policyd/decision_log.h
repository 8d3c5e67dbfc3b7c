#ifndef DECISION_LOG_H
#define DECISION_LOG_H

#include "action.h"
#include "arena.h"
#include "request.h"

/*
 * Lines of the log in Postfix's manner, so that what reads its log reads
 * ours: "reject: RCPT from unknown[192.0.2.1]: 450 4.7.1 ...; from=<> to=<>".
 * event: reject, reject_warning, defer_if_permit.
 */
const char *decision_log_line(const char *event, const struct request *,
    const struct reply *, struct arena *);
const char *decision_log_effect(enum effect, const char *text,
    const struct request *, struct arena *);

/* For WARN and INFO of access(5). */
const char *decision_log_note(const char *event, const char *text,
    const struct subject *, const struct request *, struct arena *);

#endif
