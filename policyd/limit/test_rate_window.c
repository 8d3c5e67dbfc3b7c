/*
 * The window, against a log that forgets nothing.
 */
#include <limits.h>
#include <stdlib.h>

#include "rate_window.h"
#include "mem.h"
#include "testing.h"

/* One key with one limit: the window, and every event that it let pass. */
struct subject {
	struct rate_window window;
	time_t since;
	struct event {
		time_t when;
		unsigned amount;
	} * events;
	size_t n, size;
};

static uint64_t random_state = 88172645463325252U;

static unsigned
random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % n;
}

/* What passed in the last seconds, twelfths of them. */
static uint64_t
logged(const struct subject *subject, time_t now, long twelfths)
{
	uint64_t sum = 0;

	for (size_t i = subject->n; i > 0; i--) {
		const struct event *event = &subject->events[i - 1];

		if ((now - event->when) * 12 >= twelfths)
			break;
		sum += event->amount;
	}
	return sum;
}

static void
log_event(struct subject *subject, time_t now, unsigned amount)
{
	if (subject->n == subject->size) {
		subject->size = 2 * subject->size + 8;
		subject->events = xreallocarray(subject->events, subject->size,
		    sizeof subject->events[0]);
	}
	subject->events[subject->n++] = (struct event){ now, amount };
}

/* Returns whether it passed. */
static bool
count(struct subject *subject, long length, uint64_t most, time_t now,
    unsigned amount)
{
	rate_window_move(&subject->window, length, subject->since, now);
	subject->since = now;
	if (rate_window_sum(&subject->window) + amount > most)
		return false;
	subject->window.counts[0] += amount;
	log_event(subject, now, amount);
	return true;
}

START_TEST(keeps_limits_in_any_span_and_refuses_nothing_else)
{
	enum { KEYS = 10000, LIMITS = 3, EVENTS = 1000000 };
	static const struct {
		long length;
		uint64_t most;
	} limits[LIMITS] = { { 50, 7 }, { 601, 40 }, { 86400, 900 } };
	struct subject *subjects = xcalloc(KEYS * LIMITS, sizeof *subjects);
	unsigned long above = 0, needless = 0, refused = 0;
	time_t now = 1700000000;

	for (unsigned i = 0; i < EVENTS; i++) {
		/* some keys are busy */
		unsigned key = random_below(random_below(KEYS) + 1);
		unsigned amount = 1 + random_below(3);

		now += random_below(200) == 0;
		for (unsigned j = 0; j < LIMITS; j++) {
			struct subject *subject = &subjects[key * LIMITS + j];
			long length = limits[j].length;
			uint64_t most = limits[j].most;

			if (count(subject, length, most, now, amount)) {
				above +=
				    logged(subject, now, 12 * length) > most;
				continue;
			}
			refused++;
			needless +=
			    logged(subject, now, 13 * length) + amount <= most;
		}
	}
	ck_assert_uint_gt(refused, 1000);
	ck_assert_uint_eq(above, 0);
	ck_assert_uint_eq(needless, 0);
	for (size_t i = 0; i < KEYS * LIMITS; i++)
		free(subjects[i].events);
	free(subjects);
}
END_TEST

START_TEST(tells_to_the_second_when_there_is_room)
{
	for (long length = 1; length < 400; length += 7)
		for (time_t now = 1000; now < 1400; now += 13) {
			struct rate_window window = { { 0 } };
			long wait;

			window.counts[0] = 5;
			rate_window_move(&window, length, now - length / 2,
			    now);
			window.counts[0] += 5;
			wait = rate_window_wait(&window, length, now, 7);
			ck_assert_int_gt(wait, 0);
			rate_window_move(&window, length, now, now + wait - 1);
			ck_assert_uint_gt(rate_window_sum(&window), 7);
			rate_window_move(&window, length, now + wait - 1,
			    now + wait);
			ck_assert_uint_le(rate_window_sum(&window), 7);
		}
}
END_TEST

START_TEST(knows_of_nothing_to_wait_for)
{
	struct rate_window window = { { 3 } };

	ck_assert_int_eq(rate_window_wait(&window, 60, 100, 3), 0);
	ck_assert_int_eq(rate_window_wait(&window, 60, 100, 0), 65);
}
END_TEST

START_TEST(is_empty_when_its_life_is_over)
{
	for (long length = 1; length < 300; length++) {
		struct rate_window window = { { 1 } };

		rate_window_move(&window, length, 12345,
		    12345 + rate_window_life(length));
		ck_assert_uint_eq(rate_window_sum(&window), 0);
	}
}
END_TEST

START_TEST(stays_where_it_is_when_time_goes_back)
{
	struct rate_window window = { { 1, 2 } };

	rate_window_move(&window, 3600, 100000, 50000);
	ck_assert_uint_eq(window.counts[0], 1);
	ck_assert_uint_eq(window.counts[1], 2);
}
END_TEST

START_TEST(comes_back_from_its_bytes)
{
	const struct rate_window windows[] = {
		{ { 0 } },
		{ { 1 } },
		{ { 0, 127, 128, 0, 16384 } },
		{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 } },
		{ { UINT64_MAX, [12] = UINT64_MAX } },
	};

	for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
		char bytes[RATE_WINDOW_BYTES_MAX];
		size_t len = rate_window_encode(&windows[i], bytes);
		struct rate_window back;

		ck_assert(rate_window_decode(&back, bytes, len));
		ck_assert_mem_eq(&back, &windows[i], sizeof back);
	}
}
END_TEST

START_TEST(refuses_bytes_that_are_none)
{
	struct rate_window window;

	ck_assert(!rate_window_decode(&window, "\x01\x80", 2));
	ck_assert(!rate_window_decode(&window, "aaaaaaaaaaaaaa", 14));
	ck_assert(!rate_window_decode(&window,
	    "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11));
}
END_TEST

START_TEST(nothing_is_left_however_long_ago_it_was)
{
	const time_t now = 1000000000;
	const time_t long_ago[] = { now - 7200, 0, -now, LONG_MIN / 10 * 6,
		LONG_MIN / 2 };

	for (size_t i = 0; i < sizeof long_ago / sizeof long_ago[0]; i++) {
		struct rate_window window = { { 1, 2, 3 } };

		rate_window_move(&window, 3600, long_ago[i], now);
		ck_assert_uint_eq(rate_window_sum(&window), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rate_window");
	TCase *tcase = tcase_create("rate_window");

	tcase_add_test(tcase,
	    keeps_limits_in_any_span_and_refuses_nothing_else);
	tcase_add_test(tcase, tells_to_the_second_when_there_is_room);
	tcase_add_test(tcase, knows_of_nothing_to_wait_for);
	tcase_add_test(tcase, is_empty_when_its_life_is_over);
	tcase_add_test(tcase, stays_where_it_is_when_time_goes_back);
	tcase_add_test(tcase, comes_back_from_its_bytes);
	tcase_add_test(tcase, refuses_bytes_that_are_none);
	tcase_add_test(tcase, nothing_is_left_however_long_ago_it_was);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
