#ifndef PENALTY_H
#define PENALTY_H

#include <stdbool.h>
#include <stddef.h>

#include "source.h"
#include "strbuf.h"

/*
 * What guessing costs: how long a refusal is held back.  Addresses that fail
 * often wait longer; an account that fails from many places, and a site of
 * IPv6 that fails from many of its /64s, are held back for all places where the
 * user never logged in, and for no others.  A site begins to be slowed at the
 * failures of SITE_SOURCES addresses (source.h), those left out that slow one
 * of its /64s already: neither neighbours who mistype nor one who guesses cost
 * the others anything.  Memory is bounded, however many addresses there are.
 * Times as in tally.h; user: user@realm.
 */
struct penalty;

struct penalty *penalty_new(void);
void penalty_free(struct penalty *);

/* Whether the user logged in from there before. */
bool penalty_is_known(const struct penalty *, const char *user,
    const struct source *, long now);

void penalty_succeeded(struct penalty *, const char *user,
    const struct source *, long now);

/*
 * Record a failure.  base_ms: what the first one costs; the most is twice
 * that; always base_ms where the source is not known.  Returns the milliseconds
 * from the request to its refusal.
 */
long penalty_failed(struct penalty *, const char *user, const struct source *,
    long base_ms, long now);

/* What a failure of this user would cost now where he never logged in. */
long penalty_of_stranger(const struct penalty *, const char *user, long base_ms,
    long now);

/* Who is held back longer than base_ms and why, a line each. */
void penalty_print(const struct penalty *, long base_ms, long now,
    struct strbuf *out);

#endif
