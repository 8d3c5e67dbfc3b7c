#ifndef EXPLAIN_PRINT_H
#define EXPLAIN_PRINT_H

#include "strbuf.h"
#include "trace.h"

/* What a walk recorded, and the action it led to. */
void explain_print_text(const struct trace *, const char *action,
    struct strbuf *out);
void explain_print_json(const struct trace *, const char *action,
    struct strbuf *out);

#endif
