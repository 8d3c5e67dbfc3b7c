#ifndef AUTHD_METRICS_H
#define AUTHD_METRICS_H

#include "conversation.h"
#include "authd_policyd.h"
#include "metrics.h"

/* All metrics of authd. */
void authd_metrics_print(const struct login_service *,
    const struct metrics_process *, const struct authd_policyd *,
    struct strbuf *out);

#endif
