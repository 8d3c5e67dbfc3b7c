/*
 * A table that grows with its records, set by set, so that no growth takes
 * long.  Of the two sets a key may be in, a new record takes the emptier one:
 * so sets fill evenly, and at half of their places none is ever full.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "state_table.h"
#include "mem.h"

#define WAYS 16
#define LINE 64 /* bytes of the cache that come together, as a rule */

/* For each record there are to be two places. */
#define PLACES_PER_RECORD 2
#define RECORDS_PER_SET   (WAYS / PLACES_PER_RECORD)

/* Records with owners: how many each has is counted by so many hashes of them,
 * and of so many of his that are looked at the oldest goes. */
#define OWNERS         8192
#define OWNER_PART_MAX 8 /* of all records: one part of so many */
#define OWN_LOOKS      32
#define OWN_PLACES     4096 /* that are searched for them */

/* What malloc takes beside what it gives, and to what it rounds the sum up. */
#define CHUNK_HEAD sizeof(size_t)
#define CHUNK_STEP (2 * sizeof(size_t))

/* What a record takes beside what malloc gives for it. */
#define RECORD_COST                                                            \
	(CHUNK_HEAD +                                                          \
	    PLACES_PER_RECORD *                                                \
		(sizeof(uint32_t) + sizeof(struct state_entry *)))

/* The hashes stand together, in a line of the cache: a look at a set touches
 * few. */
struct set {
	uint32_t hashes[WAYS]; /* 0: free */
	struct state_entry *entries[WAYS];
};
_Static_assert(sizeof(struct set) % LINE == 0, "lines are whole");

/* Where an entry is. */
struct spot {
	struct set *set; /* NULL: nowhere */
	size_t way;
};

struct state_table {
	struct state_table_options options;
	struct set *sets;
	size_t nsets, sets_max; /* that are used, and that there is room for */
	size_t half;            /* the power of two up to nsets */
	size_t count, bytes, evicted;
	uint32_t *owned; /* how many records by hash of the owner; or NULL */
	size_t hand;     /* the place where old ones of an owner are sought */
	/* Where keys were found lately, by their hash: who finds a record is
	 * likely to put it next. */
	struct spot lately[STATE_FIND_MAX];
};

/* Where a key may be. */
struct home {
	struct set *sets[2];
};

const char *
state_entry_value(const struct state_entry *entry)
{
	return entry->bytes + entry->keylen;
}

struct state_table *
state_table_new(const struct state_table_options *options)
{
	struct state_table *table = xcalloc(1, sizeof *table);
	size_t record =
	    sizeof(struct state_entry) + options->typical + RECORD_COST;

	table->options = *options;
	table->sets_max = options->limit / (RECORDS_PER_SET * record) + 1;
	assert(table->sets_max <= UINT32_MAX / WAYS);
	table->sets = xpages(table->sets_max * sizeof *table->sets);
	table->nsets = table->half = 1;
	if (options->has_owners)
		table->owned = xpages(OWNERS * sizeof *table->owned);
	return table;
}

void
state_table_free(struct state_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < state_table_places(table); i++)
		free(state_table_at(table, i));
	xpages_free(table->sets, table->sets_max * sizeof *table->sets);
	xpages_free(table->owned, OWNERS * sizeof *table->owned);
	free(table);
}

/* By as many bits as there are sets for; a set that is not there yet is still
 * part of the one half as far. */
static struct set *
set_of(const struct state_table *table, uint32_t hash)
{
	size_t i = hash & (2 * table->half - 1);

	return &table->sets[i < table->nsets ? i : i - table->half];
}

static struct home
home_of(const struct state_table *table, uint32_t hash)
{
	uint32_t other = (uint32_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	return (struct home){
		.sets = { set_of(table, hash), set_of(table, other) },
	};
}

/* One set more, for some of what was in the one half as far. */
static void
grow(struct state_table *table)
{
	struct set *old = &table->sets[table->nsets - table->half];
	struct set *new = &table->sets[table->nsets++];

	if (table->nsets == 2 * table->half)
		table->half = table->nsets;
	for (size_t way = 0; way < WAYS; way++) {
		const struct home home = home_of(table, old->hashes[way]);

		if (old->hashes[way] == 0 || home.sets[0] == old ||
		    home.sets[1] == old)
			continue;
		new->hashes[way] = old->hashes[way];
		new->entries[way] = old->entries[way];
		old->hashes[way] = 0;
		old->entries[way] = NULL;
	}
}

static bool
has_key(const struct state_entry *entry, const struct state_key *key)
{
	return entry->keylen == key->len &&
	    memcmp(entry->bytes, key->bytes, key->len) == 0;
}

static struct state_entry *
entry_at(struct spot spot)
{
	return spot.set == NULL ? NULL : spot.set->entries[spot.way];
}

static bool
is_at(struct spot spot, const struct state_key *key)
{
	return spot.set->hashes[spot.way] == key->hash &&
	    has_key(entry_at(spot), key);
}

/* The ways that have a hash, a bit for each: of the one set, and above those of
 * the other.  There are no guesses which of the two it is, and some ways are
 * compared at a time. */
static unsigned
home_ways(const struct home *home, uint32_t hash)
{
	static const unsigned bits[WAYS] = { 1U << 0, 1U << 1, 1U << 2, 1U << 3,
		1U << 4, 1U << 5, 1U << 6, 1U << 7, 1U << 8, 1U << 9, 1U << 10,
		1U << 11, 1U << 12, 1U << 13, 1U << 14, 1U << 15 };
	const uint32_t *one = home->sets[0]->hashes;
	const uint32_t *other = home->sets[1]->hashes;
	unsigned ways = 0;

	for (size_t way = 0; way < WAYS; way++)
		ways |= (one[way] == hash ? bits[way] : 0) |
		    (other[way] == hash ? bits[way] << WAYS : 0);
	return ways;
}

/* The first of some ways of a home; nowhere: there are none. */
static struct spot
first_spot(const struct home *home, unsigned ways)
{
	size_t first;

	if (ways == 0)
		return (struct spot){ 0 };
	first = (size_t)__builtin_ctz(ways);
	return (struct spot){ home->sets[first / WAYS], first % WAYS };
}

/* Where a key is; ways: those that have its hash. */
static struct spot
find_among(const struct home *home, unsigned ways, const struct state_key *key)
{
	struct spot spot = first_spot(home, ways);

	while (spot.set != NULL && !has_key(entry_at(spot), key)) {
		ways &= ways - 1;
		spot = first_spot(home, ways);
	}
	return spot;
}

/* Where a key was lately, and will be looked for first. */
static struct spot *
lately(struct state_table *table, const struct state_key *key)
{
	return &table->lately[key->hash % STATE_FIND_MAX];
}

static struct spot
find_spot(struct state_table *table, const struct state_key *key)
{
	struct spot *spot = lately(table, key);
	struct home home;

	if (spot->set != NULL && is_at(*spot, key))
		return *spot;
	home = home_of(table, key->hash);
	*spot = find_among(&home, home_ways(&home, key->hash), key);
	return *spot;
}

struct state_entry *
state_table_find(struct state_table *table, const struct state_key *key)
{
	return entry_at(find_spot(table, key));
}

/* What a look at a set reads first. */
static void
fetch_set(const struct set *set)
{
	__builtin_prefetch(set->hashes);
	__builtin_prefetch(&set->entries[0]);
	__builtin_prefetch(&set->entries[WAYS / 2]);
}

/* The key, and most of a value. */
static void
fetch_entry(const struct state_entry *entry)
{
	if (entry == NULL)
		return;
	__builtin_prefetch(entry);
	__builtin_prefetch((const char *)entry + LINE);
}

void
state_table_find_all(struct state_table *table, const struct state_key keys[],
    size_t n, struct state_entry *found[])
{
	struct home homes[STATE_FIND_MAX];
	unsigned ways[STATE_FIND_MAX];

	assert(n <= STATE_FIND_MAX);
	for (size_t i = 0; i < n; i++) {
		homes[i] = home_of(table, keys[i].hash);
		fetch_set(homes[i].sets[0]);
		fetch_set(homes[i].sets[1]);
	}
	for (size_t i = 0; i < n; i++) {
		ways[i] = home_ways(&homes[i], keys[i].hash);
		fetch_entry(entry_at(first_spot(&homes[i], ways[i])));
	}
	for (size_t i = 0; i < n; i++) {
		struct spot spot = find_among(&homes[i], ways[i], &keys[i]);

		*lately(table, &keys[i]) = spot;
		found[i] = entry_at(spot);
	}
}

/* Memory for an entry: as much as malloc gives anyway, so that the same
 * records always take the same. */
static size_t
room_of(size_t keylen, size_t len)
{
	size_t size = CHUNK_HEAD + sizeof(struct state_entry) + keylen + len;

	return (size + CHUNK_STEP - 1) / CHUNK_STEP * CHUNK_STEP - CHUNK_HEAD;
}

static size_t
cost_of(const struct state_entry *entry)
{
	return room_of(entry->keylen, entry->len) + RECORD_COST;
}

/* How many records the owner of this one has; with some others, perhaps. */
static uint32_t *
owned_with(const struct state_table *table, const struct state_entry *entry)
{
	const struct state_key owner =
	    state_key_of(entry->bytes, strnlen(entry->bytes, entry->keylen));

	return &table->owned[owner.hash % OWNERS];
}

static void
clear(struct state_table *table, struct spot spot)
{
	struct state_entry *entry = entry_at(spot);

	if (table->owned != NULL)
		--*owned_with(table, entry);
	table->count--;
	table->bytes -= cost_of(entry);
	free(entry);
	spot.set->entries[spot.way] = NULL;
	spot.set->hashes[spot.way] = 0;
}

static unsigned
count_of(const struct set *set)
{
	unsigned count = 0;

	for (size_t way = 0; way < WAYS; way++)
		count += set->hashes[way] != 0;
	return count;
}

/* Whether a goes before b: it expires sooner, or is older. */
static bool
goes_before(const struct state_entry *a, const struct state_entry *b)
{
	if (a->expires != b->expires) /* 0, never, comes last */
		return a->expires - 1 < b->expires - 1;
	return a->since < b->since;
}

static void
push_out(struct state_table *table, struct spot spot)
{
	table->options.gone(table->options.arg, entry_at(spot));
	clear(table, spot);
	table->evicted++;
}

/* The first of a set to go, but not kept; nowhere: there is no other. */
static struct spot
find_victim(struct set *set, const struct state_entry *kept)
{
	struct spot victim = { 0 };

	for (size_t way = 0; way < WAYS; way++)
		if (set->hashes[way] != 0 && set->entries[way] != kept &&
		    (victim.set == NULL ||
			goes_before(set->entries[way], entry_at(victim))))
			victim = (struct spot){ set, way };
	return victim;
}

static bool
owns_too_much(const struct state_table *table, const struct state_entry *entry)
{
	return table->owned != NULL &&
	    *owned_with(table, entry) > table->count / OWNER_PART_MAX;
}

static bool
have_one_owner(const struct state_entry *a, const struct state_entry *b)
{
	size_t len = strnlen(a->bytes, a->keylen);

	return len == strnlen(b->bytes, b->keylen) &&
	    memcmp(a->bytes, b->bytes, len) == 0;
}

/* Push out an old record of the owner of the one that is kept.  Returns false
 * when none is found. */
static bool
evict_own(struct state_table *table, const struct state_entry *kept)
{
	struct spot victim = { 0 };

	for (size_t i = 0, looks = 0; i < OWN_PLACES && looks < OWN_LOOKS;
	     i++) {
		size_t place = table->hand++ % state_table_places(table);
		struct spot spot = { &table->sets[place / WAYS], place % WAYS };
		const struct state_entry *entry = entry_at(spot);

		if (entry == NULL || entry == kept ||
		    !have_one_owner(entry, kept))
			continue;
		looks++;
		if (victim.set == NULL || goes_before(entry, entry_at(victim)))
			victim = spot;
	}
	if (victim.set == NULL)
		return false;
	push_out(table, victim);
	return true;
}

/* Back below the limit: from where the new record is on.  What never expires
 * goes when all sets have nothing else. */
static void
evict_to_limit(struct state_table *table, struct spot kept)
{
	size_t i = (size_t)(kept.set - table->sets), looks = 0;

	while (table->bytes > table->options.limit && table->count > 1) {
		const struct state_entry *entry = entry_at(kept);
		struct spot victim;

		if (owns_too_much(table, entry) && evict_own(table, entry))
			continue;
		victim = find_victim(&table->sets[i], entry);
		if (victim.set != NULL &&
		    (entry_at(victim)->expires != 0 || looks >= table->nsets)) {
			push_out(table, victim);
			continue;
		}
		i = (i + 1) % table->nsets;
		looks++;
	}
}

static struct state_entry *
new_entry(const struct state_key *key, const void *value, size_t len)
{
	struct state_entry *entry = xmalloc(room_of(key->len, len));

	*entry = (struct state_entry){ .keylen = (uint16_t)key->len,
		.len = (uint16_t)len };
	memcpy(entry->bytes, key->bytes, key->len);
	memcpy(entry->bytes + key->len, value, len);
	return entry;
}

static struct set *
emptier_set(const struct state_table *table, uint32_t hash)
{
	const struct home home = home_of(table, hash);

	return count_of(home.sets[0]) <= count_of(home.sets[1]) ? home.sets[0]
								: home.sets[1];
}

/* A place for a new key, in the emptier set; nowhere: there is none. */
static struct spot
make_place(struct state_table *table, uint32_t hash)
{
	struct spot spot = { 0 };
	struct set *set;

	if (table->count >= table->nsets * RECORDS_PER_SET &&
	    table->nsets < table->sets_max)
		grow(table);
	while (count_of(set = emptier_set(table, hash)) == WAYS &&
	    table->nsets < table->sets_max)
		grow(table);
	if (count_of(set) == WAYS) {
		if (!table->options.gives_way)
			return spot;
		push_out(table, find_victim(set, NULL));
	}
	spot.set = set;
	while (set->hashes[spot.way] != 0)
		spot.way++;
	set->hashes[spot.way] = hash;
	table->count++;
	return spot;
}

/* A new entry at a spot, or in place of the old one of its key; nowhere: there
 * is none. */
static struct state_entry *
put_new(struct state_table *table, struct spot spot,
    const struct state_key *key, const void *value, size_t len)
{
	struct state_entry *entry, *old = entry_at(spot);
	size_t cost = room_of(key->len, len) + RECORD_COST;
	size_t bytes = table->bytes + cost - (old == NULL ? 0 : cost_of(old));

	if (!table->options.gives_way && bytes > table->options.limit)
		return NULL;
	if (old == NULL)
		spot = make_place(table, key->hash);
	if (spot.set == NULL)
		return NULL;
	entry = new_entry(key, value, len);
	if (old != NULL) {
		entry->change = old->change;
		table->bytes -= cost_of(old);
		free(old);
	}
	if (old == NULL && table->owned != NULL)
		++*owned_with(table, entry);
	spot.set->entries[spot.way] = entry;
	table->bytes += cost;
	if (table->options.gives_way)
		evict_to_limit(table, spot);
	return entry;
}

struct state_entry *
state_table_put(struct state_table *table, const struct state_key *key,
    const void *value, size_t len)
{
	struct spot spot = find_spot(table, key);
	struct state_entry *entry = entry_at(spot);

	if (entry == NULL ||
	    room_of(key->len, len) != room_of(key->len, entry->len))
		return put_new(table, spot, key, value, len);
	memmove(entry->bytes + key->len, value, len);
	entry->len = (uint16_t)len;
	return entry;
}

void
state_table_delete(struct state_table *table, const struct state_key *key)
{
	struct spot spot = find_spot(table, key);

	if (spot.set != NULL)
		clear(table, spot);
}

void
state_table_delete_at(struct state_table *table, size_t place)
{
	clear(table, (struct spot){ &table->sets[place / WAYS], place % WAYS });
}

size_t
state_table_places(const struct state_table *table)
{
	return table->nsets * WAYS;
}

struct state_entry *
state_table_at(const struct state_table *table, size_t place)
{
	return table->sets[place / WAYS].entries[place % WAYS];
}

/* Sets in the order of their numbers with all bits turned round: what is new
 * comes right behind the set that it takes entries of.  0: that was the last.
 */
static size_t
next_set(const struct state_table *table, size_t i)
{
	bool is_halved = i >= table->half || i + table->half < table->nsets;
	size_t bit = is_halved ? table->half : table->half / 2;

	for (; (i & bit) != 0; bit /= 2)
		i -= bit;
	return i + bit;
}

size_t
state_table_next(const struct state_table *table, size_t place)
{
	if ((place + 1) % WAYS != 0)
		return place + 1;
	return next_set(table, place / WAYS) * WAYS;
}

size_t
state_table_count(const struct state_table *table)
{
	return table->count;
}

size_t
state_table_bytes(const struct state_table *table)
{
	return table->bytes;
}

size_t
state_table_evicted(const struct state_table *table)
{
	return table->evicted;
}
