/*
 * Looking at rates, and taking of them.
 */
#include <stdlib.h>

#include "rates.h"
#include "clock.h"
#include "mem.h"
#include "metrics.h"
#include "rate_reservation.h"

struct rates {
	struct state *state;
	struct rate_reservations *reservations;
};

struct rates *
rates_new(struct state *state)
{
	struct rates *rates = xcalloc(1, sizeof *rates);

	rates->state = state;
	rates->reservations = rate_reservations_new(state);
	return rates;
}

void
rates_free(struct rates *rates)
{
	if (rates == NULL)
		return;
	rate_reservations_free(rates->reservations);
	free(rates);
}

static void
item_of(struct rate_item *item, const struct rate_want *want)
{
	item->counter = want->counter;
	item->most = want->limit->most;
	rate_counter_id(&want->counter, &item->id);
	item->recipient.len = 0;
	if (want->counter.unit == RATE_DISTINCT_RECIPIENTS)
		rate_recipient_id(&item->id, want->recipient, &item->recipient);
}

/* What the request needs beyond what its message was given before. */
static uint64_t
still_wanted(const struct rates *rates, const struct rate_order *order,
    const struct rate_want *want, const struct rate_item *item)
{
	const struct rate_reservation *reservation = rate_reservation_find(
	    rates->reservations, order->request->instance);
	uint64_t given;

	if (reservation == NULL ||
	    !rate_reservation_has(reservation, item, &given))
		return want->amount;
	switch (want->counter.unit) {
	case RATE_RECIPIENTS:
		return order->request->state == STATE_RCPT ? want->amount : 0;
	case RATE_BYTES:
		return want->amount > given ? want->amount - given : 0;
	case RATE_MESSAGES:
	case RATE_DISTINCT_RECIPIENTS:
	case RATE_UNITS:
		break;
	}
	return 0;
}

static bool
was_met(const struct rates *rates, const struct rate_item *item, time_t now)
{
	return item->recipient.len > 0 &&
	    rate_recipient_was_met(rates->state, &item->recipient,
		item->counter.length, now);
}

/* A recipient that will be met, as far as is known now. */
static bool
is_expected(const struct rates *rates, const struct rate_item *item)
{
	return item->recipient.len > 0 &&
	    rate_reserved(rates->reservations, &item->recipient) > 0;
}

void
rates_look(const struct rates *rates, const struct rate_order *order,
    const struct rate_want *want, time_t now, struct rate_answer *answer)
{
	struct rate_window window = { { 0 } };
	uint64_t others;

	*answer = (struct rate_answer){ .wanted = want->amount };
	if (rates != NULL) {
		struct rate_item item;

		item_of(&item, want);
		answer->counted = rate_counter_read(rates->state, &item.id,
		    want->counter.length, now, &window);
		answer->reserved = rate_reserved(rates->reservations, &item.id);
		answer->wanted =
		    was_met(rates, &item, now) || is_expected(rates, &item)
		    ? 0
		    : still_wanted(rates, order, want, &item);
	}
	others = answer->reserved + answer->wanted;
	if (answer->wanted == 0 ||
	    answer->counted + others <= want->limit->most)
		return;
	answer->wait = others > want->limit->most
	    ? rate_window_life(want->counter.length)
	    : rate_window_wait(&window, want->counter.length, now,
		  want->limit->most - others);
}

static void
count(struct rates *rates, const struct rate_item *item, uint64_t amount,
    time_t now)
{
	if (item->recipient.len > 0)
		rate_recipient_meet(rates->state, &item->id, &item->recipient,
		    item->counter.length, item->most, now);
	else
		rate_counter_add(rates->state, &item->id, item->counter.length,
		    item->most, amount, now);
}

/* What a message is given once, so that what it was given has to be known. */
static bool
is_of_message(enum rate_unit unit)
{
	return unit == RATE_MESSAGES || unit == RATE_BYTES;
}

void
rates_take(struct rates *rates, const struct rate_order *order,
    struct rate_reservation **held_by)
{
	const char *instance = order->request->instance;
	bool counts_now = order->counts_now || instance[0] == '\0';
	struct rate_reservation *reservation = NULL;
	time_t now = clock_now();

	for (size_t i = 0; i < order->n; i++) {
		const struct rate_want *want = &order->wants[i];
		struct rate_item item;
		uint64_t amount;

		item_of(&item, want);
		amount = still_wanted(rates, order, want, &item);
		if (amount == 0)
			continue;
		if (counts_now)
			count(rates, &item, amount, now);
		if (instance[0] == '\0' ||
		    (counts_now && !is_of_message(want->counter.unit)))
			continue;
		if (reservation == NULL)
			reservation = rate_reservation_get(rates->reservations,
			    instance, held_by, now);
		if (was_met(rates, &item, now))
			amount = 0; /* only later than before */
		rate_reservation_add(reservation, &item, amount, counts_now);
	}
}

void
rates_begin(struct rates *rates, const struct request *request,
    struct rate_reservation *held)
{
	if (rate_reservations_count(rates->reservations) == 0)
		return;
	if (held != NULL && request->instance[0] != '\0' &&
	    !rate_reservation_is_of(held, request->instance))
		rate_reservation_release(held);
	rate_reservations_expire(rates->reservations, clock_now());
}

void
rates_end(struct rates *rates, const struct request *request, bool is_taken)
{
	struct rate_reservation *reservation =
	    rate_reservation_find(rates->reservations, request->instance);
	const struct rate_message message = {
		.recipients = strtoull(request->recipient_count, NULL, 10),
		.bytes = strtoull(request->size, NULL, 10),
	};

	if (reservation == NULL)
		return;
	if (is_taken)
		rate_reservation_commit(reservation, &message, clock_now());
	else
		rate_reservation_release(reservation);
}

void
rates_leave(struct rate_reservation *held)
{
	if (held != NULL)
		rate_reservation_release(held);
}

void
rates_metrics(const struct rates *rates, struct metrics *metrics)
{
	metrics_add(metrics, "rate_reservations", METRIC_GAUGE,
	    "Messages on their way that rates are reserved for.",
	    (double)rate_reservations_count(rates->reservations));
}
