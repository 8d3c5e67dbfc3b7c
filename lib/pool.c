/*
 * Memory that is kept: a list for each size.
 */
#include <stdlib.h>

#include "pool.h"
#include "mem.h"

struct pool_piece {
	struct pool_piece *next;
};

/* The number of a size; one that is not below POOL_SIZES is not kept. */
static size_t
number_of(size_t size)
{
	return (size - 1) / POOL_STEP;
}

void *
pool_take(struct pool *pool, size_t size)
{
	size_t number = number_of(size);
	size_t rounded = (number + 1) * POOL_STEP;
	struct pool_piece *piece =
	    number < POOL_SIZES ? pool->kept[number] : NULL;

	if (piece == NULL)
		return xmalloc(rounded);
	pool->kept[number] = piece->next;
	pool->bytes -= rounded;
	return piece;
}

void
pool_give(struct pool *pool, void *memory, size_t size)
{
	size_t number = number_of(size);
	size_t rounded = (number + 1) * POOL_STEP;
	struct pool_piece *piece = memory;

	if (number >= POOL_SIZES || pool->bytes + rounded > POOL_BYTES) {
		free(memory);
		return;
	}
	piece->next = pool->kept[number];
	pool->kept[number] = piece;
	pool->bytes += rounded;
}

void
pool_free(struct pool *pool)
{
	for (size_t i = 0; i < POOL_SIZES; i++)
		for (struct pool_piece *piece = pool->kept[i], *next;
		     piece != NULL; piece = next) {
			next = piece->next;
			free(piece);
		}
	*pool = (struct pool){ 0 };
}
