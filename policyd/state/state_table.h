#ifndef STATE_TABLE_H
#define STATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "state_record.h"

/*
 * Records of one kind in memory that is bounded: sets of a few places each,
 * and two sets where a key may be, by a random hash.  So a stranger who makes
 * many keys cannot choose whom they push out, and everything is found by a
 * look at two sets.  There are as many sets as the records need.
 */
struct state_table;

struct state_entry {
	uint32_t since, expires; /* seconds since the epoch; 0: never */
	uint16_t len;            /* of the value */
	uint16_t keylen;
	/* for state.c */
	uint16_t change; /* its number in the list of changes; 0: in none */
	uint8_t epoch;   /* how often the clock had been set back */
	char bytes[];    /* key, value */
};

const char *state_entry_value(const struct state_entry *);

/*
 * limit: bytes of memory, everything counted.  typical: of a key and its
 * value together.  gives_way: when there is no room for a new record, one that
 * expires soon goes, and gone is told of it; without it the new one is refused.
 * has_owners: a key begins with its owner's name, up to a NUL; whoever has more
 * than an eighth of all then pushes out old ones of his own.
 */
struct state_table_options {
	size_t limit;
	size_t typical;
	bool gives_way, has_owners;
	void (*gone)(void *arg, const struct state_entry *);
	void *arg;
};

struct state_table *state_table_new(const struct state_table_options *);
void state_table_free(struct state_table *);

/* NULL: there is none. */
struct state_entry *state_table_find(struct state_table *,
    const struct state_key *);

/* The same for n keys, STATE_FIND_MAX at most, whose memory is waited for
 * together: that is most of the time of a look. */
void state_table_find_all(struct state_table *, const struct state_key[],
    size_t n, struct state_entry *found[]);

/*
 * Put a record in place of that of the same key.  Returns it; a new one has
 * all but key and value zero.  NULL: there is no room.
 */
struct state_entry *state_table_put(struct state_table *,
    const struct state_key *, const void *value, size_t len);

void state_table_delete(struct state_table *, const struct state_key *);

/* All places, for who looks at all entries: one that moves, as others come,
 * moves to a place further on. */
size_t state_table_places(const struct state_table *);
struct state_entry *state_table_at(const struct state_table *, size_t place);

/* The place to look at after this one (0 is the first), for who is to see no
 * entry twice, though others come between two sets; 0: that was the last. */
size_t state_table_next(const struct state_table *, size_t place);
void state_table_delete_at(struct state_table *, size_t place);

size_t state_table_count(const struct state_table *);
size_t state_table_bytes(const struct state_table *);
size_t state_table_evicted(const struct state_table *);

#endif
