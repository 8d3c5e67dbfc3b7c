#ifndef DUE_H
#define DUE_H

#include <stdbool.h>
#include <sys/queue.h>

struct event_base;

/*
 * What waits for its time, to the microsecond: libevent counts milliseconds
 * from where its loop begins to wait, or sets a timer in each turn.  One timer
 * is set here when what comes first has changed.
 */
struct due_list;

struct due_list *due_list_new(struct event_base *);

/* When nothing waits any more. */
void due_list_free(struct due_list *);

/* A part of what waits.  All-zero: it does not. */
struct due {
	TAILQ_ENTRY(due) link;
	long long at; /* clock_us */
	void (*run)(struct due *);
	bool waits;
};

/* run, which is the caller's to set, is called from the loop at that time or
 * as soon after as may be, and may free it.  It must not wait yet. */
void due_add(struct due_list *, struct due *, long long at);

/* It waits no more.  One that does not may be removed, too. */
void due_remove(struct due_list *, struct due *);

#endif
