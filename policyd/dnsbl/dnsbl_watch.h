#ifndef DNSBL_WATCH_H
#define DNSBL_WATCH_H

#include <time.h>

#include "dnsbl_list.h"

/*
 * The watch over one list: tests it at intervals (RFC 5782, 5), probes it each
 * second while it is failing, and logs the changes of its health, which nobody
 * else makes.
 *
 * It lives with its list, and tests it from dnsbl_watch_start on until
 * dnsbl_watch_stop.  It is told of each answer that comes from the network,
 * whether it tests or not:
 *
 *	list->watch = dnsbl_watch_new(list, &listener);
 *	dnsbl_watch_start(list->watch);
 *	...
 *	dnsbl_watch_answered(list->watch, answer);
 *	...
 *	dnsbl_watch_free(list->watch);
 */
struct dnsbl_watch;

/* Who wants to know of it; ctx comes back as the first argument. */
struct dnsbl_watch_listener {
	/* A test has ended: the list is used, or it is not. */
	void (*tested)(void *ctx, struct dnsbl_list *);
	/* It seems to give no answers (again with each that fails to come). */
	void (*suspect)(void *ctx, struct dnsbl_list *);
	/* It seemed so, and now one came. */
	void (*answers)(void *ctx, struct dnsbl_list *);
	void *ctx;
};

/* Both are borrowed.  free: nobody is told any more. */
struct dnsbl_watch *dnsbl_watch_new(struct dnsbl_list *,
    const struct dnsbl_watch_listener *);
void dnsbl_watch_free(struct dnsbl_watch *);

/* Test now, and at intervals from then on; not what is not to be tested. */
void dnsbl_watch_start(struct dnsbl_watch *);
void dnsbl_watch_stop(struct dnsbl_watch *);
time_t dnsbl_watch_next_test(const struct dnsbl_watch *); /* 0: none */

/* An answer came from the network: to somebody's question, to a proof. */
void dnsbl_watch_answered(struct dnsbl_watch *, const struct dns_answer *);
void dnsbl_watch_proved(struct dnsbl_watch *, const struct dns_answer *);

/* If it is suspect, then by its own fault: it fails. */
void dnsbl_watch_blame(struct dnsbl_watch *);

/* Tell the watch what the state of a list is, and was. */
void dnsbl_watch_tell(const struct dnsbl_list *, enum dnsbl_state was);

#endif
