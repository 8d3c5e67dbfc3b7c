/*
 * Counters in the state, against windows that are moved and added to one by
 * one.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "rate_counter.h"
#include "testing_state.h"

#define NOW  1700000100 /* the beginning of a twelfth of an hour */
#define HOUR 3600

struct counting {
	struct event_base *base;
	char *dir, *path;
	struct state *state;
	struct state_key id;
};

static void
counting_open(struct counting *counting)
{
	counting->state = state_new(counting->base, counting->path,
	    64 * 1024 * 1024, state_kinds, STATE_KINDS);
	state_open(counting->state);
}

static void
counting_begin(struct counting *counting)
{
	testing_now = NOW;
	clock_set_source(testing_wall_clock);
	counting->base = event_base_new();
	counting->dir = testing_make_dir();
	counting->path = xasprintf("%s/state.gdbm", counting->dir);
	counting->id = state_key_of("rufred", 6);
	counting_open(counting);
}

static void
counting_end(struct counting *counting)
{
	state_free(counting->state);
	event_base_free(counting->base);
	free(counting->path);
	testing_remove_dir(counting->dir);
}

static struct state_record
record_of(struct counting *counting)
{
	struct state_record record;

	if (!state_find_key(counting->state, STATE_RATES, &counting->id,
		&record))
		record.key = NULL;
	return record;
}

static void
add(struct counting *counting, const struct rate_limit limits[], size_t n,
    uint64_t amount)
{
	rate_counter_add(counting->state, &counting->id, limits, n, amount,
	    testing_now);
}

static uint64_t
sum(struct counting *counting, long length)
{
	const struct state_record record = record_of(counting);

	return rate_counter_sum(&record, length, testing_now);
}

START_TEST(a_part_takes_any_number)
{
	static const uint64_t amounts[] = { 1, 126, 1, 16255, 1, 2080768,
		UINT32_MAX, 1, UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX, 3 };
	const struct rate_limit limit = { .most = 10, .length = HOUR };
	struct counting counting;
	uint64_t expected = 0;

	counting_begin(&counting);
	for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
		add(&counting, &limit, 1, amounts[i]);
		expected += amounts[i];
		ck_assert_uint_eq(sum(&counting, HOUR), expected);
		state_free(counting.state);
		counting_open(&counting);
		ck_assert_uint_eq(sum(&counting, HOUR), expected);
	}
	counting_end(&counting);
}
END_TEST

START_TEST(a_part_begins_at_its_second)
{
	const struct rate_limit limit = { .most = 10, .length = HOUR };
	struct rate_window window;
	struct state_record record;
	struct counting counting;

	counting_begin(&counting);
	add(&counting, &limit, 1, 1);
	testing_now = NOW + HOUR / 12 - 1;
	add(&counting, &limit, 1, 2);
	testing_now++;
	add(&counting, &limit, 1, 4);
	record = record_of(&counting);
	ck_assert_int_eq(record.expires, testing_now + rate_window_life(HOUR));
	rate_counter_window(&record, HOUR, testing_now, &window);
	ck_assert_uint_eq(window.counts[0], 4);
	ck_assert_uint_eq(window.counts[1], 3);
	testing_now = NOW + 13 * (HOUR / 12) - 1;
	ck_assert_uint_eq(sum(&counting, HOUR), 7);
	testing_now++;
	ck_assert_uint_eq(sum(&counting, HOUR), 4);
	counting_end(&counting);
}
END_TEST

/* However many there were before. */
START_TEST(new_limits_count_in_place_of_old_ones)
{
	struct rate_limit limits[2][RATE_LIMITS_MAX];
	struct counting counting;

	counting_begin(&counting);
	for (long i = 0; i < RATE_LIMITS_MAX; i++) {
		limits[0][i] = (struct rate_limit){ .length = HOUR + i };
		limits[1][i] = (struct rate_limit){ .length = 2 * HOUR + i };
	}
	add(&counting, limits[0], RATE_LIMITS_MAX, 1);
	add(&counting, limits[1], RATE_LIMITS_MAX, 2);
	add(&counting, limits[1], RATE_LIMITS_MAX, 2);
	for (long i = 0; i < RATE_LIMITS_MAX; i++) {
		ck_assert_uint_eq(sum(&counting, HOUR + i), 1);
		ck_assert_uint_eq(sum(&counting, 2 * HOUR + i), 4);
	}
	counting_end(&counting);
}
END_TEST

/* What a record is to be: windows by their length, as of a moment. */
enum { LENGTHS = 4 };
static const long lengths[LENGTHS] = { HOUR, 60, 86400, 601 };

struct model {
	struct rate_window windows[LENGTHS];
	uint64_t most[LENGTHS];
	size_t order[LENGTHS]; /* as they stand in the record */
	size_t n;
};

static void
model_move(struct model *model, time_t since)
{
	for (size_t i = 0; i < LENGTHS; i++)
		rate_window_move(&model->windows[i], lengths[i], since,
		    testing_now);
}

/* Those of the limits first, then what of others has something to tell. */
static void
model_order(struct model *model, const size_t chosen[], size_t n)
{
	size_t order[LENGTHS], len = n;

	memcpy(order, chosen, n * sizeof order[0]);
	for (size_t i = 0; i < model->n; i++) {
		size_t other = model->order[i], j = 0;

		while (j < n && chosen[j] != other)
			j++;
		if (j == n && rate_window_sum(&model->windows[other]) > 0)
			order[len++] = other;
	}
	memcpy(model->order, order, len * sizeof order[0]);
	model->n = len;
}

static void
put_bytes(struct strbuf *out, uint64_t number, size_t len)
{
	number = htole64(number);
	strbuf_add(out, &number, len);
}

static void
expect_record(struct counting *counting, const struct model *model)
{
	const struct state_record record = record_of(counting);
	struct strbuf expected = { 0 };
	long longest = 0;

	for (size_t i = 0; i < model->n; i++) {
		size_t which = model->order[i];
		char bytes[RATE_WINDOW_BYTES_MAX];
		size_t len = rate_window_encode(&model->windows[which], bytes);

		put_bytes(&expected, (uint64_t)lengths[which], 4);
		put_bytes(&expected, model->most[which], 8);
		put_bytes(&expected, len, 1);
		strbuf_add(&expected, bytes, len);
		if (lengths[which] > longest)
			longest = lengths[which];
		ck_assert_uint_eq(
		    rate_counter_sum(&record, lengths[which], testing_now),
		    rate_window_sum(&model->windows[which]));
	}
	ck_assert_uint_eq(record.len, expected.len);
	ck_assert_mem_eq(record.value, expected.bytes, expected.len);
	ck_assert_int_eq(record.since, testing_now);
	ck_assert_int_eq(record.expires,
	    testing_now + rate_window_life(longest));
	strbuf_free(&expected);
}

/* Another choice of limits, now and then. */
static size_t
choose(size_t chosen[LENGTHS], struct rate_limit limits[LENGTHS])
{
	size_t n = 1 + (size_t)rand() % LENGTHS;
	size_t first = (size_t)rand() % LENGTHS;

	for (size_t i = 0; i < n; i++) {
		chosen[i] = (first + i) % LENGTHS;
		limits[i] = (struct rate_limit){
			.length = lengths[chosen[i]],
			.most = (uint64_t)rand() << rand() % 32,
		};
	}
	return n;
}

static void
pass_time(void)
{
	if (rand() % 8 == 0)
		testing_now += rand() % 10;
	else if (rand() % 50 == 0)
		testing_now += rand() % HOUR;
	else if (rand() % 500 == 0)
		testing_now += 86400;
	else if (rand() % 500 == 0)
		testing_now -= rand() % HOUR;
}

START_TEST(is_as_windows_that_are_added_to)
{
	struct rate_limit limits[LENGTHS];
	size_t chosen[LENGTHS], n = choose(chosen, limits);
	struct model model = { 0 };
	struct counting counting;

	srand(1);
	counting_begin(&counting);
	for (int i = 0; i < 20000; i++) {
		uint64_t amount = (uint64_t)rand() >> rand() % 31;
		struct state_record record;

		pass_time();
		if (rand() % 100 == 0)
			n = choose(chosen, limits);
		record = record_of(&counting);
		if (record.key == NULL)
			model = (struct model){ 0 };
		else
			model_move(&model, record.since);
		model_order(&model, chosen, n);
		for (size_t j = 0; j < n; j++) {
			model.windows[chosen[j]].counts[0] += amount + 1;
			model.most[chosen[j]] = limits[j].most;
		}
		add(&counting, limits, n, amount + 1);
		expect_record(&counting, &model);
		if (rand() % 1000 == 0) {
			state_free(counting.state);
			counting_open(&counting);
		}
	}
	counting_end(&counting);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rate_counter");
	TCase *tcase = tcase_create("rate_counter");

	tcase_add_test(tcase, a_part_takes_any_number);
	tcase_add_test(tcase, a_part_begins_at_its_second);
	tcase_add_test(tcase, new_limits_count_in_place_of_old_ones);
	tcase_add_test(tcase, is_as_windows_that_are_added_to);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
