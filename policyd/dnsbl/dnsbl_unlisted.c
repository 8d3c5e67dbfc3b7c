/*
 * A cache of who is on none of the lists.
 */
#include <stdlib.h>
#include <string.h>

#include "dnsbl_unlisted.h"
#include "dnsbl_list.h"
#include "mem.h"
#include "ttl_cache.h"

#define MAX_BYTES (8 << 20) /* some 40,000 clients */

struct key {
	char kind;
	char label[DNSBL_NAME_MAX + 1];
};

struct dnsbl_unlisted {
	struct ttl_cache *cache; /* of uint64_t[nlists]: known until then */
	size_t nlists;
	struct key last; /* looked for last */
	size_t last_len;
	uint64_t *last_known; /* NULL: nothing was found */
};

struct dnsbl_unlisted *
dnsbl_unlisted_new(void)
{
	struct dnsbl_unlisted *unlisted = xcalloc(1, sizeof *unlisted);

	unlisted->cache = ttl_cache_new(MAX_BYTES, free);
	return unlisted;
}

void
dnsbl_unlisted_free(struct dnsbl_unlisted *unlisted)
{
	if (unlisted == NULL)
		return;
	ttl_cache_free(unlisted->cache);
	free(unlisted);
}

void
dnsbl_unlisted_clear(struct dnsbl_unlisted *unlisted, size_t nlists)
{
	ttl_cache_remove(unlisted->cache, NULL, NULL);
	unlisted->nlists =
	    nlists < DNSBL_UNLISTED_LISTS ? nlists : DNSBL_UNLISTED_LISTS;
	unlisted->last_len = 0;
}

/* Look a label up, if it is not the one of the last time. */
static uint64_t *
look_up(struct dnsbl_unlisted *unlisted, enum dnsbl_kind kind,
    const char *label, uint64_t now)
{
	struct key *last = &unlisted->last;
	size_t len;

	if (unlisted->last_len > 0 && last->kind == (char)kind &&
	    strcmp(last->label, label) == 0)
		return unlisted->last_known;
	len = strnlen(label, sizeof last->label);
	if (len == sizeof last->label) {
		unlisted->last_len = 0; /* too long to be asked for */
		return NULL;
	}
	last->kind = (char)kind;
	memcpy(last->label, label, len + 1);
	unlisted->last_len = offsetof(struct key, label) + len;
	unlisted->last_known =
	    ttl_cache_find(unlisted->cache, last, unlisted->last_len, now);
	return unlisted->last_known;
}

void
dnsbl_unlisted_put(struct dnsbl_unlisted *unlisted, enum dnsbl_kind kind,
    const char *label, size_t list, uint64_t now, unsigned ttl)
{
	uint64_t ms = (uint64_t)ttl * 1000;
	uint64_t *known;
	size_t size;

	if (list >= unlisted->nlists || ttl == 0)
		return;
	known = look_up(unlisted, kind, label, now);
	if (unlisted->last_len == 0)
		return;
	if (known == NULL) {
		size = unlisted->nlists * sizeof *known;
		known = xcalloc(1, size);
		/* What is dropped for it may be what was found last. */
		ttl_cache_put(unlisted->cache, &unlisted->last,
		    unlisted->last_len, known, size, now + DNSBL_UNLISTED_MS);
		unlisted->last_known = known;
	}
	known[list] = now + (ms < DNSBL_UNLISTED_MS ? ms : DNSBL_UNLISTED_MS);
}

bool
dnsbl_unlisted_has(struct dnsbl_unlisted *unlisted, enum dnsbl_kind kind,
    const char *label, size_t list, uint64_t now)
{
	const uint64_t *known;

	if (list >= unlisted->nlists)
		return false;
	known = look_up(unlisted, kind, label, now);
	return known != NULL && known[list] > now;
}
