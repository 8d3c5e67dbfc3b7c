#ifndef RATES_H
#define RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "rate_reservation.h"
#include "request.h"

struct metrics;
struct state;
struct watch;

/*
 * Rates: what was counted (rate_counter.h), and what messages on their way have
 * reserved (rate_reservation.h).  A request wants something of several
 * counters; whoever decides looks at all, and only when the request has passed
 * are they taken:
 *
 *	rates_look(rates, &order, now, answers);
 *	if (answers[i].wait > 0)
 *		...				it would be too much
 *	...
 *	rates_take(rates, &order, &held_by);	it has passed
 *	...
 *	rates_end(rates, request, true);	the message has ended
 */
struct rates;

struct rates *rates_new(struct state *); /* borrowed, and open */
void rates_free(struct rates *);

struct rate_want {
	struct rate_item item;
	uint64_t amount;
};

/* What a request wants; all of it is borrowed. */
struct rate_order {
	const struct request *request;
	const char *whose; /* label of an app password; "": of no one */
	uint64_t by;       /* see rates_have_given; 0: nobody asks */
	const struct rate_want *wants;
	size_t n;
	size_t nlimits; /* of all wants together */
	/* Nothing will tell of the end of the message: it is counted now. */
	bool counts_now;
};

/* What one limit says. */
struct rate_answer {
	const struct rate_want *want;
	const struct rate_limit *limit;
	uint64_t counted, reserved;
	uint64_t wanted; /* beyond what the message has already */
	long wait;       /* seconds until there is room for it; 0: there is */
};

/* answers: for each limit of each want. */
void rates_look(const struct rates *, const struct rate_order *, time_t now,
    struct rate_answer answers[]);

/* The same where nothing was ever counted. */
void rates_look_at_nothing(const struct rate_order *,
    struct rate_answer answers[]);

/* A limit that is nearly reached, or that refuses; all of it is borrowed. */
struct rate_alarm {
	const struct rate_want *want;
	const struct rate_limit *limit;
	uint64_t count; /* with what was reserved, and the request */
	bool is_refused;
};

uint64_t rate_alarm_from(uint64_t most); /* 80 % of it */

/* Tell the watch, once in the limit's time for each counter. */
void rates_tell(struct rates *, struct watch *, const struct rate_alarm *);

/* held_by: where the connection keeps the reservation of its message. */
void rates_take(struct rates *, const struct rate_order *,
    struct rate_reservation **held_by);

/*
 * Whether an order by the same was taken for the message of the request.  What
 * a later request wants of the same counters it has then, but for recipients
 * that come and for bytes, of which more may have come than it said.
 */
bool rates_have_given(const struct rates *, const struct request *,
    uint64_t by);

/* Of messages on their way, for what else counts them. */
struct rate_reservations *rates_reservations(const struct rates *);

/* A request begins: release what its connection reserved for another message,
 * and what has waited for too long. */
void rates_begin(struct rates *, const struct request *,
    struct rate_reservation *held);

/* The message has ended, and was taken or refused. */
void rates_end(struct rates *, const struct request *, bool is_taken);

/* The connection has ended. */
void rates_leave(struct rate_reservation *held); /* NULL is fine */

void rates_metrics(const struct rates *, struct metrics *);

#endif
