#ifndef TOP_LOGINS_H
#define TOP_LOGINS_H

#include <stddef.h>

#include "metrics.h"
#include "state.h"

struct event_base;

/*
 * The logins nearest to their rate limits, for metrics_top_users.  The counters
 * are gone through in the background, a few each 10 ms: so it takes little
 * however many there are, and who reads metrics waits for nothing.
 */
struct top_logins;

/* The state: borrowed. */
struct top_logins *top_logins_new(struct event_base *, struct state *);
void top_logins_free(struct top_logins *);

/* Look for so many, a login for each of its limits; 0: for none. */
void top_logins_want(struct top_logins *, size_t n);

/* As they were when all counters had been seen the last time. */
void top_logins_metrics(const struct top_logins *, struct metrics *);

#endif
