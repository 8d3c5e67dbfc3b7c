/*
 * Records in memory, and their time.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include <event2/event.h>

#include "state.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "state_clock.h"
#include "state_table.h"

/* Places of a table that are looked at without a pause: well below a
 * millisecond. */
#define SLICE_PLACES 2048 /* of whole sets */
static const struct timeval sweep_time = { .tv_usec = 100 * 1000 };

/* Places that one step of a dump covers. */
#define DUMP_PLACES 1024

/* So many changes are written down at once: some of the loop's time. */
#define CHANGES_MAX 4096

struct kind {
	const struct state_kind *row;
	struct state *state;
	struct state_table *table;
	size_t limit;
	size_t sweep; /* the next place to look at */
	size_t expired;
	size_t refused; /* new records, for which there was no room */
	/* What is to be written down, by the number in each; NULL: it has gone,
	 * and was written off. */
	struct state_entry *
	    *changes; /* room for so many; NULL: there was none */
	uint16_t nchanges;
	void (*keeper)(void *arg); /* puts what it is behind with; or NULL */
	void *keeper_arg;
};

struct state {
	struct kind *kinds;
	size_t nkinds;
	char *path; /* of the snapshot */
	struct journal *journal;
	struct event *sweep;
	bool is_sweeping;
	struct state_clock clock;
	size_t dump_kind, dump_place;
	size_t unknown, refused; /* records that were read in vain */
};

/* Field by field: to make one and copy it takes longer. */
static void
fill(const struct kind *kind, const struct state_entry *entry,
    struct state_record *record)
{
	record->kind = kind->row->letter;
	record->is_gone = false;
	record->since = entry->since;
	record->expires = entry->expires;
	record->key = entry->bytes;
	record->keylen = entry->keylen;
	record->value = state_entry_value(entry);
	record->len = entry->len;
}

/* Write down the last value of what has changed. */
static void
write_changes(struct kind *kind)
{
	for (size_t i = 0; i < kind->nchanges; i++) {
		struct state_entry *entry = kind->changes[i];
		struct state_record record;

		if (entry == NULL)
			continue;
		entry->change = 0;
		fill(kind, entry, &record);
		journal_add(kind->state->journal, &record);
	}
	kind->nchanges = 0;
}

static void
write_all_changes(void *arg)
{
	struct state *state = arg;

	for (size_t i = 0; i < state->nkinds; i++) {
		struct kind *kind = &state->kinds[i];

		if (kind->keeper != NULL)
			kind->keeper(kind->keeper_arg);
		write_changes(kind);
	}
}

/* To be written down, with what changes until then. */
static void
note_change(struct kind *kind, struct state_entry *entry)
{
	if (entry->change == 0) {
		if (!journal_expect(kind->state->journal))
			return;
		if (kind->changes == NULL)
			kind->changes = xreallocarray(NULL, CHANGES_MAX,
			    sizeof kind->changes[0]);
		if (kind->nchanges == CHANGES_MAX)
			write_changes(kind);
		entry->change = ++kind->nchanges;
	}
	kind->changes[entry->change - 1] = entry; /* or: it has moved */
}

/* Write down that it goes. */
static void
write_off(void *arg, const struct state_entry *entry)
{
	struct kind *kind = arg;
	struct state_record record;

	if (entry->change != 0)
		kind->changes[entry->change - 1] = NULL;
	fill(kind, entry, &record);
	record.is_gone = true;
	record.len = 0;
	journal_add(kind->state->journal, &record);
}

/* What was made while the clock stood otherwise. */
static void
settle(struct kind *kind, struct state_entry *entry)
{
	const struct state_clock *clock = &kind->state->clock;

	if (entry->epoch != clock->epoch && state_clock_settle(clock, entry))
		note_change(kind, entry);
}

static bool
is_over(const struct state_entry *entry, time_t now)
{
	return entry->expires != 0 && entry->expires <= now;
}

/* Look at some places of the table, from place on; returns where it ended. */
static size_t
sweep(struct kind *kind, size_t place, time_t now)
{
	size_t places = state_table_places(kind->table);
	size_t end =
	    places - place < SLICE_PLACES ? places : place + SLICE_PLACES;

	for (; place < end; place++) {
		struct state_entry *entry = state_table_at(kind->table, place);

		if (entry == NULL)
			continue;
		settle(kind, entry);
		if (!is_over(entry, now))
			continue;
		/* It expires in the files, too, once it is there. */
		if (entry->change != 0)
			write_off(kind, entry);
		state_table_delete_at(kind->table, place);
		kind->expired++;
	}
	return end < places ? end : 0;
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct state *state = arg;
	time_t now = state_clock_look(&state->clock);
	size_t left = 0;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < state->nkinds; i++) {
		struct kind *kind = &state->kinds[i];

		if (state_table_count(kind->table) > 0)
			kind->sweep = sweep(kind, kind->sweep, now);
		left += state_table_count(kind->table);
	}
	state->is_sweeping = left > 0;
	if (left > 0)
		event_add(state->sweep, &sweep_time);
}

/* Write the next records to a snapshot. */
static bool
dump(void *arg, bool first)
{
	struct state *state = arg;
	struct kind *kind;
	size_t places;

	if (first)
		state->dump_kind = state->dump_place = 0;
	kind = &state->kinds[state->dump_kind];
	places = state_table_places(kind->table);
	for (size_t i = 0; i < DUMP_PLACES && state->dump_place < places;
	     i++, state->dump_place++) {
		struct state_entry *entry =
		    state_table_at(kind->table, state->dump_place);
		struct state_record record;

		if (entry == NULL)
			continue;
		settle(kind, entry);
		if (is_over(entry, state->clock.now))
			continue;
		fill(kind, entry, &record);
		journal_dump(state->journal, &record);
	}
	if (state->dump_place == places) {
		state->dump_kind++;
		state->dump_place = 0;
	}
	return state->dump_kind < state->nkinds;
}

static void
make_tables(struct state *state)
{
	for (size_t i = 0; i < state->nkinds; i++) {
		struct kind *kind = &state->kinds[i];
		const struct state_table_options options = {
			.limit = kind->limit,
			.typical = kind->row->typical,
			.gives_way = kind->row->gives_way,
			.has_owners = kind->row->has_owners,
			.gone = write_off,
			.arg = kind,
		};

		state_table_free(kind->table);
		kind->table = state_table_new(&options);
	}
}

struct state *
state_new(struct event_base *base, const char *path, size_t limit,
    const struct state_kind *kinds, size_t nkinds)
{
	struct state *state = xcalloc(1, sizeof *state);
	const struct journal_source source = { write_all_changes, dump, state };

	state->kinds = xcalloc(nkinds, sizeof *state->kinds);
	state->nkinds = nkinds;
	for (size_t i = 0; i < nkinds; i++) {
		state->kinds[i].row = &kinds[i];
		state->kinds[i].state = state;
		state->kinds[i].limit = limit / 100 * kinds[i].share;
	}
	make_tables(state);
	state->path = xstrdup(path);
	state->journal = journal_new(base, path, &source);
	state->sweep = event_new(base, -1, 0, on_sweep, state);
	if (state->sweep == NULL)
		abort();
	state_clock_look(&state->clock);
	return state;
}

void
state_free(struct state *state)
{
	if (state == NULL)
		return;
	journal_free(state->journal);
	event_free(state->sweep);
	for (size_t i = 0; i < state->nkinds; i++) {
		state_table_free(state->kinds[i].table);
		free(state->kinds[i].changes);
	}
	free(state->kinds);
	free(state->path);
	free(state);
}

static struct kind *
find_kind(struct state *state, char letter)
{
	for (size_t i = 0; i < state->nkinds; i++)
		if (state->kinds[i].row->letter == letter)
			return &state->kinds[i];
	return NULL;
}

static void
set_times(const struct kind *kind, struct state_entry *entry, time_t since,
    time_t expires)
{
	entry->since = (uint32_t)since;
	entry->expires = (uint32_t)expires;
	entry->epoch = kind->state->clock.epoch;
}

static struct state_entry *
put(struct kind *kind, const struct state_key *key,
    const struct state_record *record)
{
	struct state_entry *entry =
	    state_table_put(kind->table, key, record->value, record->len);

	if (entry != NULL)
		set_times(kind, entry, record->since, record->expires);
	return entry;
}

/* A record of the files; one that has expired may stand for an older one of
 * its key. */
static void
take_in(void *arg, const struct state_record *record)
{
	struct state *state = arg;
	struct kind *kind = find_kind(state, record->kind);
	const struct state_key key = state_key_of(record->key, record->keylen);

	if (kind == NULL)
		state->unknown++;
	else if (record->is_gone ||
	    (record->expires != 0 && record->expires <= state->clock.now))
		state_table_delete(kind->table, &key);
	else if (put(kind, &key, record) == NULL)
		state->refused++;
}

/* What was made in the future, as the clock goes now. */
static void
settle_all(struct state *state)
{
	state_clock_begin(&state->clock);
	for (size_t i = 0; i < state->nkinds; i++)
		for (size_t place = 0;
		     place < state_table_places(state->kinds[i].table);
		     place++) {
			struct state_entry *entry =
			    state_table_at(state->kinds[i].table, place);

			if (entry != NULL)
				settle(&state->kinds[i], entry);
		}
}

/* What cannot be kept yet, as on a disk that is full, is known all the same;
 * what is not ours, or damaged, is left alone. */
static void
look_only(struct state *state, const char *why)
{
	struct strbuf err = { 0 };
	bool is_ours;

	make_tables(state);
	state->unknown = state->refused = 0;
	is_ours = journal_look(state->path, take_in, state, &err) == 0;
	if (is_ours)
		journal_open_later(state->journal);
	else
		make_tables(state);
	log_warn("state_database: %s: what is remembered is in memory only, "
		 "until %s",
	    why, is_ours ? "that works again" : "a restart without that");
	strbuf_free(&err);
}

void
state_open(struct state *state)
{
	static const struct timeval now = { 0 };
	struct strbuf err = { 0 };

	if (journal_open(state->journal, take_in, state, &err) == -1)
		look_only(state, strbuf_str(&err));
	if (state->unknown > 0)
		log_warn("state_database: %zu records of kinds that this "
			 "version does not know are left out",
		    state->unknown);
	if (state->refused > 0)
		log_warn("state_database: %zu records are left out, "
			 "state_limit is too low for them",
		    state->refused);
	settle_all(state);
	event_add(state->sweep, &now);
	state->is_sweeping = true;
	strbuf_free(&err);
}

int
state_look(struct state *state, const char *path, struct strbuf *err)
{
	return journal_look(path, take_in, state, err);
}

/* What is to be seen of an entry (NULL: there is none) now. */
static bool
see(struct kind *kind, struct state_entry *entry, time_t now,
    struct state_record *record)
{
	if (entry == NULL)
		return false;
	settle(kind, entry);
	if (is_over(entry, now))
		return false;
	fill(kind, entry, record);
	return true;
}

bool
state_find(struct state *state, size_t which, const void *key, size_t keylen,
    struct state_record *record)
{
	struct state_key id;

	if (state_table_count(state->kinds[which].table) == 0)
		return false; /* as of suspensions, mostly */
	id = state_key_of(key, keylen);
	return state_find_key(state, which, &id, record);
}

bool
state_find_key(struct state *state, size_t which, const struct state_key *key,
    struct state_record *record)
{
	struct kind *kind = &state->kinds[which];
	time_t now = state_clock_look(&state->clock);

	return see(kind, state_table_find(kind->table, key), now, record);
}

void
state_find_all(struct state *state, size_t which, const struct state_key keys[],
    size_t n, struct state_record records[])
{
	struct kind *kind = &state->kinds[which];
	struct state_entry *found[STATE_FIND_MAX];
	time_t now = state_clock_look(&state->clock);

	state_table_find_all(kind->table, keys, n, found);
	for (size_t i = 0; i < n; i++)
		if (!see(kind, found[i], now, &records[i]))
			records[i].key = NULL;
}

bool
state_put(struct state *state, size_t which, const void *key, size_t keylen,
    const void *value, size_t len, time_t expires)
{
	const struct state_key id = state_key_of(key, keylen);

	return state_put_key(state, which, &id, value, len, expires);
}

bool
state_put_key(struct state *state, size_t which, const struct state_key *key,
    const void *value, size_t len, time_t expires)
{
	struct kind *kind = &state->kinds[which];
	const struct state_record record = {
		.since = state_clock_look(&state->clock),
		.expires = expires,
		.value = value,
		.len = len,
	};
	struct state_entry *entry;

	assert(key->len <= STATE_KEY_MAX && len <= STATE_VALUE_MAX);
	entry = put(kind, key, &record);
	if (entry == NULL) {
		kind->refused++;
		return false;
	}
	note_change(kind, entry);
	if (!state->is_sweeping)
		event_add(state->sweep, &sweep_time);
	state->is_sweeping = true;
	return true;
}

bool
state_edit(struct state *state, size_t which, const struct state_key *key,
    struct state_edit *edit)
{
	struct kind *kind = &state->kinds[which];

	edit->entry = state_table_find(kind->table, key);
	if (!see(kind, edit->entry, state_clock_look(&state->clock),
		&edit->record))
		return false;
	edit->value = edit->entry->bytes + edit->entry->keylen;
	return true;
}

void
state_edited(struct state *state, size_t which, const struct state_edit *edit,
    time_t expires)
{
	struct kind *kind = &state->kinds[which];

	set_times(kind, edit->entry, state->clock.now, expires);
	note_change(kind, edit->entry);
}

void
state_set_keeper(struct state *state, size_t which, void (*put_all)(void *arg),
    void *arg)
{
	state->kinds[which].keeper = put_all;
	state->kinds[which].keeper_arg = arg;
}

bool
state_forget(struct state *state, size_t which, const void *key, size_t keylen)
{
	struct kind *kind = &state->kinds[which];
	const struct state_key id = state_key_of(key, keylen);
	struct state_record record;

	if (!state_find_key(state, which, &id, &record))
		return false;
	write_off(kind, state_table_find(kind->table, &id));
	state_table_delete(kind->table, &id);
	return true;
}

bool
state_each_of_some(struct state *state, size_t which, size_t *place,
    void (*fn)(void *arg, const struct state_record *), void *arg)
{
	struct kind *kind = &state->kinds[which];
	time_t now = state_clock_look(&state->clock);

	for (size_t i = 0; i < SLICE_PLACES; i++) {
		struct state_record record;

		if (see(kind, state_table_at(kind->table, *place), now,
			&record))
			fn(arg, &record);
		*place = state_table_next(kind->table, *place);
		if (*place == 0)
			return false;
	}
	return true;
}

void
state_each(struct state *state, size_t which,
    void (*fn)(void *arg, const struct state_record *), void *arg)
{
	size_t place = 0;

	while (state_each_of_some(state, which, &place, fn, arg))
		;
}

void
state_sync(struct state *state, journal_synced *done, void *arg)
{
	journal_sync(state->journal, done, arg);
}

size_t
state_kind_count(const struct state *state)
{
	return state->nkinds;
}

void
state_figures(const struct state *state, size_t which,
    struct state_figures *figures)
{
	const struct kind *kind = &state->kinds[which];

	figures->name = kind->row->name;
	figures->entries = state_table_count(kind->table);
	figures->bytes = state_table_bytes(kind->table);
	figures->limit = kind->limit;
	figures->evicted = state_table_evicted(kind->table);
	figures->refused = kind->refused;
	figures->expired = kind->expired;
}

struct journal_status
state_journal_status(const struct state *state)
{
	return journal_status(state->journal);
}
