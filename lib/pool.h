#ifndef POOL_H
#define POOL_H

#include <stddef.h>

/*
 * Small pieces of memory that come and go with each request: what was given
 * back is kept for the next of about that size.  Of hundreds that are in use at
 * once malloc keeps only the last few at hand.  All-zero is an empty pool.
 */
#define POOL_STEP  64           /* bytes; sizes are rounded up to it */
#define POOL_SIZES 8            /* larger pieces are not kept */
#define POOL_BYTES (256 * 1024) /* that are kept */

struct pool_piece;

struct pool {
	struct pool_piece *kept[POOL_SIZES];
	size_t bytes; /* of them */
};

void *pool_take(struct pool *, size_t size); /* not zeroed */

/* size: that it was taken with. */
void pool_give(struct pool *, void *, size_t size);

/* What was taken and is not back stays where it is. */
void pool_free(struct pool *);

#endif
