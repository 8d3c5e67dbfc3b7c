#ifndef EXPLAIN_PRINT_H
#define EXPLAIN_PRINT_H

#include "strbuf.h"
#include "trace.h"

/* What a walk recorded, the action it led to, and what Postfix sends for a
 * refusal, "" for none. */
void explain_print_text(const struct trace *, const char *action,
    const char *reply, struct strbuf *out);
void explain_print_json(const struct trace *, const char *action,
    const char *reply, struct strbuf *out);

#endif
