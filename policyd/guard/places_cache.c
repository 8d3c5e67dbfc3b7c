/*
 * Places by the hash of their login.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "places_cache.h"
#include "mem.h"
#include "state.h"

#define SETS       256
#define WAYS       8 /* the slots of a set, which a login may have */
#define SLOTS      (SETS * WAYS)
#define LOGIN_KEPT 64  /* bytes; places of a longer one are put at once */
#define BYTES_KEPT 384 /* of a record; a longer one is read each time */

struct slot {
	size_t login_len; /* 0: nobody's, or too long */
	char login[LOGIN_KEPT];
	unsigned long round; /* in which the record was put; 0: not yet */
	size_t len;          /* of bytes; 0: the places are to be read anew */
	char bytes[BYTES_KEPT];
	struct places places;
};

struct places_cache {
	struct state *state;
	struct slot *last;   /* found */
	unsigned long round; /* between two writings of the state */
	char written[PLACES_BYTES_MAX];
	uint32_t hashes[SLOTS]; /* of the logins */
	bool is_ahead[SLOTS];   /* of its record */
	uint8_t next[SETS];     /* the way that is given away next */
	/* Memory that nobody has touched yet takes none. */
	struct slot slots[SLOTS];
};

static bool *
ahead(struct places_cache *cache, const struct slot *slot)
{
	return &cache->is_ahead[slot - cache->slots];
}

static uint32_t *
hash_of(struct places_cache *cache, const struct slot *slot)
{
	return &cache->hashes[slot - cache->slots];
}

/* That of a hash, or one to give away. */
static struct slot *
find_slot(struct places_cache *cache, uint32_t hash)
{
	size_t set = hash % SETS, first = set * WAYS;

	for (size_t way = 0; way < WAYS; way++)
		if (cache->hashes[first + way] == hash)
			return &cache->slots[first + way];
	return &cache->slots[first + cache->next[set]++ % WAYS];
}

/* A record lasts as long as a place does. */
static void
put(struct places_cache *cache, struct slot *slot,
    const struct state_key *login)
{
	size_t len = places_encode(&slot->places, cache->written);

	slot->len = len <= BYTES_KEPT ? len : 0;
	if (slot->len > 0) {
		memcpy(slot->bytes, cache->written, slot->len);
		places_rebase(&slot->places, cache->written, slot->bytes);
	}
	state_put_key(cache->state, STATE_PLACES, login, cache->written, len,
	    slot->places.as_of + PLACE_LIFE);
	slot->round = cache->round;
	*ahead(cache, slot) = false;
}

static void
catch_up(struct places_cache *cache, struct slot *slot)
{
	const struct state_key login = { slot->login, slot->login_len,
		*hash_of(cache, slot) };

	if (*ahead(cache, slot))
		put(cache, slot, &login);
}

void
places_cache_put(struct places_cache *cache)
{
	for (size_t i = 0; i < SLOTS; i++)
		catch_up(cache, &cache->slots[i]);
	cache->round++;
}

static void
on_writing(void *arg)
{
	places_cache_put(arg);
}

struct places_cache *
places_cache_new(struct state *state)
{
	struct places_cache *cache = xcalloc(1, sizeof *cache);

	cache->state = state;
	cache->round = 1;
	state_set_keeper(state, STATE_PLACES, on_writing, cache);
	return cache;
}

void
places_cache_free(struct places_cache *cache)
{
	places_cache_put(cache);
	state_set_keeper(cache->state, STATE_PLACES, NULL, NULL);
	free(cache);
}

static bool
is_of(const struct slot *slot, const struct state_key *login)
{
	return slot->login_len == login->len &&
	    memcmp(slot->login, login->bytes, login->len) == 0;
}

/* Another's. */
static void
begin(struct places_cache *cache, struct slot *slot,
    const struct state_key *login)
{
	slot->login_len = login->len <= LOGIN_KEPT ? login->len : 0;
	memcpy(slot->login, login->bytes, slot->login_len);
	*hash_of(cache, slot) = login->hash;
	slot->round = 0;
}

/* Time only goes on in a slot. */
static bool
is_fresh(const struct slot *slot, const struct state_record *record, time_t now)
{
	return record->len == slot->len && slot->len > 0 &&
	    memcmp(record->value, slot->bytes, slot->len) == 0 &&
	    now >= slot->places.as_of;
}

/* Returns false when it is none of ours. */
static bool
fill(struct slot *slot, const struct state_record *record)
{
	const char *bytes = record->value;

	slot->len = record->len <= BYTES_KEPT ? record->len : 0;
	if (slot->len > 0)
		bytes = memcpy(slot->bytes, bytes, slot->len);
	places_init(&slot->places);
	return places_decode(&slot->places, bytes, record->len);
}

static void
empty(struct slot *slot, time_t now)
{
	slot->len = 0;
	places_init(&slot->places);
	slot->places.as_of = now;
}

/* What the record says. */
static void
read_record(struct places_cache *cache, struct slot *slot,
    const struct state_key *login, time_t now)
{
	struct state_record record;

	catch_up(cache, slot);
	if (!is_of(slot, login))
		begin(cache, slot, login);
	if (!state_find_key(cache->state, STATE_PLACES, login, &record) ||
	    (!is_fresh(slot, &record, now) && !fill(slot, &record)))
		empty(slot, now);
	if (now < slot->places.as_of)
		slot->len = 0;
}

struct places *
places_cache_find(struct places_cache *cache, const struct state_key *login,
    time_t now)
{
	struct slot *slot = find_slot(cache, login->hash);

	cache->last = slot;
	if (!*ahead(cache, slot) || !is_of(slot, login) ||
	    now < slot->places.as_of)
		read_record(cache, slot, login, now);
	places_move(&slot->places, now);
	return &slot->places;
}

/* A new place borrows its name of a request. */
static bool
has_names(const struct slot *slot)
{
	for (size_t i = 0; i < slot->places.n; i++) {
		uintptr_t name = (uintptr_t)slot->places.list[i].origin;

		if (name - (uintptr_t)slot->bytes >= slot->len)
			return false;
	}
	return true;
}

void
places_cache_keep(struct places_cache *cache, const struct state_key *login)
{
	struct slot *slot = cache->last;

	places_settle(&slot->places);
	if (slot->round == cache->round && slot->login_len > 0 &&
	    has_names(slot))
		*ahead(cache, slot) = true;
	else
		put(cache, slot, login);
}
