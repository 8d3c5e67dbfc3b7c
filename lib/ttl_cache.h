#ifndef TTL_CACHE_H
#define TTL_CACHE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Values that are kept under a key until their time is over.  Bounded: when
 * it is full, what was not looked at for long goes first.  Time comes in
 * as milliseconds of any clock that only moves on.
 */
struct ttl_cache;

/* max_bytes: of keys, values and what they need here.  release: NULL for
 * values that need none. */
struct ttl_cache *ttl_cache_new(size_t max_bytes, void (*release)(void *value));
void ttl_cache_free(struct ttl_cache *);

/* Returns the value, owned by the cache, or NULL. */
void *ttl_cache_find(struct ttl_cache *, const void *key, size_t keylen,
    uint64_t now);

/* Takes ownership of the value (size bytes); what was there is released. */
void ttl_cache_put(struct ttl_cache *, const void *key, size_t keylen,
    void *value, size_t size, uint64_t expires);

void ttl_cache_forget(struct ttl_cache *, const void *key, size_t keylen);

/* Remove all entries, or those for which match says so. */
void ttl_cache_remove(struct ttl_cache *,
    int (*match)(void *arg, const void *key, size_t keylen), void *arg);

size_t ttl_cache_count(const struct ttl_cache *);
size_t ttl_cache_bytes(const struct ttl_cache *);

#endif
