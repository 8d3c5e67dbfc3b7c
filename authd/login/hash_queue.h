#ifndef HASH_QUEUE_H
#define HASH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "source.h"

/*
 * Passwords that wait to be hashed, and whose turn it is: first a user from
 * an address where he logged in before, then the address that used the least
 * hashing time lately.  So those who guess wait behind those who do not, also
 * when they come from another /64 of their /48 each time: a source is judged by
 * its own time, or by a tenth of what its site (source.h) used, whichever is
 * more; not so a user who was known there.
 * Knows no threads.  Times as in tally.h.
 */
struct hash_queue;

struct hash_entry {
	struct source source;
	bool is_known; /* this user logged in from this source before */
	TAILQ_ENTRY(hash_entry) link;
};

struct hash_queue *hash_queue_new(size_t limit);
void hash_queue_free(struct hash_queue *); /* must be empty */

/*
 * Queue an entry, borrowed until it comes out again.  Returns the entry that
 * has to go, out of the queue, when it is full: the newest of the source with
 * most of them, its own or a tenth of its site's (perhaps the new one itself),
 * but no known one as long as there are others; else NULL.
 */
struct hash_entry *hash_queue_push(struct hash_queue *, struct hash_entry *,
    long now);
struct hash_entry *hash_queue_pop(struct hash_queue *); /* NULL: empty */
void hash_queue_remove(struct hash_queue *, struct hash_entry *);
size_t hash_queue_len(const struct hash_queue *);

/* Tell that a source had ms milliseconds of a worker. */
void hash_queue_charge(struct hash_queue *, const struct source *, double ms,
    long now);

#endif
