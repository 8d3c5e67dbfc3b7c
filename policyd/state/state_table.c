/*
 * A table of fixed size.  Of the two sets a key may be in, a new record takes
 * the emptier one: so sets fill evenly, and at half of their places none is
 * ever full.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "state_table.h"
#include "key_hash.h"
#include "mem.h"

#define WAYS 16

/* Places for twice the records that the memory is enough for. */
#define PLACES_PER_RECORD 2

/* What malloc takes beside what it gives, and to what it rounds the sum up. */
#define CHUNK_HEAD sizeof(size_t)
#define CHUNK_STEP (2 * sizeof(size_t))

/* What a record takes beside what malloc gives for it. */
#define RECORD_COST                                                            \
	(CHUNK_HEAD +                                                          \
	    PLACES_PER_RECORD *                                                \
		(sizeof(uint32_t) + sizeof(struct state_entry *)))

/* The tags stand together: a look at a set touches few lines of the cache. */
struct set {
	uint32_t tags[WAYS]; /* of the hash; 0: free */
	struct state_entry *entries[WAYS];
};

/* Where an entry is. */
struct spot {
	struct state_entry *entry; /* NULL: nowhere */
	size_t place;
};

struct state_table {
	struct state_table_options options;
	struct key_hash hash;
	size_t nsets;
	struct set *sets;
	size_t count, bytes, evicted;
	/* Found or put lately: who finds records is likely to put them next,
	 * and their keys need not be hashed again.  Or NULL. */
	struct spot recent[STATE_FIND_MAX];
	size_t newest; /* of them */
};

/* Where a key may be. */
struct home {
	uint32_t tag;
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
	table->nsets = options->limit * PLACES_PER_RECORD / (WAYS * record) + 1;
	assert(table->nsets <= UINT32_MAX / WAYS);
	table->sets = xcalloc(table->nsets, sizeof *table->sets);
	key_hash_init(&table->hash);
	return table;
}

void
state_table_free(struct state_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < state_table_places(table); i++)
		free(state_table_at(table, i));
	free(table->sets);
	free(table);
}

static struct home
home_of(const struct state_table *table, const void *key, size_t keylen)
{
	uint64_t hash = key_hash(&table->hash, key, keylen);
	uint64_t low = (uint32_t)hash, high = hash >> 32;
	uint32_t tag = (uint32_t)(low ^ high);

	return (struct home){
		.tag = tag != 0 ? tag : 1,
		.sets = { &table->sets[low * table->nsets >> 32],
		    &table->sets[high * table->nsets >> 32] },
	};
}

static bool
has_key(const struct state_entry *entry, const void *key, size_t keylen)
{
	return entry->keylen == keylen &&
	    memcmp(entry->bytes, key, keylen) == 0;
}

static struct spot
find_at(const struct state_table *table, const struct home *home,
    const void *key, size_t keylen)
{
	for (size_t i = 0; i < 2; i++) {
		const struct set *set = home->sets[i];

		for (size_t way = 0; way < WAYS; way++)
			if (set->tags[way] == home->tag &&
			    has_key(set->entries[way], key, keylen))
				return (struct spot){ set->entries[way],
					(size_t)(set - table->sets) * WAYS +
					    way };
	}
	return (struct spot){ 0 };
}

static void
remember(struct state_table *table, struct spot spot)
{
	table->newest = (table->newest + 1) % STATE_FIND_MAX;
	table->recent[table->newest] = spot;
}

/* Forget where an entry is; another may be there now, or NULL. */
static void
replace_recent(struct state_table *table, const struct state_entry *old,
    struct state_entry *entry)
{
	for (size_t i = 0; i < STATE_FIND_MAX; i++)
		if (table->recent[i].entry == old)
			table->recent[i].entry = entry;
}

struct state_entry *
state_table_find(struct state_table *table, const void *key, size_t keylen)
{
	struct home home;
	struct spot spot;

	if (table->count == 0)
		return NULL;
	for (size_t i = 0; i < STATE_FIND_MAX; i++)
		if (table->recent[i].entry != NULL &&
		    has_key(table->recent[i].entry, key, keylen))
			return table->recent[i].entry;
	home = home_of(table, key, keylen);
	spot = find_at(table, &home, key, keylen);
	if (spot.entry != NULL)
		remember(table, spot);
	return spot.entry;
}

/* What a look at a set reads first. */
static void
fetch_set(const struct set *set)
{
	__builtin_prefetch(set->tags);
	__builtin_prefetch(&set->entries[0]);
	__builtin_prefetch(&set->entries[WAYS / 2]);
}

/* Fetch what has the tag of a key, and so is likely to be its entry. */
static void
fetch_entry(const struct home *home)
{
	for (size_t i = 0; i < 2; i++)
		for (size_t way = 0; way < WAYS; way++)
			if (home->sets[i]->tags[way] == home->tag) {
				__builtin_prefetch(home->sets[i]->entries[way]);
				return;
			}
}

void
state_table_find_all(struct state_table *table, const struct state_key keys[],
    size_t n, struct state_entry *found[])
{
	struct home homes[STATE_FIND_MAX];

	assert(n <= STATE_FIND_MAX);
	for (size_t i = 0; i < n; i++) {
		homes[i] = home_of(table, keys[i].bytes, keys[i].len);
		fetch_set(homes[i].sets[0]);
		fetch_set(homes[i].sets[1]);
	}
	for (size_t i = 0; i < n; i++)
		fetch_entry(&homes[i]);
	for (size_t i = 0; i < n; i++) {
		const struct spot spot =
		    find_at(table, &homes[i], keys[i].bytes, keys[i].len);

		found[i] = spot.entry;
		remember(table, spot);
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

static void
clear(struct state_table *table, struct set *set, size_t way)
{
	struct state_entry *entry = set->entries[way];

	replace_recent(table, entry, NULL);
	table->count--;
	table->bytes -= cost_of(entry);
	free(entry);
	set->entries[way] = NULL;
	set->tags[way] = 0;
}

static size_t
count_of(const struct set *set)
{
	size_t count = 0;

	for (size_t way = 0; way < WAYS; way++)
		count += set->tags[way] != 0;
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

/* Push one record out of a set, but not kept.  Returns false when there is no
 * other. */
static bool
evict(struct state_table *table, struct set *set,
    const struct state_entry *kept)
{
	size_t victim = WAYS;

	for (size_t way = 0; way < WAYS; way++)
		if (set->tags[way] != 0 && set->entries[way] != kept &&
		    (victim == WAYS ||
			goes_before(set->entries[way], set->entries[victim])))
			victim = way;
	if (victim == WAYS)
		return false;
	table->options.gone(table->options.arg, set->entries[victim]);
	clear(table, set, victim);
	table->evicted++;
	return true;
}

/* Back below the limit: from where the new record went on. */
static void
evict_to_limit(struct state_table *table, const struct state_entry *kept)
{
	size_t i;

	if (table->bytes <= table->options.limit)
		return;
	i = state_table_place(table, kept) / WAYS;
	while (table->bytes > table->options.limit && table->count > 1)
		if (!evict(table, &table->sets[i], kept))
			i = (i + 1) % table->nsets;
}

static struct state_entry *
new_entry(const void *key, size_t keylen, const void *value, size_t len)
{
	struct state_entry *entry = xmalloc(room_of(keylen, len));

	*entry = (struct state_entry){ .keylen = (uint16_t)keylen,
		.len = (uint32_t)len };
	memcpy(entry->bytes, key, keylen);
	memcpy(entry->bytes + keylen, value, len);
	return entry;
}

/* Give the entry of a new key a place in the emptier set; false: there is
 * none. */
static bool
make_place(struct state_table *table, struct state_entry *entry)
{
	const struct home home = home_of(table, entry->bytes, entry->keylen);
	struct set *set = count_of(home.sets[0]) <= count_of(home.sets[1])
	    ? home.sets[0]
	    : home.sets[1];
	size_t way = 0;

	if (count_of(set) == WAYS &&
	    (!table->options.gives_way || !evict(table, set, NULL)))
		return false;
	while (set->tags[way] != 0)
		way++;
	set->tags[way] = home.tag;
	set->entries[way] = entry;
	remember(table,
	    (struct spot){ entry, (size_t)(set - table->sets) * WAYS + way });
	table->count++;
	return true;
}

/* A new entry in place of one of its key. */
static void
replace(struct state_table *table, struct state_entry *old,
    struct state_entry *entry)
{
	size_t place = state_table_place(table, old);

	entry->is_changed = old->is_changed;
	table->sets[place / WAYS].entries[place % WAYS] = entry;
	table->bytes -= cost_of(old);
	replace_recent(table, old, entry);
	free(old);
}

static struct state_entry *
put_new(struct state_table *table, struct state_entry *old, const void *key,
    size_t keylen, const void *value, size_t len)
{
	struct state_entry *entry = new_entry(key, keylen, value, len);
	size_t bytes =
	    table->bytes + cost_of(entry) - (old == NULL ? 0 : cost_of(old));

	if ((!table->options.gives_way && bytes > table->options.limit) ||
	    (old == NULL && !make_place(table, entry))) {
		free(entry);
		return NULL;
	}
	if (old != NULL)
		replace(table, old, entry);
	table->bytes += cost_of(entry);
	if (table->options.gives_way)
		evict_to_limit(table, entry);
	return entry;
}

struct state_entry *
state_table_put(struct state_table *table, const void *key, size_t keylen,
    const void *value, size_t len)
{
	struct state_entry *entry = state_table_find(table, key, keylen);

	if (entry == NULL ||
	    room_of(keylen, len) != room_of(keylen, entry->len))
		return put_new(table, entry, key, keylen, value, len);
	memmove(entry->bytes + keylen, value, len);
	entry->len = (uint32_t)len;
	return entry;
}

void
state_table_delete(struct state_table *table, struct state_entry *entry)
{
	size_t place = state_table_place(table, entry);

	clear(table, &table->sets[place / WAYS], place % WAYS);
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

size_t
state_table_place(const struct state_table *table,
    const struct state_entry *entry)
{
	struct home home;

	for (size_t i = 0; i < STATE_FIND_MAX; i++)
		if (table->recent[i].entry == entry)
			return table->recent[i].place;
	home = home_of(table, entry->bytes, entry->keylen);
	return find_at(table, &home, entry->bytes, entry->keylen).place;
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
