/*
 * Logins that succeeded lately.  Sets of a few entries; where there is no
 * room, the oldest of a set is forgotten.
 */
#include <nettle/hmac.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "random_bytes.h"
#include "success_cache.h"

#define WAYS 8

struct entry {
	unsigned char hash[SHA256_DIGEST_SIZE];
	long added; /* 0: free */
};

struct success_cache {
	pthread_mutex_t lock;
	long time_ms;
	size_t nsets; /* a power of two */
	struct entry *entries;
	struct hmac_sha256_ctx keyed; /* with the key, before any byte */
};

struct success_cache *
success_cache_new(size_t entries, long time_ms)
{
	struct success_cache *cache = xcalloc(1, sizeof *cache);
	unsigned char key[SHA256_DIGEST_SIZE];

	pthread_mutex_init(&cache->lock, NULL);
	cache->time_ms = time_ms;
	cache->nsets = 1;
	while (cache->nsets * WAYS < entries)
		cache->nsets *= 2;
	cache->entries = xcalloc(cache->nsets * WAYS, sizeof *cache->entries);
	random_bytes(key, sizeof key);
	hmac_sha256_set_key(&cache->keyed, sizeof key, key);
	explicit_bzero(key, sizeof key);
	return cache;
}

void
success_cache_free(struct success_cache *cache)
{
	if (cache == NULL)
		return;
	pthread_mutex_destroy(&cache->lock);
	secret_free(cache->entries,
	    cache->nsets * WAYS * sizeof *cache->entries);
	secret_free(cache, sizeof *cache);
}

void
success_cache_set_time(struct success_cache *cache, long time_ms)
{
	pthread_mutex_lock(&cache->lock);
	cache->time_ms = time_ms;
	pthread_mutex_unlock(&cache->lock);
}

static void
hash_proof(const struct success_cache *cache, const struct login_proof *proof,
    unsigned char hash[SHA256_DIGEST_SIZE])
{
	struct hmac_sha256_ctx ctx = cache->keyed;

	hmac_sha256_update(&ctx, SHA256_DIGEST_SIZE, proof->record_digest);
	hmac_sha256_update(&ctx, strlen(proof->user) + 1,
	    (const unsigned char *)proof->user);
	hmac_sha256_update(&ctx, proof->password_len,
	    (const unsigned char *)proof->password);
	hmac_sha256_digest(&ctx, SHA256_DIGEST_SIZE, hash);
	explicit_bzero(&ctx, sizeof ctx);
}

static struct entry *
find_set(struct success_cache *cache, const unsigned char *hash)
{
	size_t set;

	memcpy(&set, hash, sizeof set);
	return &cache->entries[(set & (cache->nsets - 1)) * WAYS];
}

void
success_cache_add(struct success_cache *cache, const struct login_proof *proof,
    long now)
{
	unsigned char hash[SHA256_DIGEST_SIZE];
	struct entry *set, *place;

	hash_proof(cache, proof, hash);
	set = place = find_set(cache, hash);
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < WAYS; i++) {
		if (secret_equal(set[i].hash, hash, sizeof hash)) {
			place = &set[i];
			break;
		}
		if (set[i].added < place->added)
			place = &set[i];
	}
	memcpy(place->hash, hash, sizeof hash);
	place->added = now;
	pthread_mutex_unlock(&cache->lock);
	explicit_bzero(hash, sizeof hash);
}

bool
success_cache_has(struct success_cache *cache, const struct login_proof *proof,
    long now)
{
	unsigned char hash[SHA256_DIGEST_SIZE];
	const struct entry *set;
	bool found = false;

	hash_proof(cache, proof, hash);
	set = find_set(cache, hash);
	pthread_mutex_lock(&cache->lock);
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].added != 0 && now - set[i].added < cache->time_ms &&
		    secret_equal(set[i].hash, hash, sizeof hash))
			found = true;
	pthread_mutex_unlock(&cache->lock);
	explicit_bzero(hash, sizeof hash);
	return found;
}
