#ifndef POLICYD_METRICS_H
#define POLICYD_METRICS_H

#include "policyd.h"

/* All metrics of policyd. */
void policyd_metrics_print(const struct policyd *, struct strbuf *out);

#endif
