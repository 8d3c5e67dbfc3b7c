/*
 * A hash table whose entries also stand in a list, the newest first.  A find
 * only leaves a mark; at the end of the list, a marked entry gets a second
 * turn (some at a time: no pause).  To move it with each find would touch two
 * other entries, and cost more than the find.
 * The number of buckets is fixed by the bound: no pause to grow.  They are
 * there from the first entry on; many a cache never has one.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "ttl_cache.h"
#include "key_hash.h"
#include "mem.h"

#define BYTES_PER_BUCKET 256 /* about one entry */
#define BUCKETS_MIN      64
#define ALLOC_OVERHEAD   16 /* of the allocator, per block */
#define SECOND_TURNS_MAX 16

struct entry {
	LIST_ENTRY(entry) same_bucket;
	TAILQ_ENTRY(entry) by_turn;
	uint64_t expires;
	void *value;
	size_t size; /* all that the entry takes */
	uint32_t hash;
	uint32_t keylen;
	bool was_found; /* in this turn */
	char key[];
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(turn_list, entry);

struct ttl_cache {
	struct key_hash hash;
	struct bucket *buckets; /* NULL: there was no entry yet */
	size_t mask;
	struct turn_list by_turn; /* newest first */
	size_t count;
	size_t bytes;
	size_t max_bytes;
	void (*release)(void *value);
};

struct ttl_cache *
ttl_cache_new(size_t max_bytes, void (*release)(void *value))
{
	struct ttl_cache *cache = xcalloc(1, sizeof *cache);
	size_t nbuckets = BUCKETS_MIN;

	while (nbuckets < max_bytes / BYTES_PER_BUCKET)
		nbuckets *= 2;
	cache->mask = nbuckets - 1;
	cache->max_bytes = max_bytes;
	cache->release = release;
	key_hash_init(&cache->hash);
	TAILQ_INIT(&cache->by_turn);
	return cache;
}

static void
drop(struct ttl_cache *cache, struct entry *entry)
{
	LIST_REMOVE(entry, same_bucket);
	TAILQ_REMOVE(&cache->by_turn, entry, by_turn);
	cache->count--;
	cache->bytes -= entry->size;
	if (cache->release != NULL)
		cache->release(entry->value);
	free(entry);
}

void
ttl_cache_free(struct ttl_cache *cache)
{
	if (cache == NULL)
		return;
	ttl_cache_remove(cache, NULL, NULL);
	free(cache->buckets);
	free(cache);
}

static uint32_t
hash_key(const struct ttl_cache *cache, const void *key, size_t keylen)
{
	return (uint32_t)key_hash(&cache->hash, key, keylen);
}

static struct entry *
find(struct ttl_cache *cache, uint32_t hash, const void *key, size_t keylen)
{
	struct entry *entry;

	if (cache->count == 0)
		return NULL;
	LIST_FOREACH(entry, &cache->buckets[hash & cache->mask], same_bucket)
	{
		if (entry->hash == hash && entry->keylen == keylen &&
		    memcmp(entry->key, key, keylen) == 0)
			return entry;
	}
	return NULL;
}

void *
ttl_cache_find(struct ttl_cache *cache, const void *key, size_t keylen,
    uint64_t now)
{
	struct entry *entry =
	    find(cache, hash_key(cache, key, keylen), key, keylen);

	if (entry == NULL)
		return NULL;
	if (entry->expires <= now) {
		drop(cache, entry);
		return NULL;
	}
	entry->was_found = true;
	return entry->value;
}

/* The next to go, after the marked ones have got another turn. */
static struct entry *
oldest(struct ttl_cache *cache)
{
	struct entry *entry = TAILQ_LAST(&cache->by_turn, turn_list);

	for (int i = 0; i < SECOND_TURNS_MAX && entry->was_found; i++) {
		entry->was_found = false;
		TAILQ_REMOVE(&cache->by_turn, entry, by_turn);
		TAILQ_INSERT_HEAD(&cache->by_turn, entry, by_turn);
		entry = TAILQ_LAST(&cache->by_turn, turn_list);
	}
	return entry;
}

void
ttl_cache_put(struct ttl_cache *cache, const void *key, size_t keylen,
    void *value, size_t size, uint64_t expires)
{
	uint32_t hash = hash_key(cache, key, keylen);
	struct entry *entry = find(cache, hash, key, keylen);

	if (cache->buckets == NULL)
		cache->buckets =
		    xcalloc(cache->mask + 1, sizeof cache->buckets[0]);
	if (entry != NULL)
		drop(cache, entry);
	entry = xmalloc(sizeof *entry + keylen);
	entry->expires = expires;
	entry->value = value;
	entry->size = sizeof *entry + keylen + size + 2 * ALLOC_OVERHEAD;
	entry->hash = hash;
	entry->keylen = (uint32_t)keylen;
	entry->was_found = false;
	memcpy(entry->key, key, keylen);
	LIST_INSERT_HEAD(&cache->buckets[hash & cache->mask], entry,
	    same_bucket);
	TAILQ_INSERT_HEAD(&cache->by_turn, entry, by_turn);
	cache->count++;
	cache->bytes += entry->size;
	while (cache->bytes > cache->max_bytes)
		drop(cache, oldest(cache));
}

void
ttl_cache_forget(struct ttl_cache *cache, const void *key, size_t keylen)
{
	struct entry *entry =
	    find(cache, hash_key(cache, key, keylen), key, keylen);

	if (entry != NULL)
		drop(cache, entry);
}

void
ttl_cache_remove(struct ttl_cache *cache,
    int (*match)(void *arg, const void *key, size_t keylen), void *arg)
{
	struct entry *entry, *next;

	for (entry = TAILQ_FIRST(&cache->by_turn); entry != NULL;
	     entry = next) {
		next = TAILQ_NEXT(entry, by_turn);
		if (match == NULL || match(arg, entry->key, entry->keylen))
			drop(cache, entry);
	}
}

size_t
ttl_cache_count(const struct ttl_cache *cache)
{
	return cache->count;
}

size_t
ttl_cache_bytes(const struct ttl_cache *cache)
{
	return cache->bytes;
}
