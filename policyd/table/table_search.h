#ifndef TABLE_SEARCH_H
#define TABLE_SEARCH_H

#include "table.h"

struct event_base;

/*
 * Searches that take long (see table.h), one after the other in a thread of
 * their own, so that they delay no request but the one that waits for them.
 */
struct table_searches;

struct table_searches *table_searches_new(struct event_base *);

/* At the end of the process: no search may be open that was not cancelled, and
 * one that runs on is left alone. */
void table_searches_free(struct table_searches *);

struct table_search;

/*
 * value: of what was found; borrowed for the call.  left_us: of the time the
 * search was given.
 */
typedef void table_search_done(void *arg, enum lookup, const char *value,
    long long left_us);

/*
 * Search for left_us of processor time at most, then it has failed.  Returns
 * NULL when there is nothing to search in, no thread, or too many wait: it has
 * failed, and done is not called.  Else done is called later, in the loop.
 */
struct table_search *table_search_start(struct table_searches *,
    const struct tables_snapshot *, const struct table *, const char *key,
    long long left_us, table_search_done *done, void *arg);

/* Nobody waits for it any more; done is not called. */
void table_search_cancel(struct table_search *);

#endif
