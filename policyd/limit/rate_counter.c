/*
 * Counters in the state.  A key is a letter for the unit, one for whom it is,
 * the length of the window where there can be but one, and the value; what
 * belongs to it are windows as of the time of the record, each with its length
 * and the limit that was in force.  A recipient that was met is a record
 * without a value, whose time says when.
 */
#include <endian.h>
#include <string.h>

#include <sodium.h>

#include "rate_counter.h"

#define LETTER_OF_RECIPIENT 'm'
#define LETTERS             2 /* before the value, or the length */
#define LENGTH_BYTES        4
#define HASH_BYTES          16

/* What stands before a window, little-endian: its length in seconds, the limit,
 * and how many bytes it has. */
enum { LENGTH_AT = 0, MOST_AT = 4, SIZE_AT = 12, HEAD_BYTES = 13 };
_Static_assert(RATE_WINDOW_BYTES_MAX <= UINT8_MAX, "a byte says how many");

/* A record has windows for all limits, in their order, and behind them as many
 * that are no more in force. */
#define WINDOWS_MAX    (2 * RATE_LIMITS_MAX)
#define KEPT_BYTES_MAX (HEAD_BYTES + RATE_WINDOW_BYTES_MAX)
_Static_assert(WINDOWS_MAX *KEPT_BYTES_MAX <= STATE_VALUE_MAX, "fits");

/* In the files: never changed. */
static const char unit_letters[RATE_UNITS] = {
	[RATE_RECIPIENTS] = 'r',
	[RATE_MESSAGES] = 'n',
	[RATE_BYTES] = 'b',
	[RATE_DISTINCT_RECIPIENTS] = 'd',
};

static const char key_letters[RATE_KEYS] = {
	[RATE_SASL_USERNAME] = 'u',
	[RATE_SASL_DOMAIN] = 'U',
	[RATE_CLIENT_ADDRESS] = 'c',
	[RATE_CLIENT_NETWORK] = 'n',
	[RATE_ORIGIN] = 'o',
	[RATE_SENDER] = 's',
	[RATE_SENDER_DOMAIN] = 'S',
	[RATE_RECIPIENT] = 'r',
	[RATE_RECIPIENT_DOMAIN] = 'R',
	[RATE_APP_PASSWORD] = 'a',
};

static void
put_number(char *bytes, uint64_t number, size_t len)
{
	while (len > 0) {
		bytes[--len] = (char)number;
		number >>= 8;
	}
}

/* How long the key of a record is before the value. */
static size_t
head_of(enum rate_unit unit)
{
	return unit == RATE_DISTINCT_RECIPIENTS ? LETTERS + LENGTH_BYTES
						: LETTERS;
}

struct state_key
rate_counter_id(const struct rate_counter *counter, struct arena *arena)
{
	size_t len = strnlen(counter->value, RATE_VALUE_MAX);
	size_t head = head_of(counter->unit);
	char *bytes = arena_alloc_unset(arena, head + len);

	bytes[0] = unit_letters[counter->unit];
	bytes[1] = key_letters[counter->key];
	put_number(bytes + LETTERS, (uint64_t)counter->length, head - LETTERS);
	memcpy(bytes + head, counter->value, len);
	return state_key_of(bytes, head + len);
}

struct state_key
rate_recipient_id(const struct state_key *counter, const char *recipient,
    struct arena *arena)
{
	char *bytes = arena_alloc_unset(arena, 1 + HASH_BYTES);
	crypto_generichash_state hash;

	crypto_generichash_init(&hash, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&hash, (const unsigned char *)counter->bytes,
	    counter->len);
	crypto_generichash_update(&hash, (const unsigned char *)"", 1);
	crypto_generichash_update(&hash, (const unsigned char *)recipient,
	    strlen(recipient));
	bytes[0] = LETTER_OF_RECIPIENT;
	crypto_generichash_final(&hash, (unsigned char *)bytes + 1, HASH_BYTES);
	return state_key_of(bytes, 1 + HASH_BYTES);
}

/* A window as it stands in a record. */
struct kept {
	long length;
	uint64_t most; /* the limit that was in force */
	const char *bytes;
	size_t size;
};

/* The next of a record; *at: where it begins, then where the one after it does.
 * Returns false when there is none. */
static bool
next_kept(struct kept *kept, const struct state_record *record, const char **at)
{
	const char *head = *at;
	size_t left = (size_t)(record->value + record->len - head);
	uint32_t length;
	uint64_t most;

	if (left < HEAD_BYTES)
		return false;
	memcpy(&length, head + LENGTH_AT, sizeof length);
	memcpy(&most, head + MOST_AT, sizeof most);
	kept->length = (long)le32toh(length);
	kept->most = le64toh(most);
	kept->size = (unsigned char)head[SIZE_AT];
	kept->bytes = head + HEAD_BYTES;
	*at = kept->bytes + kept->size;
	return kept->length != 0 && kept->size <= left - HEAD_BYTES;
}

/* That of a length. */
static bool
find_kept(struct kept *kept, const struct state_record *record, long length)
{
	const char *at = record->value;

	if (record->key == NULL)
		return false;
	while (next_kept(kept, record, &at))
		if (kept->length == length)
			return true;
	return false;
}

static uint64_t
sum_of(const struct kept *kept, const struct state_record *record, time_t now)
{
	return rate_window_sum_encoded(kept->bytes, kept->size,
	    rate_window_shift(kept->length, record->since, now));
}

uint64_t
rate_counter_sum(const struct state_record *record, long length, time_t now)
{
	struct kept kept;

	return find_kept(&kept, record, length) ? sum_of(&kept, record, now)
						: 0;
}

static void
decode(struct rate_window *window, const struct kept *kept,
    const struct state_record *record, time_t now)
{
	if (rate_window_decode(window, kept->bytes, kept->size))
		rate_window_move(window, kept->length, record->since, now);
	else
		*window = (struct rate_window){ 0 };
}

void
rate_counter_window(const struct state_record *record, long length, time_t now,
    struct rate_window *window)
{
	struct kept kept;

	if (find_kept(&kept, record, length))
		decode(window, &kept, record, now);
	else
		*window = (struct rate_window){ 0 };
}

/* The value of a record that is made anew. */
struct draft {
	char value[WINDOWS_MAX * KEPT_BYTES_MAX];
	size_t len;
	long longest;
};

static void
draft_add(struct draft *draft, long length, uint64_t most,
    const struct rate_window *window)
{
	const uint32_t length_bytes = htole32((uint32_t)length);
	const uint64_t most_bytes = htole64(most);
	char *head = draft->value + draft->len;
	size_t size = rate_window_encode(window, head + HEAD_BYTES);

	memcpy(head + LENGTH_AT, &length_bytes, sizeof length_bytes);
	memcpy(head + MOST_AT, &most_bytes, sizeof most_bytes);
	head[SIZE_AT] = (char)size;
	draft->len += HEAD_BYTES + size;
	if (length > draft->longest)
		draft->longest = length;
}

static bool
is_of_limits(const struct kept *kept, const struct rate_limit limits[],
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (limits[i].length == kept->length)
			return true;
	return false;
}

/* What a record has for other limits, and what has nothing to tell any more is
 * left out. */
static void
draft_add_others(struct draft *draft, const struct state_record *record,
    const struct rate_limit limits[], size_t n, time_t now)
{
	const char *at = record->value;
	struct kept kept;

	if (record->key == NULL)
		return;
	for (size_t others = 0;
	     others < RATE_LIMITS_MAX && next_kept(&kept, record, &at);) {
		struct rate_window window;

		if (is_of_limits(&kept, limits, n))
			continue;
		decode(&window, &kept, record, now);
		if (rate_window_sum(&window) == 0)
			continue;
		draft_add(draft, kept.length, kept.most, &window);
		others++;
	}
}

/* Put the windows of limits in place of what they were in the record. */
static void
put_windows(struct state *state, const struct state_key *id,
    const struct state_record *record, const struct rate_limit limits[],
    const struct rate_window windows[], size_t n, time_t now)
{
	struct draft draft;

	draft.len = 0;
	draft.longest = 0;
	for (size_t i = 0; i < n; i++)
		draft_add(&draft, limits[i].length, limits[i].most,
		    &windows[i]);
	draft_add_others(&draft, record, limits, n, now);
	state_put_key(state, STATE_RATES, id, draft.value, draft.len,
	    now + rate_window_life(draft.longest));
}

static void
add_anew(struct state *state, const struct state_key *id,
    const struct state_record *record, const struct rate_limit limits[],
    size_t n, uint64_t amount, time_t now)
{
	struct rate_window windows[RATE_LIMITS_MAX];

	for (size_t i = 0; i < n; i++) {
		rate_counter_window(record, limits[i].length, now, &windows[i]);
		windows[i].counts[0] += amount;
	}
	put_windows(state, id, record, limits, windows, n, now);
}

/* The newest part of a window, that is to become more. */
struct growth {
	size_t place; /* in the value */
	uint64_t more;
};

/*
 * What becomes of a record, that has windows for just these limits before all
 * others, when none of them moves and none needs more bytes.  Returns the
 * length of its longest window; 0: it is to be made anew.
 */
static long
grow(const struct state_record *record, const struct rate_limit limits[],
    size_t n, uint64_t amount, time_t now, struct growth growths[])
{
	const char *at = record->value;
	struct kept kept;
	long longest = 0;
	size_t i;

	for (i = 0; next_kept(&kept, record, &at); i++) {
		if (rate_window_shift(kept.length, record->since, now) > 0)
			return 0;
		if (kept.length > longest)
			longest = kept.length;
		if (i >= n)
			continue;
		if (kept.length != limits[i].length ||
		    kept.most != limits[i].most ||
		    !rate_window_can_add(kept.bytes, kept.size, amount,
			&growths[i].more))
			return 0;
		growths[i].place = (size_t)(kept.bytes - record->value);
	}
	return i >= n ? longest : 0;
}

void
rate_counter_add(struct state *state, const struct state_key *id,
    const struct rate_limit limits[], size_t n, uint64_t amount, time_t now)
{
	struct growth growths[RATE_LIMITS_MAX];
	struct state_edit edit;
	long longest = 0;

	if (state_edit(state, STATE_RATES, id, &edit))
		longest = grow(&edit.record, limits, n, amount, now, growths);
	else
		edit.record.key = NULL;
	if (longest == 0) {
		add_anew(state, id, &edit.record, limits, n, amount, now);
		return;
	}
	for (size_t i = 0; i < n; i++)
		rate_window_set_newest(edit.value + growths[i].place,
		    growths[i].more);
	state_edited(state, STATE_RATES, &edit,
	    now + rate_window_life(longest));
}

/* The part that the recipient was met in last, 0 for the newest; RATE_PARTS:
 * none. */
static size_t
part_met(struct state *state, const struct state_key *recipient, long length,
    time_t now)
{
	struct state_record record;

	return state_find_key(state, STATE_RATES, recipient, &record)
	    ? rate_window_shift(length, record.since, now)
	    : RATE_PARTS;
}

bool
rate_recipient_was_met(struct state *state, const struct state_key *recipient,
    long length, time_t now)
{
	return part_met(state, recipient, length, now) < RATE_PARTS;
}

void
rate_recipient_meet(struct state *state, const struct state_key *counter,
    const struct state_key *recipient, const struct rate_limit *limit,
    time_t now)
{
	size_t part = part_met(state, recipient, limit->length, now);
	struct rate_window window;
	struct state_record record;

	if (!state_find_key(state, STATE_RATES, counter, &record))
		record.key = NULL;
	rate_counter_window(&record, limit->length, now, &window);
	if (part < RATE_PARTS && window.counts[part] > 0)
		window.counts[part]--;
	window.counts[0]++;
	put_windows(state, counter, &record, limit, &window, 1, now);
	state_put_key(state, STATE_RATES, recipient, "", 0,
	    now + rate_window_life(limit->length));
}

/* The place of a letter, or n. */
static size_t
place_of(const char *letters, size_t n, char letter)
{
	size_t i = 0;

	while (i < n && letters[i] != letter)
		i++;
	return i;
}

/* What the key of a record says.  Returns false when it is of no counter. */
static bool
read_key(struct rate_counter *counter, const struct state_record *record)
{
	static char value[RATE_VALUE_MAX + 1];
	size_t unit, key, head;

	if (record->keylen < LETTERS)
		return false;
	unit = place_of(unit_letters, RATE_UNITS, record->key[0]);
	key = place_of(key_letters, RATE_KEYS, record->key[1]);
	head = head_of((enum rate_unit)unit);
	if (unit == RATE_UNITS || key == RATE_KEYS || record->keylen <= head ||
	    record->keylen > head + RATE_VALUE_MAX)
		return false;
	memcpy(value, record->key + head, record->keylen - head);
	value[record->keylen - head] = '\0';
	*counter = (struct rate_counter){
		.unit = (enum rate_unit)unit,
		.key = (enum rate_key)key,
		.value = value,
	};
	return true;
}

void
rate_readings_of(const struct state_record *record, time_t now,
    void (*fn)(void *arg, const struct rate_reading *), void *arg)
{
	struct rate_reading reading;
	const char *at = record->value;
	struct kept kept;

	if (!read_key(&reading.counter, record))
		return;
	while (next_kept(&kept, record, &at)) {
		reading.counter.length = kept.length;
		reading.most = kept.most;
		reading.count = sum_of(&kept, record, now);
		if (reading.count > 0)
			fn(arg, &reading);
	}
}
