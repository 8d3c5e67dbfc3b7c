#ifndef EFFORT_H
#define EFFORT_H

#include <stdbool.h>

/*
 * How long lookups may take that cannot know beforehand: expressions, on a
 * subject that a stranger wrote.  One effort serves the lookups of one request
 * one after the other.
 */
struct effort {
	long long (*clock)(
	    void); /* microseconds: of the wall, of this thread */
	long long left_us;
	bool is_spent; /* the last lookup gave up for lack of time */

	long long until_us; /* of the lookup that runs */
};

void effort_begin(struct effort *); /* a lookup begins */
void effort_end(struct effort *);   /* what it took is taken off */

/* What is left now, in microseconds; 0: give up, and is_spent is set. */
long long effort_left(struct effort *);

#endif
