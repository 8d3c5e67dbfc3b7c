#ifndef STATE_REPORT_H
#define STATE_REPORT_H

#include "strbuf.h"

struct metrics;
struct state;

/* How much is remembered: as `policyctl state` shows it, and as metrics. */
void state_describe(const struct state *, struct strbuf *out);
void state_describe_json(const struct state *, struct strbuf *out);
void state_metrics(const struct state *, struct metrics *);

#endif
