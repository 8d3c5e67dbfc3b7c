#ifndef PLACES_CACHE_H
#define PLACES_CACHE_H

#include <stddef.h>
#include <time.h>

#include "places.h"
#include "state_record.h"

/*
 * Places of the logins that were asked for lately, as they were read from
 * their records or written to them.  They are taken for what a record says only
 * where it has these very bytes: whoever changes, forgets or brings back a
 * record need not tell.
 */
struct places_cache;

struct places_cache *places_cache_new(void);
void places_cache_free(struct places_cache *);

/* What a record says, as of now; NULL, or none of ours: never seen.  hash: of
 * its key.  The places are borrowed until the next call, and may be changed
 * where they are written then. */
struct places *places_cache_read(struct places_cache *,
    const struct state_record *, uint32_t hash, time_t now);

/* The bytes of the places that were read last, for their record; borrowed until
 * the next call. */
const char *places_cache_write(struct places_cache *, size_t *len);

#endif
