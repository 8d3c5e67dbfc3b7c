#ifndef RATE_RESERVATION_H
#define RATE_RESERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "rate_counter.h"

/*
 * What messages on their way may still add to counters.  A recipient that
 * passes reserves for its message (its instance); the end of the message
 * commits that, on whatever connection it comes, and what comes to no end is
 * released.
 */
struct rate_reservations;
struct rate_reservation;

#define RESERVATION_SECONDS 600 /* without another recipient */

struct rate_reservations *rate_reservations_new(struct state *);
void rate_reservations_free(struct rate_reservations *);
size_t rate_reservations_count(const struct rate_reservations *);

/* Of an instance; NULL: there is none. */
struct rate_reservation *rate_reservation_find(const struct rate_reservations *,
    const char *instance);

/*
 * The same; a new one if need be.  held_by: where its connection keeps it; set
 * to NULL when it ends.
 */
struct rate_reservation *rate_reservation_get(struct rate_reservations *,
    const char *instance, struct rate_reservation **held_by, time_t now);

/* Who keeps a counter that is none of rates: is told what a message came to. */
struct rate_keeper {
	void (*count)(void *ctx, const struct state_key *, uint64_t amount,
	    time_t now);
	void *ctx;
};

/* A counter and the limits of it; of distinct recipients, with one of them. */
struct rate_item {
	struct rate_counter counter;
	struct state_key id;        /* of the counter */
	struct state_key recipient; /* len 0: it is of another unit */
	const struct rate_limit *limits;
	size_t nlimits;
	const struct rate_keeper *keeper; /* NULL: of rates */
};

/* Make the ids of an item, from its counter.  recipient: NULL without
 * RATE_DISTINCT_RECIPIENTS; there is one limit with it. */
void rate_item_identify(struct rate_item *, const char *recipient,
    struct arena *);

/* What all reservations hold of a counter, or of a recipient of one. */
uint64_t rate_reserved(const struct rate_reservations *,
    const struct state_key *);

/* Whether any of them holds anything of ids with that hash. */
bool rate_is_reserved(const struct rate_reservations *, uint32_t hash);

/* Returns whether one was given some of it, and how much: reserved, or counted
 * already. */
bool rate_reservation_has(const struct rate_reservation *,
    const struct rate_item *, uint64_t *amount);

/* Give it more; is_counted: in the counter already. */
void rate_reservation_add(struct rate_reservation *, const struct rate_item *,
    uint64_t amount, bool is_counted);

/* By whom the last was given; 0: by nobody who signs. */
void rate_reservation_sign(struct rate_reservation *, uint64_t by);
bool rate_reservation_is_signed(const struct rate_reservation *, uint64_t by);

bool rate_reservation_is_of(const struct rate_reservation *,
    const char *instance);

/* The message as it came in: main.cf may have refused recipients, and clients
 * tell wrong sizes.  0: not known. */
struct rate_message {
	uint64_t recipients;
	uint64_t bytes;
};

/* Both end it. */
void rate_reservation_commit(struct rate_reservation *,
    const struct rate_message *, time_t now);
void rate_reservation_release(struct rate_reservation *);

/* Release what has waited too long. */
void rate_reservations_expire(struct rate_reservations *, time_t now);

#endif
