#ifndef RECENT_H
#define RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Which of many were met lately: a hash of each, and the part of the time (as
 * in rate_window.h) that it was met in first.  It is bounded: what has no room
 * is new at each look.
 */
#define RECENT_MAX 512

struct recent { /* all-zero: none */
	size_t n;
	uint32_t marks[RECENT_MAX]; /* those behind the first n are not set */
};

/* The 28 bits of one that are kept. */
uint32_t recent_hash(const char *what);

/* Forget what was met more than length before to; length: in seconds. */
void recent_move(struct recent *, long length, time_t from, time_t to);

bool recent_has(const struct recent *, uint32_t hash);
/* Returns whether it was new. */
bool recent_meet(struct recent *, uint32_t hash, long length, time_t now);

/* Both return what is behind the bytes; decode NULL when they are none. */
#define RECENT_BYTES_MAX (2 + 4 * RECENT_MAX)
char *recent_encode(const struct recent *, char *out);
const char *recent_decode(struct recent *, const char *bytes, const char *end);

#endif
