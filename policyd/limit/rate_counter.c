/*
 * Counters in the state.  A key is a letter for the unit, one for whom it is,
 * the length of the window where there can be but one, and the value; what
 * belongs to it are windows as of the time of the record, each with its length
 * and the limit that was in force.  A recipient that was met is a record
 * without a value, whose time says when.
 */
#include <string.h>

#include <sodium.h>

#include "rate_counter.h"

#define LETTER_OF_RECIPIENT 'm'
#define LETTERS             2 /* before the value, or the length */
#define LENGTH_BYTES        4
#define HASH_BYTES          16

/* Of a record: for all limits, and as many that are no more in force. */
#define WINDOWS_MAX    (2 * RATE_LIMITS_MAX)
#define KEPT_BYTES_MAX (3 * RATE_NUMBER_BYTES_MAX + RATE_WINDOW_BYTES_MAX)
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
	char *bytes = arena_alloc(arena, head + len);

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

/* A window as it stands in a record: these numbers, and that of its bytes. */
struct kept {
	uint64_t length, most;
	struct rate_window window;
};

/* The next window of a record, as of now. */
static bool
next_window(struct kept *kept, const struct state_record *record,
    const char **at, time_t now)
{
	const char *end = record->value + record->len;
	uint64_t size;

	if (!rate_number_decode(&kept->length, at, end) ||
	    !rate_number_decode(&kept->most, at, end) ||
	    !rate_number_decode(&size, at, end) || kept->length == 0 ||
	    kept->length > INT32_MAX || size > (size_t)(end - *at) ||
	    !rate_window_decode(&kept->window, *at, (size_t)size))
		return false;
	*at += size;
	rate_window_move(&kept->window, (long)kept->length, record->since, now);
	return true;
}

uint64_t
rate_counter_window(const struct state_record *record, long length, time_t now,
    struct rate_window *window)
{
	const char *at = record->value;
	struct kept kept;

	*window = (struct rate_window){ 0 };
	if (record->key == NULL)
		return 0;
	while (next_window(&kept, record, &at, now))
		if (kept.length == (uint64_t)length)
			*window = kept.window;
	return rate_window_sum(window);
}

/* All windows of a counter, while it is changed. */
struct windows {
	struct kept kept[WINDOWS_MAX];
	size_t n;
};

/* Those that have something to tell. */
static void
read_windows(struct windows *windows, struct state *state,
    const struct state_key *id, time_t now)
{
	struct state_record record;
	const char *at;

	windows->n = 0;
	state_find_all(state, STATE_RATES, id, 1, &record);
	if (record.key == NULL)
		return;
	at = record.value;
	while (windows->n < RATE_LIMITS_MAX &&
	    next_window(&windows->kept[windows->n], &record, &at, now))
		if (rate_window_sum(&windows->kept[windows->n].window) > 0)
			windows->n++;
}

/* The window for a limit. */
static struct rate_window *
window_for(struct windows *windows, const struct rate_limit *limit)
{
	size_t i = 0;

	while (i < windows->n &&
	    windows->kept[i].length != (uint64_t)limit->length)
		i++;
	if (i == windows->n)
		windows->kept[windows->n++] =
		    (struct kept){ .length = (uint64_t)limit->length };
	windows->kept[i].most = limit->most;
	return &windows->kept[i].window;
}

static void
write_windows(const struct windows *windows, struct state *state,
    const struct state_key *id, time_t now)
{
	char value[WINDOWS_MAX * KEPT_BYTES_MAX], *end = value;
	char window[RATE_WINDOW_BYTES_MAX];
	uint64_t longest = 0;
	size_t size;

	for (size_t i = 0; i < windows->n; i++) {
		const struct kept *kept = &windows->kept[i];

		end = rate_number_encode(kept->length, end);
		end = rate_number_encode(kept->most, end);
		size = rate_window_encode(&kept->window, window);
		end = rate_number_encode(size, end);
		memcpy(end, window, size);
		end += size;
		if (kept->length > longest)
			longest = kept->length;
	}
	state_put_key(state, STATE_RATES, id, value, (size_t)(end - value),
	    now + rate_window_life((long)longest));
}

void
rate_counter_add(struct state *state, const struct state_key *id,
    const struct rate_limit limits[], size_t n, uint64_t amount, time_t now)
{
	struct windows windows;

	read_windows(&windows, state, id, now);
	for (size_t i = 0; i < n; i++)
		window_for(&windows, &limits[i])->counts[0] += amount;
	write_windows(&windows, state, id, now);
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
    const struct state_key *recipient, const struct rate_limit *limit,
    time_t now)
{
	size_t part = part_met(state, recipient, limit->length, now);
	struct rate_window *window;
	struct windows windows;

	read_windows(&windows, state, counter, now);
	window = window_for(&windows, limit);
	if (part < RATE_PARTS && window->counts[part] > 0)
		window->counts[part]--;
	window->counts[0]++;
	write_windows(&windows, state, counter, now);
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
	const char *at = record->value;
	struct rate_reading reading;
	struct kept kept;

	if (!read_key(&reading.counter, record))
		return;
	while (next_window(&kept, record, &at, now)) {
		reading.counter.length = (long)kept.length;
		reading.most = kept.most;
		reading.count = rate_window_sum(&kept.window);
		fn(arg, &reading);
	}
}
