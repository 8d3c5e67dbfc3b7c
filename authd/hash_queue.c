/*
 * The order in which passwords are hashed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hash_queue.h"
#include "mem.h"
#include "tally.h"

#define SOURCES_REMEMBERED 65536
#define USE_HALF_LIFE_MS   60000

TAILQ_HEAD(entries, hash_entry);

/* A source that has entries in the queue. */
struct waiting {
	struct source source;
	double used; /* hashing time lately, ms */
	size_t nentries;
	struct entries known, unknown; /* oldest first */
	TAILQ_ENTRY(waiting) link;
};

struct hash_queue {
	size_t limit;
	size_t len;
	TAILQ_HEAD(, waiting) waiting; /* in order of arrival */
	struct tally *used;
};

struct hash_queue *
hash_queue_new(size_t limit)
{
	struct hash_queue *queue = xcalloc(1, sizeof *queue);

	queue->limit = limit;
	TAILQ_INIT(&queue->waiting);
	queue->used = tally_new(SOURCES_REMEMBERED, USE_HALF_LIFE_MS);
	return queue;
}

void
hash_queue_free(struct hash_queue *queue)
{
	if (queue == NULL)
		return;
	assert(queue->len == 0);
	tally_free(queue->used);
	free(queue);
}

static bool
source_equal(const struct source *a, const struct source *b)
{
	return a->family == b->family &&
	    memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static struct waiting *
find_waiting(struct hash_queue *queue, const struct source *source)
{
	struct waiting *waiting;

	TAILQ_FOREACH(waiting, &queue->waiting, link)
	if (source_equal(&waiting->source, source))
		return waiting;
	return NULL;
}

static struct waiting *
add_waiting(struct hash_queue *queue, const struct source *source, long now)
{
	struct waiting *waiting = xcalloc(1, sizeof *waiting);

	waiting->source = *source;
	waiting->used = tally_get(queue->used, source, sizeof *source, now);
	TAILQ_INIT(&waiting->known);
	TAILQ_INIT(&waiting->unknown);
	TAILQ_INSERT_TAIL(&queue->waiting, waiting, link);
	return waiting;
}

/* May free waiting. */
static void
take_out(struct hash_queue *queue, struct waiting *waiting,
    struct hash_entry *entry)
{
	TAILQ_REMOVE(entry->is_known ? &waiting->known : &waiting->unknown,
	    entry, link);
	queue->len--;
	if (--waiting->nentries == 0) {
		TAILQ_REMOVE(&queue->waiting, waiting, link);
		free(waiting);
	}
}

static bool
has_unknown(const struct waiting *waiting)
{
	return !TAILQ_EMPTY(&waiting->unknown);
}

/* Whether a has to give up an entry rather than b; equals: the newer one. */
static bool
gives_up_first(const struct waiting *a, const struct waiting *b)
{
	if (has_unknown(a) != has_unknown(b))
		return has_unknown(a);
	return a->nentries >= b->nentries;
}

static struct hash_entry *
turn_one_away(struct hash_queue *queue)
{
	struct waiting *waiting, *first = TAILQ_FIRST(&queue->waiting);
	struct hash_entry *entry;

	TAILQ_FOREACH(waiting, &queue->waiting, link)
	if (gives_up_first(waiting, first))
		first = waiting;
	entry = TAILQ_LAST(has_unknown(first) ? &first->unknown : &first->known,
	    entries);
	take_out(queue, first, entry);
	return entry;
}

struct hash_entry *
hash_queue_push(struct hash_queue *queue, struct hash_entry *entry, long now)
{
	struct waiting *waiting = find_waiting(queue, &entry->source);

	if (waiting == NULL)
		waiting = add_waiting(queue, &entry->source, now);
	TAILQ_INSERT_TAIL(entry->is_known ? &waiting->known : &waiting->unknown,
	    entry, link);
	waiting->nentries++;
	queue->len++;
	return queue->len > queue->limit ? turn_one_away(queue) : NULL;
}

struct hash_entry *
hash_queue_pop(struct hash_queue *queue)
{
	struct waiting *waiting, *known = NULL, *unknown = NULL, *next;
	struct hash_entry *entry;

	TAILQ_FOREACH(waiting, &queue->waiting, link)
	{
		if (!TAILQ_EMPTY(&waiting->known) &&
		    (known == NULL || waiting->used < known->used))
			known = waiting;
		if (unknown == NULL || waiting->used < unknown->used)
			unknown = waiting;
	}
	next = known != NULL ? known : unknown;
	if (next == NULL)
		return NULL;
	entry = TAILQ_FIRST(known != NULL ? &next->known : &next->unknown);
	take_out(queue, next, entry);
	return entry;
}

void
hash_queue_remove(struct hash_queue *queue, struct hash_entry *entry)
{
	take_out(queue, find_waiting(queue, &entry->source), entry);
}

size_t
hash_queue_len(const struct hash_queue *queue)
{
	return queue->len;
}

void
hash_queue_charge(struct hash_queue *queue, const struct source *source,
    double ms, long now)
{
	double used = tally_add(queue->used, source, sizeof *source, ms, now);
	struct waiting *waiting = find_waiting(queue, source);

	if (waiting != NULL)
		waiting->used = used;
}
