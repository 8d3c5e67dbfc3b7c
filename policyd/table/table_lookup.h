#ifndef TABLE_LOOKUP_H
#define TABLE_LOOKUP_H

#include <stdbool.h>

#include "table.h"

struct event_base;
struct proxymap_door;

/*
 * Lookups in tables that a server has (service_name.h).  What was found, and
 * what was not, is kept for a while, a failure for a moment; who asks for what
 * is being asked already shares the answer.
 */
struct table_lookups;

struct table_lookup_options {
	long keep_ms;    /* an answer */
	long timeout_ms; /* of a server that is to answer */
};

/* The door and queue_directory (of relative paths; or NULL) are borrowed. */
struct table_lookups *table_lookups_new(struct event_base *,
    struct proxymap_door *, const char *queue_directory);
void table_lookups_configure(struct table_lookups *,
    const struct table_lookup_options *);

/* Whoever waits hears no more. */
void table_lookups_free(struct table_lookups *); /* NULL is fine */

struct table_lookup;

struct table_lookup_answer {
	enum lookup result;
	const char *text; /* the value, or why it failed */
	unsigned ms;
	bool from_cache;
};

typedef void table_lookup_done(void *arg, const struct table_lookup_answer *);

/*
 * Returns NULL when the answer is at hand: done was called.  Else it is called
 * later, in the loop.
 */
struct table_lookup *table_lookup_start(struct table_lookups *,
    const struct tables_snapshot *, const struct table *, const char *key,
    table_lookup_done *done, void *arg);

/* The same for explain: the answer is not kept. */
struct table_lookup *table_lookup_look(struct table_lookups *,
    const struct tables_snapshot *, const struct table *, const char *key,
    table_lookup_done *done, void *arg);

/* Nobody waits for it any more; done is not called. */
void table_lookup_cancel(struct table_lookup *);

/* Forget answers: of a key, or all (NULL). */
void table_lookups_flush(struct table_lookups *, const char *key);

/*
 * For the control socket: a line for each table that was asked for, "WORD:
 * found N, not found N, failed N, kept N, waiting N"; then one for each server.
 * One that is not there has ", cannot be reached: WHY", a table of another ",
 * the last one failed: WHY", if it did.
 */
void table_lookups_describe(const struct table_lookups *, struct strbuf *out);

/* The same as metrics, by table. */
struct metrics;
void table_lookups_metrics(const struct table_lookups *, struct metrics *);

#endif
