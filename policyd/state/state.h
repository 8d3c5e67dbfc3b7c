#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "journal.h"
#include "state_record.h"
#include "strbuf.h"

struct event_base;
struct state_entry;

/*
 * What policyd remembers between requests, and over a restart.  A record is a
 * key and a value of some kind, and may expire.  All of it is in memory, each
 * kind within its own share of it; the journal follows.
 *
 * To add a kind: a row in state_kinds.c, and a module that knows what its keys
 * and values mean.  A value is to be such that two of a key can be merged into
 * one, in any order: the newer one, the sum of parts, the smaller one.
 */
struct state;

struct state_kind {
	const char *name; /* as `policyctl state` shows it */
	char letter;      /* in the files: never changed, never used again */
	unsigned share;   /* per cent of state_limit */
	unsigned typical; /* bytes of a key and its value together */
	bool gives_way;   /* when its share is full: of its own records that go
			   * first the next to expire; else no new one is taken */
	bool has_owners;  /* the key begins with a name and a NUL, and no name
			   * pushes out the others' (state_table.h) */
};

enum {
	STATE_CLIENTS,
	STATE_RATES,
	STATE_SUSPENSIONS,
	STATE_PLACES,
	STATE_APP_LOGINS,
	STATE_EVENTS,
	STATE_KINDS,
};
extern const struct state_kind state_kinds[STATE_KINDS];

/* path: of the snapshot.  limit: bytes, of all kinds.  kinds: borrowed. */
struct state *state_new(struct event_base *, const char *path, size_t limit,
    const struct state_kind *kinds, size_t nkinds);
void state_free(struct state *);

/*
 * Read what was remembered, and begin to keep it.  What is wrong with the
 * files is logged: then all goes on in memory, from what could be read and
 * until it can be kept, or from nothing where that is not ours or not whole.
 */
void state_open(struct state *);

/* Read it, and keep nothing: for -t.  Returns 0, or -1 with the reason in
 * err. */
int state_look(struct state *, const char *path, struct strbuf *err);

/* Returns false when there is no such record, or it has expired.  The record
 * is borrowed until the next change. */
bool state_find(struct state *, size_t kind, const void *key, size_t keylen,
    struct state_record *);
bool state_find_key(struct state *, size_t kind, const struct state_key *,
    struct state_record *);

/* The same for n keys, STATE_FIND_MAX at most, in less time than one by one;
 * key is NULL in the record of what there is not. */
void state_find_all(struct state *, size_t kind, const struct state_key[],
    size_t n, struct state_record[]);

/*
 * Remember, in place of what the key had.  expires: 0: never.
 * Returns false when the kind's share is full.
 */
bool state_put(struct state *, size_t kind, const void *key, size_t keylen,
    const void *value, size_t len, time_t expires);
bool state_put_key(struct state *, size_t kind, const struct state_key *,
    const void *value, size_t len, time_t expires);

/*
 * To change a value where it stands, but not its length:
 *
 *	if (state_edit(state, kind, &key, &edit) && ...) {
 *		edit.value[0] = ...
 *		state_edited(state, kind, &edit, expires);
 *	}
 *
 * Whoever has changed anything says so, before all else that is done with the
 * state.  state_edit returns false when there is no such record.
 */
struct state_edit {
	struct state_record record; /* as it is */
	char *value;                /* the record's */
	struct state_entry *entry;  /* for state.c */
};
bool state_edit(struct state *, size_t kind, const struct state_key *,
    struct state_edit *);
void state_edited(struct state *, size_t kind, const struct state_edit *,
    time_t expires);

/*
 * Whoever is behind with what it puts, of a kind that nobody else reads, is
 * told to put that before changes are written down; NULL: nobody is.  So that
 * they are written down at all, the first change since then is to be put at
 * once.
 */
void state_set_keeper(struct state *, size_t kind, void (*put)(void *arg),
    void *arg);

/* Returns false when there is no such record. */
bool state_forget(struct state *, size_t kind, const void *key, size_t keylen);

/* Call fn for every record of a kind that has not expired, in no order; fn
 * changes nothing. */
void state_each(struct state *, size_t kind,
    void (*fn)(void *arg, const struct state_record *), void *arg);

/* The same for some of them, from *place on (0: the first); returns false when
 * those were the last.  All are seen once, but for what comes between two
 * calls, which may be left out, or was seen before it was forgotten. */
bool state_each_of_some(struct state *, size_t kind, size_t *place,
    void (*fn)(void *arg, const struct state_record *), void *arg);

/* done is called, not before this returns, when all of it is on disk
 * (failure is NULL) or that has failed. */
void state_sync(struct state *, journal_synced *done, void *arg);

/* How much there is, kind by kind. */
struct state_figures {
	const char *name;
	size_t entries, bytes, limit;
	size_t evicted; /* records that gave way to others */
	size_t refused; /* that there was no room for */
	size_t expired;
};
size_t state_kind_count(const struct state *);
void state_figures(const struct state *, size_t kind, struct state_figures *);
struct journal_status state_journal_status(const struct state *);

#endif
