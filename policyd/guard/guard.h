#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "ladder.h"
#include "places.h"
#include "rate_counter.h"
#include "request.h"
#include "strbuf.h"

struct rate_reservation;
struct rates;
struct state;
struct watch;

/*
 * The guard against stolen passwords, in the state: places by login.  Whoever
 * decides looks, climbs the ladder (a pure function), and when the decision is
 * final what came of it is taken:
 *
 *	guard_look(guard, &order, now, &view);
 *	ladder_climb(&order.ladder, ...);
 *	...
 *	guard_take(guard, &order, has_passed, &held_by);
 *
 * What passes counts when its message has ended (rate_reservation.h).
 */
struct guard;

/* Borrowed; watch is told of locks and new places, and may be NULL. */
struct guard *guard_new(struct state *, struct rates *, struct watch *);
void guard_free(struct guard *);

/* From now on places are learned, unless that has begun before. */
void guard_begin(struct guard *);

/* An administrator says that all is well with a login: locks end, and its
 * places count again.  Returns false when nothing is known of it. */
bool guard_resume(struct guard *, const char *user);

/* Tell the watch of all places that are locked. */
void guard_tell(struct guard *);

/* In small letters; one that is longer is one with others from there on. */
#define GUARD_LOGIN_MAX RATE_VALUE_MAX

struct guard_login {
	size_t len;
	uint32_t hash; /* of a key of the state */
	char bytes[GUARD_LOGIN_MAX];
};

/* What is known of a login, as of a moment. */
struct guard_view {
	uint64_t reserved[PLACES_COUNTS]; /* for messages on their way */
	bool is_reserved;                 /* for this message, too */
	bool is_held;                     /* this message is on hold */
	time_t began;                     /* to learn; 0: not yet */
	time_t now;
	unsigned long look;          /* the number of the guard's */
	const struct places *places; /* borrowed until its next one */
	struct guard_login login;
};

/* guard: NULL: nothing is known of anybody. */
void guard_look(struct guard *, const struct request *, time_t now,
    struct guard_view *);

/* What a request wants, and what came of it; all of it is borrowed. */
struct guard_order {
	const struct request *request;
	const struct guard_view *view;
	const char *origin;
	bool is_familiar; /* no place of his: one of everybody */
	bool is_try;      /* of a recipient from a strange place */
	bool is_held;     /* nothing is sent: the message is on hold */
	bool counts_now;  /* nothing will tell of the end of the message */
	uint32_t recipient;
	uint64_t wanted; /* recipients */
	enum places_count count;
	time_t locked_until; /* from now on; 0: no lock */
};
void guard_take(struct guard *, const struct guard_order *, bool has_passed,
    struct rate_reservation **held_by);

/* Know this of a login, in place of what is known: for tests. */
void guard_put(struct guard *, const char *user, const struct places *);

#endif
