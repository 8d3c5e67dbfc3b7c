/*
 * Memory of one evaluation: a chain of blocks, filled from front to back.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "mem.h"
#include "utf8.h"

#define ARENA_BLOCK 8192
#define ARENA_ALIGN (sizeof(void *))

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	char bytes[];
};

static struct arena_block *
block_new(size_t size)
{
	struct arena_block *block = xmalloc(sizeof *block + size);

	block->next = NULL;
	block->used = 0;
	block->size = size;
	return block;
}

/* A piece of a block that has room for it. */
static void *
cut(struct arena_block *block, size_t size)
{
	void *piece = block->bytes + block->used;

	block->used += size;
	return piece;
}

/* The same of a new block, which is the last.  It stands apart, as it is seldom
 * called. */
static __attribute__((noinline)) void *
cut_from_new(struct arena *arena, size_t size)
{
	struct arena_block *block =
	    block_new(size > ARENA_BLOCK ? size : ARENA_BLOCK);

	if (arena->last != NULL)
		arena->last->next = block;
	else
		arena->first = block;
	arena->last = block;
	return cut(block, size);
}

void *
arena_alloc_unset(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->last;

	size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (block != NULL && block->size - block->used >= size)
		return cut(block, size);
	return cut_from_new(arena, size);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc_unset(arena, size), 0, size);
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc_unset(arena, len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *
arena_join(struct arena *arena, const char *front, const char *back)
{
	size_t len = strlen(front), backlen = strlen(back);
	char *text = arena_alloc_unset(arena, len + backlen + 1);

	memcpy(text, front, len);
	memcpy(text + len, back, backlen + 1);
	return text;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		abort();
	text = arena_alloc_unset(arena, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

char *
arena_lower(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	char *copy = arena_alloc_unset(arena, len + 1);

	utf8_lower_ascii(copy, text, len + 1);
	return copy;
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *block, *next;

	if (arena->first == NULL)
		return;
	for (block = arena->first->next; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	arena->first->next = NULL;
	arena->first->used = 0;
	if (arena->first->size > ARENA_BLOCK) {
		free(arena->first);
		arena->first = NULL;
	}
	arena->last = arena->first;
}

void
arena_free(struct arena *arena)
{
	arena_reset(arena);
	free(arena->first);
	arena->first = arena->last = NULL;
}
