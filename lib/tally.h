#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>

#include "strbuf.h"

/*
 * Amounts that fade: a bounded table from keys (addresses, names) to numbers
 * that halve in every half-life.  Where there is no room, the smallest of a
 * few is forgotten.  An attacker cannot choose which: the places depend on a
 * random number.  Times are milliseconds of one clock that never goes back.
 */
struct tally;

/* entries: how many keys it holds, rounded up to a power of two. */
struct tally *tally_new(size_t entries, long half_life_ms);
void tally_free(struct tally *);

/* Both return the amount as of now; 0 for a key that is not there. */
double tally_add(struct tally *, const void *key, size_t len, double amount,
    long now);
double tally_get(const struct tally *, const void *key, size_t len, long now);

/*
 * Call fn for the keys whose amount is at least min, the largest first, at
 * most TALLY_TOP of them.  Of a long key its first TALLY_KEY_MAX bytes are
 * known.  Returns how many there are in all.
 */
#define TALLY_TOP     20
#define TALLY_KEY_MAX 47
size_t tally_top(const struct tally *, double min, long now,
    void (*fn)(void *arg, const void *key, size_t len, double amount),
    void *arg);

#endif
