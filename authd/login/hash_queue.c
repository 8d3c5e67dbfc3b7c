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

/* What a source, or a whole site, has of the queue and had of the workers. */
struct share {
	struct source source;
	double used; /* hashing time lately, ms */
	size_t nentries;
};

struct site {
	struct share share;
	size_t nwaiting; /* sources */
};

/* A source that has entries in the queue. */
struct waiting {
	struct share share;
	struct site *site;             /* NULL: none */
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

static struct waiting *
find_waiting(struct hash_queue *queue, const struct source *source)
{
	struct waiting *waiting;

	TAILQ_FOREACH(waiting, &queue->waiting, link)
	if (source_equal(&waiting->share.source, source))
		return waiting;
	return NULL;
}

static struct site *
find_site(struct hash_queue *queue, const struct source *source)
{
	struct waiting *waiting;

	TAILQ_FOREACH(waiting, &queue->waiting, link)
	if (waiting->site != NULL &&
	    source_equal(&waiting->site->share.source, source))
		return waiting->site;
	return NULL;
}

static struct share
share_of(struct hash_queue *queue, const struct source *source, long now)
{
	return (struct share){
		.source = *source,
		.used = tally_get(queue->used, source, sizeof *source, now),
	};
}

static struct waiting *
add_waiting(struct hash_queue *queue, const struct source *source, long now)
{
	struct waiting *waiting = xcalloc(1, sizeof *waiting);
	struct source site;

	waiting->share = share_of(queue, source, now);
	if (source_site(source, &site)) {
		waiting->site = find_site(queue, &site);
		if (waiting->site == NULL) {
			waiting->site = xcalloc(1, sizeof *waiting->site);
			waiting->site->share = share_of(queue, &site, now);
		}
		waiting->site->nwaiting++;
	}
	TAILQ_INIT(&waiting->known);
	TAILQ_INIT(&waiting->unknown);
	TAILQ_INSERT_TAIL(&queue->waiting, waiting, link);
	return waiting;
}

static void
remove_waiting(struct hash_queue *queue, struct waiting *waiting)
{
	TAILQ_REMOVE(&queue->waiting, waiting, link);
	if (waiting->site != NULL && --waiting->site->nwaiting == 0)
		free(waiting->site);
	free(waiting);
}

/* May free waiting. */
static void
take_out(struct hash_queue *queue, struct waiting *waiting,
    struct hash_entry *entry)
{
	TAILQ_REMOVE(entry->is_known ? &waiting->known : &waiting->unknown,
	    entry, link);
	queue->len--;
	if (waiting->site != NULL)
		waiting->site->share.nentries--;
	if (--waiting->share.nentries == 0)
		remove_waiting(queue, waiting);
}

/* What a source is judged by: its own, or its part of the site's. */
static double
larger(double own, double of_site)
{
	return own > of_site / SITE_SOURCES ? own : of_site / SITE_SOURCES;
}

static double
time_used(const struct waiting *waiting)
{
	const struct site *site = waiting->site;

	return larger(waiting->share.used, site != NULL ? site->share.used : 0);
}

static double
entries_held(const struct waiting *waiting)
{
	const struct site *site = waiting->site;

	return larger((double)waiting->share.nentries,
	    site != NULL ? (double)site->share.nentries : 0);
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
	return entries_held(a) >= entries_held(b);
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
	waiting->share.nentries++;
	if (waiting->site != NULL)
		waiting->site->share.nentries++;
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
		    (known == NULL || waiting->share.used < known->share.used))
			known = waiting;
		if (unknown == NULL || time_used(waiting) < time_used(unknown))
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
	struct source network;
	struct site *site;

	if (waiting != NULL)
		waiting->share.used = used;
	if (!source_site(source, &network))
		return;
	used = tally_add(queue->used, &network, sizeof network, ms, now);
	site = find_site(queue, &network);
	if (site != NULL)
		site->share.used = used;
}
