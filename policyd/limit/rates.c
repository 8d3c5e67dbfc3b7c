/*
 * Looking at rates, and taking of them.
 */
#include <stdlib.h>

#include "rates.h"
#include "clock.h"
#include "mem.h"
#include "metrics.h"
#include "ttl_cache.h"
#include "watch.h"

#define TOLD_BYTES (256 * 1024)

struct rates {
	struct state *state;
	struct rate_reservations *reservations;
	struct ttl_cache *told; /* alarms, till they are told again */
};

struct rates *
rates_new(struct state *state)
{
	struct rates *rates = xcalloc(1, sizeof *rates);

	rates->state = state;
	rates->reservations = rate_reservations_new(state);
	rates->told = ttl_cache_new(TOLD_BYTES, NULL);
	return rates;
}

void
rates_free(struct rates *rates)
{
	if (rates == NULL)
		return;
	rate_reservations_free(rates->reservations);
	ttl_cache_free(rates->told);
	free(rates);
}

struct rate_reservations *
rates_reservations(const struct rates *rates)
{
	return rates->reservations;
}

uint64_t
rate_alarm_from(uint64_t most)
{
	return most - most / 5;
}

/* Whether that was told already; if not, it is now. */
static bool
was_told(struct rates *rates, const struct rate_alarm *alarm)
{
	const struct state_key *id = &alarm->want->item.id;
	uint64_t now = (uint64_t)clock_now();
	static char there; /* no value is needed */
	struct strbuf key = { 0 };
	bool was;

	strbuf_addf(&key, "%c%ld ", alarm->is_refused ? 'r' : 'n',
	    alarm->limit->length);
	strbuf_add(&key, id->bytes, id->len);
	was = ttl_cache_find(rates->told, key.bytes, key.len, now) != NULL;
	if (!was)
		ttl_cache_put(rates->told, key.bytes, key.len, &there, 0,
		    now + (uint64_t)alarm->limit->length);
	strbuf_free(&key);
	return was;
}

void
rates_tell(struct rates *rates, struct watch *watch,
    const struct rate_alarm *alarm)
{
	const struct rate_counter *counter = &alarm->want->item.counter;
	struct json *json;

	if (!watch_wants(watch, WATCH_LIMIT) || was_told(rates, alarm))
		return;
	json = watch_begin(watch, WATCH_LIMIT);
	json_string(json, "key", rate_key_name(counter->key));
	json_string(json, "value", counter->value);
	json_string(json, "unit", rate_unit_name(counter->unit));
	json_integer(json, "limit", (long long)alarm->limit->most);
	json_integer(json, "window", alarm->limit->length);
	json_integer(json, "count", (long long)alarm->count);
	json_bool(json, "refused", alarm->is_refused);
	watch_end(watch);
}

/* What its message was given before. */
static struct rate_reservation *
find_given(const struct rates *rates, const struct rate_order *order)
{
	return rate_reservation_find(rates->reservations,
	    order->request->instance);
}

/* What the request needs beyond that. */
static uint64_t
still_wanted(const struct rate_order *order, const struct rate_want *want,
    const struct rate_reservation *before)
{
	uint64_t given;

	if (before == NULL ||
	    !rate_reservation_has(before, &want->item, &given))
		return want->amount;
	switch (want->item.counter.unit) {
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

/* How long until there is room for what is wanted; counter: the record. */
static long
wait_for(const struct rate_answer *answer, const struct state_record *counter,
    time_t now)
{
	uint64_t others = answer->reserved + answer->wanted;
	uint64_t most = answer->limit->most;
	long length = answer->limit->length;
	struct rate_window window;

	if (answer->wanted == 0 || answer->counted + others <= most)
		return 0;
	if (others > most)
		return rate_window_life(length);
	rate_counter_window(counter, length, now, &window);
	return rate_window_wait(&window, length, now, most - others);
}

/* One answer for each limit of a want; returns where the next go. */
static struct rate_answer *
look(const struct rates *rates, const struct rate_want *want, uint64_t wanted,
    const struct state_record *counter, time_t now,
    struct rate_answer answers[])
{
	const struct rate_item *item = &want->item;
	uint64_t reserved = rate_reserved(rates->reservations, &item->id);

	for (size_t i = 0; i < item->nlimits; i++) {
		answers[i] = (struct rate_answer){
			.want = want,
			.limit = &item->limits[i],
			.counted = rate_counter_sum(counter,
			    item->limits[i].length, now),
			.reserved = reserved,
			.wanted = wanted,
		};
		answers[i].wait = wait_for(&answers[i], counter, now);
	}
	return answers + item->nlimits;
}

/* The same for some wants, whose counters are looked for together. */
static struct rate_answer *
look_at_some(const struct rates *rates, const struct rate_order *order,
    const struct rate_want wants[], size_t n, time_t now,
    struct rate_answer answers[])
{
	const struct rate_reservation *before = find_given(rates, order);
	struct state_key ids[STATE_FIND_MAX];
	struct state_record counters[STATE_FIND_MAX];

	for (size_t i = 0; i < n; i++)
		ids[i] = wants[i].item.id;
	state_find_all(rates->state, STATE_RATES, ids, n, counters);
	for (size_t i = 0; i < n; i++) {
		bool is_old = was_met(rates, &wants[i].item, now) ||
		    is_expected(rates, &wants[i].item);

		answers = look(rates, &wants[i],
		    is_old ? 0 : still_wanted(order, &wants[i], before),
		    &counters[i], now, answers);
	}
	return answers;
}

void
rates_look(const struct rates *rates, const struct rate_order *order,
    time_t now, struct rate_answer answers[])
{
	for (size_t i = 0; i < order->n; i += STATE_FIND_MAX) {
		size_t left = order->n - i;

		answers = look_at_some(rates, order, &order->wants[i],
		    left < STATE_FIND_MAX ? left : STATE_FIND_MAX, now,
		    answers);
	}
}

void
rates_look_at_nothing(const struct rate_order *order,
    struct rate_answer answers[])
{
	static const struct state_record nothing;

	for (size_t i = 0; i < order->n; i++) {
		const struct rate_item *item = &order->wants[i].item;

		for (size_t j = 0; j < item->nlimits; j++, answers++) {
			*answers = (struct rate_answer){
				.want = &order->wants[i],
				.limit = &item->limits[j],
				.wanted = order->wants[i].amount,
			};
			answers->wait = wait_for(answers, &nothing, 0);
		}
	}
}

static void
count(struct rates *rates, const struct rate_item *item, uint64_t amount,
    time_t now)
{
	if (item->recipient.len > 0)
		rate_recipient_meet(rates->state, &item->id, &item->recipient,
		    &item->limits[0], now);
	else
		rate_counter_add(rates->state, &item->id, item->limits,
		    item->nlimits, amount, now);
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
	struct rate_reservation *reservation = find_given(rates, order);
	time_t now = clock_now();
	bool is_renewed = false;

	for (size_t i = 0; i < order->n; i++) {
		const struct rate_item *item = &order->wants[i].item;
		uint64_t amount =
		    still_wanted(order, &order->wants[i], reservation);

		if (amount == 0)
			continue;
		if (counts_now)
			count(rates, item, amount, now);
		if (instance[0] == '\0' ||
		    (counts_now && !is_of_message(item->counter.unit)))
			continue;
		if (!is_renewed)
			reservation = rate_reservation_get(rates->reservations,
			    instance, held_by, now);
		is_renewed = true;
		if (was_met(rates, item, now))
			amount = 0; /* only later than before */
		rate_reservation_add(reservation, item, amount, counts_now);
	}
	if (reservation != NULL && order->by != 0)
		rate_reservation_sign(reservation, order->by);
}

bool
rates_have_given(const struct rates *rates, const struct request *request,
    uint64_t by)
{
	const struct rate_reservation *reservation =
	    rate_reservation_find(rates->reservations, request->instance);

	return reservation != NULL &&
	    rate_reservation_is_signed(reservation, by);
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
