#include <string.h>

#include "testing.h"
#include "lookup_pace.h"

/* Lookups, numbered as they come. */
static struct lookup_turn lookups[400];
static struct lookup_pace pace;
static size_t nlookups;

static void
setup(void)
{
	lookup_pace_init(&pace);
	memset(lookups, 0, sizeof lookups);
	nlookups = 0;
}

static void
add(size_t n)
{
	for (; n > 0; n--) {
		lookup_pace_add(&pace, &lookups[nlookups], &lookups[nlookups]);
		nlookups++;
	}
}

/* The number of the next one in this turn; -1: none. */
static int
next(void)
{
	struct lookup_turn *turn = lookup_pace_next(&pace);

	return turn == NULL ? -1 : (int)(turn - lookups);
}

/* How many go before one has to wait for a tick, or none waits. */
static size_t
send_all(void)
{
	size_t nsent = 0;

	while (
	    !TAILQ_EMPTY(&pace.waiting) && lookup_pace_pause_us(&pace) == 0) {
		lookup_pace_begin(&pace);
		while (next() != -1)
			nsent++;
	}
	return nsent;
}

/* As many in flight as make a crowd. */
static void
fill(void)
{
	add(LOOKUP_PACE_CROWD);
	ck_assert_uint_eq(send_all(), LOOKUP_PACE_CROWD);
}

START_TEST(a_few_go_in_each_turn_in_their_order)
{
	add(6);
	ck_assert_uint_eq(lookup_pace_pause_us(&pace), 0);
	lookup_pace_begin(&pace);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(next(), i);
	ck_assert_int_eq(next(), -1);
	ck_assert_uint_eq(lookup_pace_pause_us(&pace), 0);
	lookup_pace_begin(&pace);
	ck_assert_int_eq(next(), 4);
	ck_assert_int_eq(next(), 5);
	ck_assert_int_eq(next(), -1);
}
END_TEST

START_TEST(without_replies_a_crowd_grows_by_one_with_each_tick)
{
	fill();
	add(3);
	for (int i = 2; i >= 0; i--) { /* the newest first */
		ck_assert_uint_eq(lookup_pace_pause_us(&pace), 5000);
		lookup_pace_begin(&pace);
		ck_assert_int_eq(next(), LOOKUP_PACE_CROWD + i);
		ck_assert_int_eq(next(), -1);
	}
}
END_TEST

START_TEST(less_than_fifty_are_no_crowd)
{
	add(60);
	ck_assert_uint_eq(send_all(), 50);
	ck_assert_uint_eq(lookup_pace_pause_us(&pace), 5000);
	lookup_pace_ended(&pace);
	ck_assert_uint_eq(lookup_pace_pause_us(&pace), 0);
	lookup_pace_begin(&pace);
	ck_assert_int_eq(next(), 50);
	ck_assert_int_eq(next(), -1);
}
END_TEST

START_TEST(a_reply_permits_a_burst)
{
	fill();
	add(100);
	lookup_pace_replied(&pace);
	ck_assert_uint_eq(send_all(), 32);
}
END_TEST

START_TEST(what_replies_permit_is_saved_up_to_a_limit)
{
	fill();
	for (int i = 0; i < 5; i++)
		lookup_pace_replied(&pace);
	add(100);
	ck_assert_uint_eq(send_all(), 64);
}
END_TEST

START_TEST(permits_are_for_a_crowd)
{
	lookup_pace_replied(&pace);
	fill();
	add(100);
	ck_assert_uint_eq(send_all(), 32);
}
END_TEST

START_TEST(every_second_one_that_a_reply_permits_is_the_oldest)
{
	int oldest = LOOKUP_PACE_CROWD, newest = LOOKUP_PACE_CROWD + 99;

	fill();
	add(100);
	lookup_pace_replied(&pace);
	while (lookup_pace_pause_us(&pace) == 0) {
		lookup_pace_begin(&pace);
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(next(), newest--);
			ck_assert_int_eq(next(), oldest++);
		}
		ck_assert_int_eq(next(), -1);
	}
	ck_assert_int_eq(oldest, LOOKUP_PACE_CROWD + 16);
}
END_TEST

START_TEST(who_does_not_want_to_any_more_is_not_sent)
{
	add(3);
	lookup_pace_drop(&pace, &lookups[0]);
	lookup_pace_begin(&pace);
	ck_assert_int_eq(next(), 1);
	lookup_pace_drop(&pace, &lookups[2]); /* in the middle of a turn */
	ck_assert_int_eq(next(), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lookup_pace");
	TCase *tc = tcase_create("lookup_pace");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_few_go_in_each_turn_in_their_order);
	tcase_add_test(tc, without_replies_a_crowd_grows_by_one_with_each_tick);
	tcase_add_test(tc, less_than_fifty_are_no_crowd);
	tcase_add_test(tc, a_reply_permits_a_burst);
	tcase_add_test(tc, what_replies_permit_is_saved_up_to_a_limit);
	tcase_add_test(tc, permits_are_for_a_crowd);
	tcase_add_test(tc, every_second_one_that_a_reply_permits_is_the_oldest);
	tcase_add_test(tc, who_does_not_want_to_any_more_is_not_sent);
	return testing_run(suite);
}
