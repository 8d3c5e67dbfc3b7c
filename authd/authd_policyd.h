#ifndef AUTHD_POLICYD_H
#define AUTHD_POLICYD_H

#include "strbuf.h"

struct event_base;
struct guard_list;
struct metrics;

/* What policyd tells authd (watch_link.h): whom its guard suspends. */
struct authd_policyd;

/* The value of policyd_control.  Returns 0, or -1 with the reason in err. */
int authd_policyd_check(const char *policyd_control, struct strbuf *err);

/* The list is borrowed. */
struct authd_policyd *authd_policyd_new(struct event_base *,
    const char *policyd_control, struct guard_list *);
void authd_policyd_free(struct authd_policyd *);

void authd_policyd_metrics(const struct authd_policyd *, struct metrics *);

#endif
