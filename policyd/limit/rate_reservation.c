/*
 * Reservations in memory: those of each message, and what they come to for
 * each counter.
 */
#include <stdlib.h>
#include <string.h>

#include "rate_reservation.h"
#include "mem.h"
#include "pool.h"

#define BUCKETS 1024 /* Postfix has 100 processes, as a rule */

/* What all reservations hold of one counter, or of one recipient of it. */
struct promise {
	struct promise *next; /* in its bucket */
	struct state_key id;
	unsigned users;
	uint64_t amount;
	char bytes[]; /* of the id */
};

struct item {
	struct item *next;
	struct promise *counter;
	struct promise *recipient; /* NULL: recipients are not told apart */
	enum rate_unit unit;
	enum rate_key key;
	const struct rate_keeper *keeper;
	uint64_t amount;   /* in all */
	uint64_t promised; /* of it; the rest is counted, or the recipient's */
	bool is_counted;   /* the recipient has been met */
	size_t nlimits;
	struct rate_limit limits[]; /* ours: a reload may come between */
};

struct rate_reservation {
	struct rate_reservations *all;
	struct rate_reservation *next_in_bucket;
	struct rate_reservation *older, *newer; /* by the time since */
	struct rate_reservation **held_by;
	size_t bucket;
	time_t since;       /* when a recipient was added last */
	struct item *items; /* the newest first */
	uint64_t signed_by;
	char instance[];
};

struct rate_reservations {
	struct state *state;
	struct promise *promises[BUCKETS];
	struct rate_reservation *by_instance[BUCKETS];
	struct rate_reservation *oldest, *newest;
	size_t count;
	struct pool pool; /* of all that a reservation needs */
};

struct rate_reservations *
rate_reservations_new(struct state *state)
{
	struct rate_reservations *all = xpages(sizeof *all);

	all->state = state;
	return all;
}

void
rate_reservations_free(struct rate_reservations *all)
{
	if (all == NULL)
		return;
	while (all->oldest != NULL)
		rate_reservation_release(all->oldest);
	pool_free(&all->pool);
	xpages_free(all, sizeof *all);
}

size_t
rate_reservations_count(const struct rate_reservations *all)
{
	return all->count;
}

void
rate_item_identify(struct rate_item *item, const char *recipient,
    struct arena *arena)
{
	item->id = rate_counter_id(&item->counter, arena);
	if (recipient != NULL)
		item->recipient =
		    rate_recipient_id(&item->id, recipient, arena);
}

/* Promises. */

static struct promise *
find_promise(const struct rate_reservations *all, const struct state_key *id)
{
	struct promise *promise = all->promises[id->hash % BUCKETS];

	while (promise != NULL &&
	    (promise->id.hash != id->hash || promise->id.len != id->len ||
		memcmp(promise->bytes, id->bytes, id->len) != 0))
		promise = promise->next;
	return promise;
}

static struct promise *
hold_promise(struct rate_reservations *all, const struct state_key *id)
{
	struct promise *promise = find_promise(all, id);
	struct promise **bucket = &all->promises[id->hash % BUCKETS];

	if (promise == NULL) {
		promise = pool_take(&all->pool, sizeof *promise + id->len);
		*promise = (struct promise){ .next = *bucket, .id = *id };
		promise->id.bytes = promise->bytes;
		memcpy(promise->bytes, id->bytes, id->len);
		*bucket = promise;
	}
	promise->users++;
	return promise;
}

static void
drop_promise(struct rate_reservations *all, struct promise *promise,
    uint64_t amount)
{
	struct promise **place;

	if (promise == NULL)
		return;
	promise->amount -= amount;
	if (--promise->users > 0)
		return;
	place = &all->promises[promise->id.hash % BUCKETS];
	while (*place != promise)
		place = &(*place)->next;
	*place = promise->next;
	pool_give(&all->pool, promise, sizeof *promise + promise->id.len);
}

uint64_t
rate_reserved(const struct rate_reservations *all, const struct state_key *id)
{
	const struct promise *promise =
	    all->count == 0 ? NULL : find_promise(all, id);

	return promise == NULL ? 0 : promise->amount;
}

bool
rate_is_reserved(const struct rate_reservations *all, uint32_t hash)
{
	const struct promise *promise = all->promises[hash % BUCKETS];

	while (promise != NULL && promise->id.hash != hash)
		promise = promise->next;
	return promise != NULL;
}

/* Reservations. */

/* FNV-1a: an instance is a word of Postfix, which no stranger chooses. */
static size_t
bucket_of(const char *instance)
{
	uint32_t hash = 2166136261U;

	for (; *instance != '\0'; instance++)
		hash = (hash ^ (unsigned char)*instance) * 16777619U;
	return hash % BUCKETS;
}

static struct rate_reservation *
find_in_bucket(const struct rate_reservations *all, size_t bucket,
    const char *instance)
{
	struct rate_reservation *reservation = all->by_instance[bucket];

	while (
	    reservation != NULL && strcmp(reservation->instance, instance) != 0)
		reservation = reservation->next_in_bucket;
	return reservation;
}

struct rate_reservation *
rate_reservation_find(const struct rate_reservations *all, const char *instance)
{
	if (all->count == 0)
		return NULL;
	return find_in_bucket(all, bucket_of(instance), instance);
}

static void
enqueue(struct rate_reservation *reservation, time_t now)
{
	struct rate_reservations *all = reservation->all;

	reservation->since = now;
	reservation->newer = NULL;
	reservation->older = all->newest;
	if (all->newest != NULL)
		all->newest->newer = reservation;
	else
		all->oldest = reservation;
	all->newest = reservation;
}

static void
dequeue(struct rate_reservation *reservation)
{
	struct rate_reservations *all = reservation->all;

	if (reservation->older != NULL)
		reservation->older->newer = reservation->newer;
	else
		all->oldest = reservation->newer;
	if (reservation->newer != NULL)
		reservation->newer->older = reservation->older;
	else
		all->newest = reservation->older;
}

struct rate_reservation *
rate_reservation_get(struct rate_reservations *all, const char *instance,
    struct rate_reservation **held_by, time_t now)
{
	size_t bucket = bucket_of(instance), size = strlen(instance) + 1;
	struct rate_reservation *reservation =
	    find_in_bucket(all, bucket, instance);

	if (reservation != NULL) {
		dequeue(reservation);
		enqueue(reservation, now);
		return reservation;
	}
	reservation = pool_take(&all->pool, sizeof *reservation + size);
	*reservation = (struct rate_reservation){
		.all = all,
		.next_in_bucket = all->by_instance[bucket],
		.held_by = held_by,
		.bucket = bucket,
	};
	memcpy(reservation->instance, instance, size);
	all->by_instance[bucket] = reservation;
	all->count++;
	enqueue(reservation, now);
	*held_by = reservation;
	return reservation;
}

static struct item *
find_item(const struct rate_reservation *reservation,
    const struct rate_item *wanted)
{
	const struct promise *counter, *recipient = NULL;
	struct item *item = reservation->items;

	if (item == NULL)
		return NULL;
	counter = find_promise(reservation->all, &wanted->id);
	if (wanted->recipient.len > 0)
		recipient = find_promise(reservation->all, &wanted->recipient);
	while (item != NULL &&
	    (item->counter != counter || item->recipient != recipient))
		item = item->next;
	return item;
}

static size_t
size_of_item(size_t nlimits)
{
	return sizeof(struct item) + nlimits * sizeof(struct rate_limit);
}

static struct item *
add_item(struct rate_reservation *reservation, const struct rate_item *wanted)
{
	struct rate_reservations *all = reservation->all;
	struct item *item =
	    pool_take(&all->pool, size_of_item(wanted->nlimits));

	*item = (struct item){
		.next = reservation->items,
		.counter = hold_promise(all, &wanted->id),
		.unit = wanted->counter.unit,
		.key = wanted->counter.key,
		.keeper = wanted->keeper,
		.nlimits = wanted->nlimits,
	};
	for (size_t i = 0; i < wanted->nlimits; i++)
		item->limits[i] = wanted->limits[i];
	if (wanted->recipient.len > 0)
		item->recipient = hold_promise(all, &wanted->recipient);
	reservation->items = item;
	return item;
}

/* A recipient is one more for its counter, however many messages go to it; 0:
 * it has been met, or nobody expects it any more. */
static void
expect_recipient(struct item *item, uint64_t amount)
{
	item->counter->amount -= item->recipient->amount;
	item->counter->amount += amount;
	item->recipient->amount = amount;
}

bool
rate_reservation_has(const struct rate_reservation *reservation,
    const struct rate_item *wanted, uint64_t *amount)
{
	const struct item *item = find_item(reservation, wanted);

	*amount = item == NULL ? 0 : item->amount;
	return item != NULL;
}

void
rate_reservation_add(struct rate_reservation *reservation,
    const struct rate_item *wanted, uint64_t amount, bool is_counted)
{
	struct item *item = find_item(reservation, wanted);

	if (item == NULL)
		item = add_item(reservation, wanted);
	item->amount += amount;
	item->is_counted = is_counted;
	if (item->recipient != NULL) {
		expect_recipient(item, is_counted ? 0 : amount);
	} else if (!is_counted) {
		item->promised += amount;
		item->counter->amount += amount;
	}
}

void
rate_reservation_sign(struct rate_reservation *reservation, uint64_t by)
{
	reservation->signed_by = by;
}

bool
rate_reservation_is_signed(const struct rate_reservation *reservation,
    uint64_t by)
{
	return reservation->signed_by == by;
}

bool
rate_reservation_is_of(const struct rate_reservation *reservation,
    const char *instance)
{
	return strcmp(reservation->instance, instance) == 0;
}

/* How much of what was promised the message took. */
static uint64_t
taken(const struct item *item, const struct rate_message *message)
{
	uint64_t most = 0;

	if (item->unit == RATE_BYTES)
		most = message->bytes;
	else if (item->unit == RATE_RECIPIENTS &&
	    !rate_key_is_of_recipient(item->key))
		most = message->recipients;
	return most > 0 && most < item->promised ? most : item->promised;
}

static void
count_item(const struct rate_reservation *reservation, struct item *item,
    const struct rate_message *message, time_t now)
{
	struct state *state = reservation->all->state;
	const struct state_key *id = &item->counter->id;

	if (item->keeper != NULL) {
		if (item->promised > 0)
			item->keeper->count(item->keeper->ctx, id,
			    taken(item, message), now);
	} else if (item->recipient == NULL && item->promised > 0) {
		rate_counter_add(state, id, item->limits, item->nlimits,
		    taken(item, message), now);
	} else if (item->recipient != NULL && !item->is_counted) {
		expect_recipient(item, 0);
		rate_recipient_meet(state, id, &item->recipient->id,
		    &item->limits[0], now);
	}
}

void
rate_reservation_commit(struct rate_reservation *reservation,
    const struct rate_message *message, time_t now)
{
	for (struct item *item = reservation->items; item != NULL;
	     item = item->next)
		count_item(reservation, item, message, now);
	rate_reservation_release(reservation);
}

void
rate_reservation_release(struct rate_reservation *reservation)
{
	struct rate_reservations *all = reservation->all;
	struct rate_reservation **place =
	    &all->by_instance[reservation->bucket];
	struct item *item;

	while ((item = reservation->items) != NULL) {
		reservation->items = item->next;
		if (item->recipient != NULL && item->recipient->users == 1)
			expect_recipient(item, 0);
		drop_promise(all, item->counter, item->promised);
		drop_promise(all, item->recipient, 0);
		pool_give(&all->pool, item, size_of_item(item->nlimits));
	}
	while (*place != reservation)
		place = &(*place)->next_in_bucket;
	*place = reservation->next_in_bucket;
	dequeue(reservation);
	all->count--;
	*reservation->held_by = NULL;
	pool_give(&all->pool, reservation,
	    sizeof *reservation + strlen(reservation->instance) + 1);
}

void
rate_reservations_expire(struct rate_reservations *all, time_t now)
{
	/* Set back: what runs ends at the latest its own length later. */
	for (struct rate_reservation *reservation = all->newest;
	     reservation != NULL && reservation->since > now;
	     reservation = reservation->older)
		reservation->since = now;
	while (all->oldest != NULL &&
	    now - all->oldest->since >= RESERVATION_SECONDS)
		rate_reservation_release(all->oldest);
}
