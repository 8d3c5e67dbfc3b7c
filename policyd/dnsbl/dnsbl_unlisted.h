#ifndef DNSBL_UNLISTED_H
#define DNSBL_UNLISTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dnsbl.h"

/*
 * Who is known not to be on which lists.  Most clients are on none, and one
 * look tells so for all lists that are asked for the same label in a row;
 * the cache of answers takes one for each.  Bounded, and never the only place
 * that knows.  Times are milliseconds of a clock that only moves on.
 *
 *	dnsbl_unlisted_put(unlisted, kind, label, list->number, now, ttl);
 *	...
 *	if (dnsbl_unlisted_has(unlisted, kind, label, list->number, now))
 *		not listed, and nobody needs to be asked
 *
 * It lives with the lists; when their numbers change it is cleared.
 */
struct dnsbl_unlisted;

#define DNSBL_UNLISTED_LISTS 64 /* what further lists say is not kept */
#define DNSBL_UNLISTED_MS    (300 * 1000) /* the longest that it is kept */

struct dnsbl_unlisted *dnsbl_unlisted_new(void);
void dnsbl_unlisted_free(struct dnsbl_unlisted *);

/* Forget everything.  Lists have the numbers below nlists from now on. */
void dnsbl_unlisted_clear(struct dnsbl_unlisted *, size_t nlists);

/* A list has said no; ttl: seconds for which that is so. */
void dnsbl_unlisted_put(struct dnsbl_unlisted *, enum dnsbl_kind,
    const char *label, size_t list, uint64_t now, unsigned ttl);

bool dnsbl_unlisted_has(struct dnsbl_unlisted *, enum dnsbl_kind,
    const char *label, size_t list, uint64_t now);

#endif
