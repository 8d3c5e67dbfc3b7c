#ifndef PLACES_CACHE_H
#define PLACES_CACHE_H

#include <time.h>

#include "places.h"
#include "state_record.h"

struct state;

/*
 * Places of logins, in the state; those of whom was asked for lately are kept
 * as they were read or written, too.  They are taken for what a record says
 * where it has these very bytes.
 *
 * What changes again before the state has written down the last change is put
 * into its record only then (state_set_keeper): until then the record is
 * behind.
 */
struct places_cache;

struct places_cache *places_cache_new(struct state *); /* borrowed */
void places_cache_free(struct places_cache *);

/* What is known of a login, as of now.  The places are borrowed until the next
 * call, and may be changed where they are kept then. */
struct places *places_cache_find(struct places_cache *,
    const struct state_key *login, time_t now);

/* Remember the places that were found last, which are this login's. */
void places_cache_keep(struct places_cache *, const struct state_key *login);

/* Put all into their records. */
void places_cache_put(struct places_cache *);

#endif
