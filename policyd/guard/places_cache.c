/*
 * Places by the hash of their login.
 */
#include <stdlib.h>
#include <string.h>

#include "places_cache.h"
#include "mem.h"

#define SLOTS      1024
#define BYTES_KEPT 384 /* of a record; a longer one is read each time */

struct slot {
	size_t len; /* of bytes; 0: the places are to be read anew */
	char bytes[BYTES_KEPT];
	struct places places;
};

struct places_cache {
	struct slot *last; /* read or written */
	char written[PLACES_BYTES_MAX];
	/* Memory that nobody has touched yet takes none. */
	struct slot slots[SLOTS];
};

struct places_cache *
places_cache_new(void)
{
	return xcalloc(1, sizeof(struct places_cache));
}

void
places_cache_free(struct places_cache *cache)
{
	free(cache);
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

struct places *
places_cache_read(struct places_cache *cache, const struct state_record *record,
    uint32_t hash, time_t now)
{
	struct slot *slot = &cache->slots[hash % SLOTS];

	cache->last = slot;
	if (record == NULL ||
	    (!is_fresh(slot, record, now) && !fill(slot, record)))
		empty(slot, now);
	if (now < slot->places.as_of)
		slot->len = 0;
	places_move(&slot->places, now);
	return &slot->places;
}

const char *
places_cache_write(struct places_cache *cache, size_t *len)
{
	struct slot *slot = cache->last;

	*len = places_encode(&slot->places, cache->written);
	slot->len = *len <= BYTES_KEPT ? *len : 0;
	if (slot->len > 0) {
		memcpy(slot->bytes, cache->written, slot->len);
		places_rebase(&slot->places, cache->written, slot->bytes);
	}
	return cache->written;
}
