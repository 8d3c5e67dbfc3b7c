/*
 * Places in the state.  The key of a record is the login in lower case; that of
 * the moment when learning began has a NUL, which no login can have.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "clock.h"
#include "mem.h"
#include "places_cache.h"
#include "rate_reservation.h"
#include "rates.h"
#include "state.h"
#include "suspensions.h"
#include "utf8.h"
#include "watch.h"

static const char learning_key[] = "\0learning";

struct guard {
	struct state *state;
	struct rate_reservations *reservations;
	struct rate_keeper keeper;
	struct watch *watch;
	struct places_cache *cache;
	struct places *found; /* in it, by the last of so many looks */
	unsigned long looks;
	time_t began;
};

/* Records. */

static struct state_key
key_of(const struct guard_login *login)
{
	return (struct state_key){ login->bytes, login->len, login->hash };
}

static void
set_login(struct guard_login *login, const char *user, size_t len)
{
	login->len = len < GUARD_LOGIN_MAX ? len : GUARD_LOGIN_MAX;
	utf8_lower_ascii(login->bytes, user, login->len);
	login->hash = state_key_of(login->bytes, login->len).hash;
}

/* What is known of a login; to be kept when it has changed. */
static struct places *
find_places(struct guard *guard, const struct state_key *login, time_t now)
{
	guard->looks++;
	guard->found = places_cache_find(guard->cache, login, now);
	return guard->found;
}

/* What a view shows, or what has become of it since. */
static struct places *
places_of(struct guard *guard, const struct guard_view *view)
{
	const struct state_key key = key_of(&view->login);

	return view->look == guard->looks ? guard->found
					  : find_places(guard, &key, view->now);
}

/* Messages on their way. */

static const char count_letters[PLACES_COUNTS] = {
	[COUNT_OWN] = 'o',
	[COUNT_STRANGE] = 's',
	[COUNT_TRIED] = 't',
	[COUNT_HELD] = 'h',
};

struct id {
	char bytes[2 + GUARD_LOGIN_MAX];
};

/* One hash tells a login's counts from those of others. */
static struct state_key
id_of(struct id *id, enum places_count count, const struct guard_login *login)
{
	id->bytes[0] = 'g'; /* no unit of rates */
	id->bytes[1] = count_letters[count];
	memcpy(id->bytes + 2, login->bytes, login->len);
	return (struct state_key){ id->bytes, 2 + login->len, login->hash };
}

/* A message has ended. */
static void
on_count(void *ctx, const struct state_key *id, uint64_t amount, time_t now)
{
	const struct state_key login = { id->bytes + 2, id->len - 2, id->hash };
	struct guard *guard = ctx;
	enum places_count count = 0;
	struct places *places = find_places(guard, &login, now);

	while (count_letters[count] != id->bytes[1])
		count++;
	places_add(places, count, amount, now);
	places_cache_keep(guard->cache, &login);
}

/* id: what the item points to. */
static struct rate_item
item_of(const struct guard *guard, enum places_count count,
    const struct guard_login *login, struct id *id)
{
	return (struct rate_item){
		.counter.unit =
		    count == COUNT_HELD ? RATE_MESSAGES : RATE_RECIPIENTS,
		.id = id_of(id, count, login),
		.keeper = &guard->keeper,
	};
}

struct guard *
guard_new(struct state *state, struct rates *rates, struct watch *watch)
{
	struct guard *guard = xcalloc(1, sizeof *guard);
	struct state_record record;

	guard->state = state;
	guard->watch = watch;
	guard->reservations = rates_reservations(rates);
	guard->keeper = (struct rate_keeper){ on_count, guard };
	guard->cache = places_cache_new(state);
	if (state_find(state, STATE_PLACES, learning_key, sizeof learning_key,
		&record))
		guard->began = record.since;
	return guard;
}

void
guard_free(struct guard *guard)
{
	if (guard == NULL)
		return;
	places_cache_free(guard->cache);
	free(guard);
}

void
guard_begin(struct guard *guard)
{
	if (guard->began != 0)
		return;
	guard->began = clock_now();
	state_put(guard->state, STATE_PLACES, learning_key, sizeof learning_key,
	    "", 0, 0);
}

/* What happens, for the watch. */

static void
tell(const struct guard *guard, enum watch_event event,
    const struct guard_login *login, time_t until)
{
	struct json *json;
	char *user;

	if (!watch_wants(guard->watch, event))
		return;
	user = xstrndup(login->bytes, login->len);
	json = watch_begin(guard->watch, event);
	json_string(json, "user", user);
	if (event == WATCH_LOCK)
		json_integer(json, "until", until);
	else
		json_string(json, "source",
		    suspension_source_name(SUSPENSION_GUARD));
	watch_end(guard->watch);
	free(user);
}

/* The first mail from there; that of a new login has nothing to differ from. */
static void
tell_place(const struct guard *guard, const struct guard_order *order,
    const struct places *known)
{
	const struct guard_login *login = &order->view->login;
	struct json *json;
	char *user;

	if (!watch_wants(guard->watch, WATCH_PLACE) || known->n == 0 ||
	    places_find(known, order->origin) != NULL)
		return;
	user = xstrndup(login->bytes, login->len);
	json = watch_begin(guard->watch, WATCH_PLACE);
	json_string(json, "user", user);
	json_string(json, "place", order->origin);
	json_string(json, "ip", order->request->client_address);
	watch_end(guard->watch);
	free(user);
}

static void
tell_record(void *arg, const struct state_record *record)
{
	const struct guard *guard = arg;
	struct guard_login login;
	struct places places;

	places_init(&places);
	if (record->keylen > GUARD_LOGIN_MAX ||
	    !places_decode(&places, record->value, record->len))
		return;
	places_move(&places, clock_now());
	set_login(&login, record->key, record->keylen);
	if (places.locked_until != 0)
		tell(guard, WATCH_LOCK, &login, places.locked_until);
}

void
guard_tell(struct guard *guard)
{
	if (!watch_wants(guard->watch, WATCH_LOCK))
		return;
	places_cache_put(guard->cache);
	state_each(guard->state, STATE_PLACES, tell_record, guard);
}

bool
guard_resume(struct guard *guard, const char *user)
{
	struct guard_login login;
	struct state_record record;
	struct state_key key;
	struct places *places;

	set_login(&login, user, strlen(user));
	key = key_of(&login);
	places_cache_put(guard->cache); /* his record may have given way */
	if (!state_find_key(guard->state, STATE_PLACES, &key, &record))
		return false;
	places = find_places(guard, &key, clock_now());
	if (places->locked_until != 0)
		tell(guard, WATCH_RESUMED, &login, 0);
	places_resume(places);
	places_cache_keep(guard->cache, &key);
	return true;
}

void
guard_put(struct guard *guard, const char *user, const struct places *places)
{
	struct guard_login login;
	struct state_key key;
	struct places *known;

	set_login(&login, user, strlen(user));
	key = key_of(&login);
	known = find_places(guard, &key, places->as_of);
	*known = *places;
	places_cache_keep(guard->cache, &key);
}

void
guard_look(struct guard *guard, const struct request *request, time_t now,
    struct guard_view *view)
{
	static const struct places nothing;
	const struct rate_reservation *message;
	const char *user = request->sasl_username;
	struct state_key key;

	memset(view, 0, offsetof(struct guard_view, login.bytes));
	view->now = now;
	view->places = &nothing;
	if (guard == NULL)
		return;
	set_login(&view->login, user, strlen(user));
	key = key_of(&view->login);
	view->places = find_places(guard, &key, now);
	view->look = guard->looks;
	if (guard->began > now) /* the clock was set back */
		guard->began = now;
	view->began = guard->began;
	if (!rate_is_reserved(guard->reservations, view->login.hash))
		return; /* as of most: one look for all counts */
	message = rate_reservation_find(guard->reservations, request->instance);
	for (enum places_count i = 0; i < PLACES_COUNTS; i++) {
		struct id id;
		const struct rate_item item =
		    item_of(guard, i, &view->login, &id);
		uint64_t amount;

		view->reserved[i] =
		    rate_reserved(guard->reservations, &item.id);
		if (message == NULL ||
		    !rate_reservation_has(message, &item, &amount))
			continue;
		view->is_reserved = true;
		view->is_held |= i == COUNT_HELD;
	}
}

/* What passed; returns whether the places have changed, as they may have
 * before.
 */
static bool
take_pass(struct guard *guard, const struct guard_order *order,
    struct places *places, bool changes, struct rate_reservation **held_by)
{
	const char *instance = order->request->instance;
	bool counts_now = order->counts_now || instance[0] == '\0';
	time_t now = order->view->now;
	struct rate_item item;
	struct id id;

	if (order->wanted > 0 && counts_now) {
		places_add(places, order->count, order->wanted, now);
		changes = true;
	} else if (order->wanted > 0) {
		item = item_of(guard, order->count, &order->view->login, &id);
		rate_reservation_add(rate_reservation_get(guard->reservations,
					 instance, held_by, now),
		    &item, order->wanted, false);
	}
	if (order->is_familiar)
		return changes;
	tell_place(guard, order, places);
	return places_use(places, order->origin, now, changes);
}

/* Of a message on hold only that counts, once. */
static bool
take_hold(struct guard *guard, const struct guard_order *order,
    struct places *places, struct rate_reservation **held_by)
{
	const char *instance = order->request->instance;
	bool counts_now = order->counts_now || instance[0] == '\0';
	time_t now = order->view->now;

	if (instance[0] != '\0') {
		struct rate_reservation *message = rate_reservation_get(
		    guard->reservations, instance, held_by, now);
		struct id id;
		const struct rate_item item =
		    item_of(guard, COUNT_HELD, &order->view->login, &id);
		uint64_t given;

		if (rate_reservation_has(message, &item, &given))
			return false;
		rate_reservation_add(message, &item, 1, counts_now);
	}
	if (counts_now)
		places_add(places, COUNT_HELD, 1, now);
	return counts_now;
}

void
guard_take(struct guard *guard, const struct guard_order *order,
    bool has_passed, struct rate_reservation **held_by)
{
	const struct guard_view *view = order->view;
	const struct state_key key = key_of(&view->login);
	struct places *places = places_of(guard, view);
	bool changes = false;

	if (order->is_try)
		changes = places_try(places, order->origin, order->recipient,
		    has_passed, view->now);
	if (order->locked_until != 0) {
		places_lock(places, order->locked_until);
		tell(guard, WATCH_LOCK, &view->login, order->locked_until);
		changes = true;
	}
	if (has_passed && order->is_held)
		changes |= take_hold(guard, order, places, held_by);
	else if (has_passed)
		changes = take_pass(guard, order, places, changes, held_by);
	if (changes)
		places_cache_keep(guard->cache, &key);
}
