#ifndef LOOKUP_PACE_H
#define LOOKUP_PACE_H

#include <stddef.h>
#include <sys/queue.h>

/*
 * Which lookup is sent when.
 *
 * Sending is the dear part (a socket, a port, memory), and what gets no reply
 * is sent again and again.  So a few go in each turn of the loop.  Once a crowd
 * is in flight, one goes with each tick; but each reply that comes permits many
 * more, as not all get one: a thousand new clients do not keep the known
 * waiting.  In a crowd the newest goes first, so that a dead server does not
 * keep those waiting who ask another; every second one that a reply permits is
 * the oldest, so that nobody waits for ever.
 *
 * It decides, and somebody else has the timer:
 *
 *	lookup_pace_init(&pace);
 *	lookup_pace_add(&pace, &lookup->turn, lookup);
 *	... after lookup_pace_pause_us():
 *	lookup_pace_begin(&pace);
 *	while ((lookup = lookup_pace_next(&pace)) != NULL)
 *		lookup_send(lookup);
 *	...
 *	lookup_pace_replied(&pace);
 *	lookup_pace_ended(&pace);
 */
#define LOOKUP_PACE_TURN    4  /* sent in a turn of the loop; some 50 us each */
#define LOOKUP_PACE_CROWD   50 /* in flight */
#define LOOKUP_PACE_TICK_US 5000
#define LOOKUP_PACE_BURST   32 /* that a reply permits */
#define LOOKUP_PACE_SAVED   64 /* of those at most */

/* A place in the queue; part of the lookup that waits in it. */
struct lookup_turn {
	TAILQ_ENTRY(lookup_turn) link;
	void *lookup;
};

struct lookup_pace {
	TAILQ_HEAD(lookup_turns, lookup_turn) waiting; /* oldest first */
	size_t nsent;                                  /* in flight */
	size_t permits; /* how many may join a crowd at once */
	unsigned left;  /* of this turn of the loop */
};

void lookup_pace_init(struct lookup_pace *);

/* It waits to be sent; it does not want to any more. */
void lookup_pace_add(struct lookup_pace *, struct lookup_turn *, void *lookup);
void lookup_pace_drop(struct lookup_pace *, struct lookup_turn *);

/* How long to wait before the next turn: a tick, or 0. */
unsigned lookup_pace_pause_us(const struct lookup_pace *);

/* Begin a turn; then take those who are to be sent in it, one by one, until
 * there is none (NULL).  Others may come and go meanwhile. */
void lookup_pace_begin(struct lookup_pace *);
void *lookup_pace_next(struct lookup_pace *);

/* A reply came; what was sent has ended, with a reply or without. */
void lookup_pace_replied(struct lookup_pace *);
void lookup_pace_ended(struct lookup_pace *);

#endif
