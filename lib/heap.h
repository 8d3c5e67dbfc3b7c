#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/*
 * Things in order, a few at a time: what sorts much without holding up a loop.
 * Giving one and taking one are both a few comparisons.
 */
struct heap {
	int (*compare)(const void *, const void *); /* as for qsort(3), of the
						     * things themselves */
	void **things;                              /* borrowed, each */
	size_t n, size;
};

void heap_add(struct heap *, void *thing);

/* The first in order, which is then no more in it; NULL: it is empty. */
void *heap_take(struct heap *);

void heap_free(struct heap *); /* not the things */

#endif
