#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/*
 * Memory that is given out piece by piece and taken back all at once: what one
 * evaluation needs.  All-zero is a valid empty arena.  A reset keeps the first
 * block, so that the usual request allocates nothing.
 */
struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *last;
};

void *arena_alloc(struct arena *, size_t size);       /* zeroed, aligned */
void *arena_alloc_unset(struct arena *, size_t size); /* the same, not zeroed */
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t len);
char *arena_join(struct arena *, const char *, const char *);
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_lower(struct arena *, const char *); /* a copy, ASCII folded */

void arena_reset(struct arena *);
void arena_free(struct arena *); /* back to all-zero */

#endif
