/*
 * A binary heap: children of i are 2i + 1 and 2i + 2, and follow it in order.
 */
#include <stdlib.h>

#include "heap.h"
#include "mem.h"

void
heap_add(struct heap *heap, void *thing)
{
	size_t i = heap->n++;

	if (heap->n > heap->size) {
		heap->size = 2 * heap->size + 64;
		heap->things = xreallocarray(heap->things, heap->size,
		    sizeof heap->things[0]);
	}
	while (i > 0 && heap->compare(thing, heap->things[(i - 1) / 2]) < 0) {
		heap->things[i] = heap->things[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->things[i] = thing;
}

/* Of the children of i the one that is first. */
static size_t
first_child(const struct heap *heap, size_t i)
{
	size_t child = 2 * i + 1;

	if (child + 1 < heap->n &&
	    heap->compare(heap->things[child + 1], heap->things[child]) < 0)
		child++;
	return child;
}

void *
heap_take(struct heap *heap)
{
	void *first, *last;
	size_t i = 0, child;

	if (heap->n == 0)
		return NULL;
	first = heap->things[0];
	last = heap->things[--heap->n];
	while ((child = first_child(heap, i)) < heap->n &&
	    heap->compare(heap->things[child], last) < 0) {
		heap->things[i] = heap->things[child];
		i = child;
	}
	heap->things[i] = last;
	return first;
}

void
heap_free(struct heap *heap)
{
	free(heap->things);
	*heap = (struct heap){ 0 };
}
