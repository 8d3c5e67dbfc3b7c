/*
 * Counters in the state.  A key is a letter for the unit, one for whom it is,
 * the length of the window and the value; what belongs to it is the limit and
 * the window, as of the time of the record.  A recipient that was met is a
 * record without a value, whose time says when.
 */
#include <string.h>

#include <sodium.h>

#include "rate_counter.h"

#define LETTER_OF_RECIPIENT 'm'
#define HEAD                6 /* bytes before the value */
#define HASH_BYTES          16
#define LIMIT_BYTES         8

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

static uint64_t
get_number(const char *bytes, size_t len)
{
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++)
		number = number << 8 | (unsigned char)bytes[i];
	return number;
}

struct state_key
rate_counter_id(const struct rate_counter *counter, struct arena *arena)
{
	size_t len = strnlen(counter->value, RATE_VALUE_MAX);
	char *bytes = arena_alloc(arena, HEAD + len);

	bytes[0] = unit_letters[counter->unit];
	bytes[1] = key_letters[counter->key];
	put_number(bytes + 2, (uint64_t)counter->length, HEAD - 2);
	memcpy(bytes + HEAD, counter->value, len);
	return state_key_of(bytes, HEAD + len);
}

struct state_key
rate_recipient_id(const struct state_key *counter, const char *recipient,
    struct arena *arena)
{
	char *bytes = arena_alloc(arena, 1 + HASH_BYTES);
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

/* The window of a record, as of now. */
static bool
read_window(const struct state_record *record, long length, time_t now,
    struct rate_window *window)
{
	if (record->len < LIMIT_BYTES ||
	    !rate_window_decode(window, record->value + LIMIT_BYTES,
		record->len - LIMIT_BYTES))
		return false;
	rate_window_move(window, length, record->since, now);
	return true;
}

uint64_t
rate_counter_window(const struct state_record *record, long length, time_t now,
    struct rate_window *window)
{
	if (record->key == NULL || !read_window(record, length, now, window))
		*window = (struct rate_window){ 0 };
	return rate_window_sum(window);
}

static void
find_window(struct state *state, const struct state_key *id, long length,
    time_t now, struct rate_window *window)
{
	struct state_record record;

	state_find_all(state, STATE_RATES, id, 1, &record);
	rate_counter_window(&record, length, now, window);
}

static void
write_window(struct state *state, const struct state_key *id, long length,
    uint64_t most, const struct rate_window *window, time_t now)
{
	char value[LIMIT_BYTES + RATE_WINDOW_BYTES_MAX];
	size_t len;

	put_number(value, most, LIMIT_BYTES);
	len = rate_window_encode(window, value + LIMIT_BYTES);
	state_put_key(state, STATE_RATES, id, value, LIMIT_BYTES + len,
	    now + rate_window_life(length));
}

void
rate_counter_add(struct state *state, const struct state_key *id, long length,
    uint64_t most, uint64_t amount, time_t now)
{
	struct rate_window window;

	find_window(state, id, length, now, &window);
	window.counts[0] += amount;
	write_window(state, id, length, most, &window, now);
}

/* The part that the recipient was met in last, 0 for the newest; RATE_PARTS:
 * none. */
static size_t
part_met(struct state *state, const struct state_key *recipient, long length,
    time_t now)
{
	struct state_record record;
	struct rate_window window = { { 1 } };
	size_t part = 0;

	state_find_all(state, STATE_RATES, recipient, 1, &record);
	if (record.key == NULL)
		return RATE_PARTS;
	rate_window_move(&window, length, record.since, now);
	while (part < RATE_PARTS && window.counts[part] == 0)
		part++;
	return part;
}

bool
rate_recipient_was_met(struct state *state, const struct state_key *recipient,
    long length, time_t now)
{
	return part_met(state, recipient, length, now) < RATE_PARTS;
}

void
rate_recipient_meet(struct state *state, const struct state_key *counter,
    const struct state_key *recipient, long length, uint64_t most, time_t now)
{
	size_t part = part_met(state, recipient, length, now);
	struct rate_window window;

	find_window(state, counter, length, now, &window);
	if (part < RATE_PARTS && window.counts[part] > 0)
		window.counts[part]--;
	window.counts[0]++;
	write_window(state, counter, length, most, &window, now);
	state_put_key(state, STATE_RATES, recipient, "", 0,
	    now + rate_window_life(length));
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

bool
rate_reading_of(struct rate_reading *reading, const struct state_record *record,
    time_t now)
{
	static char value[RATE_VALUE_MAX + 1];
	struct rate_counter *counter = &reading->counter;
	struct rate_window window;
	size_t unit, key;

	if (record->keylen <= HEAD || record->keylen > HEAD + RATE_VALUE_MAX ||
	    record->len < LIMIT_BYTES)
		return false;
	unit = place_of(unit_letters, RATE_UNITS, record->key[0]);
	key = place_of(key_letters, RATE_KEYS, record->key[1]);
	counter->length = (long)get_number(record->key + 2, HEAD - 2);
	if (unit == RATE_UNITS || key == RATE_KEYS || counter->length == 0 ||
	    !read_window(record, counter->length, now, &window))
		return false;
	memcpy(value, record->key + HEAD, record->keylen - HEAD);
	value[record->keylen - HEAD] = '\0';
	counter->unit = (enum rate_unit)unit;
	counter->key = (enum rate_key)key;
	counter->value = value;
	reading->most = get_number(record->value, LIMIT_BYTES);
	reading->count = rate_window_sum(&window);
	return true;
}
