#include <stdio.h>
#include <string.h>

#include "tally.h"
#include "testing.h"

#define HALF_LIFE 60000

static double
add(struct tally *tally, const char *key, double amount, long now)
{
	return tally_add(tally, key, strlen(key), amount, now);
}

static double
get(const struct tally *tally, const char *key, long now)
{
	return tally_get(tally, key, strlen(key), now);
}

START_TEST(adds_up_per_key)
{
	struct tally *tally = tally_new(64, HALF_LIFE);

	ck_assert_double_eq(add(tally, "a", 2, 1), 2);
	ck_assert_double_eq(add(tally, "a", 3, 1), 5);
	ck_assert_double_eq(add(tally, "b", 1, 1), 1);
	ck_assert_double_eq(get(tally, "a", 1), 5);
	ck_assert_double_eq(get(tally, "c", 1), 0);
	tally_free(tally);
}
END_TEST

START_TEST(halves_in_every_half_life)
{
	struct tally *tally = tally_new(64, HALF_LIFE);

	add(tally, "a", 8, 0);
	ck_assert_double_eq(get(tally, "a", HALF_LIFE), 4);
	ck_assert_double_eq(get(tally, "a", HALF_LIFE / 2), 6);
	ck_assert_double_eq(get(tally, "a", 3L * HALF_LIFE), 1);
	ck_assert_double_eq(get(tally, "a", 1000L * HALF_LIFE), 0);
	ck_assert_double_eq(add(tally, "a", 1, HALF_LIFE), 5);
	tally_free(tally);
}
END_TEST

START_TEST(keys_are_bytes_of_any_length)
{
	struct tally *tally = tally_new(64, HALF_LIFE);
	char a[300], b[300];

	memset(a, 'x', sizeof a);
	memcpy(b, a, sizeof b);
	b[299] = 'y';
	tally_add(tally, a, sizeof a, 1, 0);
	tally_add(tally, "a\0b", 3, 2, 0);
	ck_assert_double_eq(tally_get(tally, a, sizeof a, 0), 1);
	ck_assert_double_eq(tally_get(tally, b, sizeof b, 0), 0);
	ck_assert_double_eq(tally_get(tally, "a\0b", 3, 0), 2);
	ck_assert_double_eq(tally_get(tally, "a\0c", 3, 0), 0);
	ck_assert_double_eq(tally_get(tally, "a", 1, 0), 0);
	tally_free(tally);
}
END_TEST

START_TEST(a_flood_does_not_push_out_who_has_much)
{
	struct tally *tally = tally_new(1024, HALF_LIFE);
	char key[32];

	add(tally, "much", 100, 0);
	for (int i = 0; i < 1000000; i++) {
		snprintf(key, sizeof key, "%d", i);
		add(tally, key, 1, 0);
	}
	ck_assert_double_eq(get(tally, "much", 0), 100);
	tally_free(tally);
}
END_TEST

struct seen {
	size_t n;
	double last;
};

static void
note(void *arg, const void *key, size_t len, double amount)
{
	struct seen *seen = arg;

	(void)key;
	ck_assert_uint_le(len, TALLY_KEY_MAX);
	if (seen->n++ > 0)
		ck_assert_double_le(amount, seen->last);
	seen->last = amount;
}

START_TEST(shows_the_largest_first)
{
	struct tally *tally = tally_new(1024, HALF_LIFE);
	struct seen seen = { 0 };
	char key[32];

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof key, "%d", i * 7 % 100);
		add(tally, key, i * 7 % 100, 0);
	}
	ck_assert_uint_eq(tally_top(tally, 50, 0, note, &seen), 50);
	ck_assert_uint_eq(seen.n, TALLY_TOP);
	ck_assert_double_eq(seen.last, 100 - TALLY_TOP);
	seen.n = 0;
	ck_assert_uint_eq(tally_top(tally, 98, 0, note, &seen), 2);
	ck_assert_uint_eq(seen.n, 2);
	tally_free(tally);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tally");
	TCase *tc = tcase_create("tally");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, adds_up_per_key);
	tcase_add_test(tc, halves_in_every_half_life);
	tcase_add_test(tc, keys_are_bytes_of_any_length);
	tcase_add_test(tc, a_flood_does_not_push_out_who_has_much);
	tcase_add_test(tc, shows_the_largest_first);
	return testing_run(suite);
}
