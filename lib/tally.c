/*
 * Amounts that fade, in a table of fixed size: sets of a few places each, as
 * in a processor's cache.  Finding, adding and forgetting look at one set.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "key_hash.h"
#include "mem.h"
#include "tally.h"

#define WAYS 8

struct entry {
	uint64_t hash; /* 0: free */
	double amount; /* as of then */
	long then;
	unsigned char keylen;
	char key[TALLY_KEY_MAX];
};

struct tally {
	struct key_hash hash;
	size_t nsets;   /* a power of two */
	long half_life; /* ms */
	struct entry *entries;
};

struct tally *
tally_new(size_t entries, long half_life_ms)
{
	struct tally *tally = xcalloc(1, sizeof *tally);

	tally->nsets = 1;
	while (tally->nsets * WAYS < entries)
		tally->nsets *= 2;
	tally->half_life = half_life_ms;
	tally->entries = xcalloc(tally->nsets * WAYS, sizeof *tally->entries);
	key_hash_init(&tally->hash);
	return tally;
}

void
tally_free(struct tally *tally)
{
	if (tally == NULL)
		return;
	free(tally->entries);
	free(tally);
}

/* Never that of a free entry. */
static uint64_t
hash_key(const struct tally *tally, const void *key, size_t len)
{
	uint64_t hash = key_hash(&tally->hash, key, len);

	return hash != 0 ? hash : 1;
}

/* Halved for every whole half-life, and in a straight line between. */
static double
faded(const struct tally *tally, const struct entry *entry, long now)
{
	long span = now - entry->then;
	long halvings = span / tally->half_life;
	double rest = (double)(span % tally->half_life);

	if (halvings >= 64)
		return 0;
	return entry->amount / (double)(1UL << halvings) *
	    (1 - rest / (2 * (double)tally->half_life));
}

static struct entry *
find_set(const struct tally *tally, uint64_t hash)
{
	return &tally->entries[(hash & (tally->nsets - 1)) * WAYS];
}

/* The key's entry, or NULL. */
static struct entry *
find(const struct tally *tally, uint64_t hash)
{
	struct entry *set = find_set(tally, hash);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].hash == hash)
			return &set[i];
	return NULL;
}

/* A free entry, or that of the smallest amount. */
static struct entry *
find_room(const struct tally *tally, uint64_t hash, long now)
{
	struct entry *set = find_set(tally, hash), *smallest = set;
	double least = 0;

	for (size_t i = 0; i < WAYS; i++) {
		double amount =
		    set[i].hash == 0 ? -1 : faded(tally, &set[i], now);

		if (i == 0 || amount < least) {
			least = amount;
			smallest = &set[i];
		}
	}
	return smallest;
}

double
tally_add(struct tally *tally, const void *key, size_t len, double amount,
    long now)
{
	uint64_t hash = hash_key(tally, key, len);
	struct entry *entry = find(tally, hash);

	if (entry != NULL) {
		amount += faded(tally, entry, now);
	} else {
		entry = find_room(tally, hash, now);
		entry->hash = hash;
		entry->keylen =
		    (unsigned char)(len < TALLY_KEY_MAX ? len : TALLY_KEY_MAX);
		memcpy(entry->key, key, entry->keylen);
	}
	entry->amount = amount;
	entry->then = now;
	return amount;
}

double
tally_get(const struct tally *tally, const void *key, size_t len, long now)
{
	const struct entry *entry = find(tally, hash_key(tally, key, len));

	return entry == NULL ? 0 : faded(tally, entry, now);
}

size_t
tally_top(const struct tally *tally, double min, long now,
    void (*fn)(void *arg, const void *key, size_t len, double amount),
    void *arg)
{
	struct {
		const struct entry *entry;
		double amount;
	} top[TALLY_TOP];
	size_t ntop = 0, all = 0;

	for (size_t i = 0; i < tally->nsets * WAYS; i++) {
		const struct entry *entry = &tally->entries[i];
		double amount;
		size_t place;

		if (entry->hash == 0)
			continue;
		amount = faded(tally, entry, now);
		if (amount < min)
			continue;
		all++;
		if (ntop == TALLY_TOP) {
			if (amount <= top[ntop - 1].amount)
				continue;
			ntop--;
		}
		for (place = ntop++;
		     place > 0 && top[place - 1].amount < amount; place--)
			top[place] = top[place - 1];
		top[place].entry = entry;
		top[place].amount = amount;
	}
	for (size_t i = 0; i < ntop; i++)
		fn(arg, top[i].entry->key, top[i].entry->keylen, top[i].amount);
	return all;
}
