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

/* What stands before a window, little-endian; its bytes are counted by one. */
struct head {
	uint32_t length;  /* seconds */
	uint32_t most[2]; /* halves, low one first: nothing is padded */
};
_Static_assert(sizeof(struct head) == 12, "as it stands in the files");
_Static_assert(RATE_WINDOW_BYTES_MAX <= UINT8_MAX, "a byte says how many");

#define KEPT_BYTES_MAX (sizeof(struct head) + 1 + RATE_WINDOW_BYTES_MAX)
_Static_assert(RATE_WINDOWS_MAX *KEPT_BYTES_MAX <= STATE_VALUE_MAX, "fits");

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

/* The next window of a record, as of now. */
static bool
read_next(struct rate_kept *kept, const struct state_record *record,
    const char **at, time_t now)
{
	size_t left = (size_t)(record->value + record->len - *at), size;
	struct head head;

	if (left <= sizeof head)
		return false;
	memcpy(&head, *at, sizeof head);
	*at += sizeof head;
	size = (unsigned char)*(*at)++;
	kept->length = (long)le32toh(head.length);
	kept->most =
	    le32toh(head.most[0]) | (uint64_t)le32toh(head.most[1]) << 32;
	if (kept->length == 0 || size >= left - sizeof head ||
	    !rate_window_decode(&kept->window, *at, size))
		return false;
	*at += size;
	rate_window_move(&kept->window, kept->length, record->since, now);
	kept->sum = rate_window_sum(&kept->window);
	return true;
}

/* Those that have nothing to tell any more are left out. */
void
rate_counter_read(const struct state_record *record, time_t now,
    struct rate_windows *windows)
{
	const char *at = record->value;

	windows->n = 0;
	if (record->key == NULL)
		return;
	while (windows->n < RATE_LIMITS_MAX &&
	    read_next(&windows->kept[windows->n], record, &at, now))
		if (windows->kept[windows->n].sum > 0)
			windows->n++;
}

const struct rate_kept *
rate_windows_find(const struct rate_windows *windows, long length)
{
	static const struct rate_kept nothing;

	for (size_t i = 0; i < windows->n; i++)
		if (windows->kept[i].length == length)
			return &windows->kept[i];
	return &nothing;
}

static void
find_windows(struct rate_windows *windows, struct state *state,
    const struct state_key *id, time_t now)
{
	struct state_record record;

	if (!state_find_key(state, STATE_RATES, id, &record))
		record.key = NULL;
	rate_counter_read(&record, now, windows);
}

/* The window for a limit. */
static struct rate_window *
window_for(struct rate_windows *windows, const struct rate_limit *limit)
{
	size_t i = 0;

	while (i < windows->n && windows->kept[i].length != limit->length)
		i++;
	if (i == windows->n)
		windows->kept[windows->n++] =
		    (struct rate_kept){ .length = limit->length };
	windows->kept[i].most = limit->most;
	return &windows->kept[i].window;
}

static void
write_windows(const struct rate_windows *windows, struct state *state,
    const struct state_key *id, time_t now)
{
	char value[RATE_WINDOWS_MAX * KEPT_BYTES_MAX], *end = value;
	long longest = 0;

	for (size_t i = 0; i < windows->n; i++) {
		const struct rate_kept *kept = &windows->kept[i];
		const struct head head = {
			.length = htole32((uint32_t)kept->length),
			.most = { htole32((uint32_t)kept->most),
			    htole32((uint32_t)(kept->most >> 32)) },
		};
		size_t size;

		memcpy(end, &head, sizeof head);
		end += sizeof head;
		size = rate_window_encode(&kept->window, end + 1);
		*end = (char)size;
		end += 1 + size;
		if (kept->length > longest)
			longest = kept->length;
	}
	state_put_key(state, STATE_RATES, id, value, (size_t)(end - value),
	    now + rate_window_life(longest));
}

void
rate_counter_add(struct state *state, const struct state_key *id,
    const struct rate_limit limits[], size_t n, uint64_t amount, time_t now)
{
	struct rate_windows windows;

	find_windows(&windows, state, id, now);
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

	if (!state_find_key(state, STATE_RATES, recipient, &record))
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
	struct rate_windows windows;

	find_windows(&windows, state, counter, now);
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
	struct rate_reading reading;
	struct rate_windows windows;

	if (!read_key(&reading.counter, record))
		return;
	rate_counter_read(record, now, &windows);
	for (size_t i = 0; i < windows.n; i++) {
		reading.counter.length = windows.kept[i].length;
		reading.most = windows.kept[i].most;
		reading.count = windows.kept[i].sum;
		fn(arg, &reading);
	}
}
