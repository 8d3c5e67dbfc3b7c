/*
 * Memory that is wiped when it is given back.
 */
#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "wipe.h"

void
wipe_free(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void *
wipe_realloc(void *old, size_t size)
{
	size_t had = malloc_usable_size(old); /* 0 for NULL */
	void *p;

	if (size == 0) {
		wipe_free(old);
		return NULL;
	}
	p = malloc(size);
	if (p == NULL)
		return NULL;
	if (had > 0)
		memcpy(p, old, had < size ? had : size);
	wipe_free(old);
	return p;
}

void
wipe_libevent(void)
{
	event_set_mem_functions(malloc, wipe_realloc, wipe_free);
}
