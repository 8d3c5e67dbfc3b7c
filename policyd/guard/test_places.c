/*
 * Places: what becomes a user's own, what is forgotten, what comes back.
 */
#include <stdio.h>
#include <string.h>

#include "places.h"
#include "testing.h"

#define NOON  (1000 * PLACES_DAY + 12 * PLACES_HOUR)
#define HOURS PLACES_HOUR
#define DAYS  PLACES_DAY

static struct places places;

static void
setup(void)
{
	places = (struct places){ 0 };
	places_move(&places, NOON);
}

/* Use a place so much later than noon. */
static void
use(const char *origin, long later)
{
	places_move(&places, NOON + later);
	places_use(&places, origin, NOON + later, true);
}

/* The name of one of many places; it lasts. */
static const char *
net(unsigned i)
{
	static char names[64][24];

	snprintf(names[i], sizeof names[i], "net%u.example", i);
	return names[i];
}

static bool
is_own(const char *origin)
{
	const struct place *place = places_find(&places, origin);

	ck_assert_ptr_nonnull(place);
	return place->is_own;
}

static void
accept(uint64_t n, long later)
{
	places_move(&places, NOON + later);
	places_add(&places, COUNT_OWN, n, NOON + later);
}

START_TEST(own_is_what_was_used_on_two_days_half_a_day_apart)
{
	use("home.example", 0);
	ck_assert(is_own("home.example"));
	use("cafe.example", HOURS);
	use("cafe.example", 11 * HOURS);
	ck_assert(!is_own("cafe.example"));
	use("train.example", 11 * HOURS);
	use("train.example", 13 * HOURS); /* past midnight */
	ck_assert(!is_own("train.example"));
	use("cafe.example", 13 * HOURS);
	ck_assert(is_own("cafe.example"));
}
END_TEST

START_TEST(a_use_is_worth_writing_down_now_and_then)
{
	const long midnight = 12 * HOURS;

	ck_assert(places_use(&places, "home.example", NOON, false));
	ck_assert(places_use(&places, "cafe.example", NOON, false));
	ck_assert(!places_use(&places, "home.example", NOON + 599, false));
	ck_assert(places_use(&places, "home.example", NOON + 600, false));
	ck_assert(places_use(&places, "cafe.example", NOON + 600, false));
	use("bus.example", midnight - 1);
	ck_assert(places_use(&places, "bus.example", NOON + midnight, false));
	ck_assert(
	    !places_use(&places, "bus.example", NOON + midnight + 1, false));
	use("train.example", midnight - 1);
	use("train.example", 24 * HOURS - 2);
	ck_assert(
	    places_use(&places, "train.example", NOON + 24 * HOURS - 1, false));
	ck_assert(is_own("train.example"));
}
END_TEST

START_TEST(a_use_that_was_long_ago_does_not_count)
{
	use("home.example", 0);
	use("cafe.example", 0);
	use("home.example", 59 * DAYS);
	use("cafe.example", 61 * DAYS);
	ck_assert(is_own("home.example"));
	ck_assert(!is_own("cafe.example"));
}
END_TEST

START_TEST(what_is_not_own_gives_way)
{
	use("home.example", 0);
	for (unsigned i = 0; i < 40; i++) {
		use(net(i), HOURS + 601 * (long)i);
		ck_assert_ptr_nonnull(places_find(&places, net(i)));
	}
	ck_assert(is_own("home.example"));
	ck_assert_uint_eq(places.n, PLACES_MAX);
	ck_assert_ptr_null(places_find(&places, "net24.example"));
	ck_assert_ptr_nonnull(places_find(&places, "net25.example"));
}
END_TEST

START_TEST(a_place_that_was_locked_waits_for_a_resume)
{
	use("home.example", 0);
	use("thief.example", 0);
	places_lock(&places, NOON + 3 * DAYS);
	use("home.example", 4 * DAYS);
	use("thief.example", 4 * DAYS);
	ck_assert_int_eq(places.locked_until, 0);
	ck_assert(!is_own("thief.example"));
	places_resume(&places);
	use("thief.example", 5 * DAYS);
	ck_assert(is_own("thief.example"));
}
END_TEST

START_TEST(habit_is_the_highest_hour_of_the_days_before)
{
	accept(30, 0);
	accept(40, 30 * 60);
	accept(50, HOURS); /* another hour */
	ck_assert_double_eq(places_habit(&places, NOON + HOURS), 0);
	accept(1, 24 * HOURS);
	ck_assert_double_eq(places_habit(&places, NOON + DAYS), 70);
	accept(1, 48 * HOURS);
	ck_assert_double_eq_tol(places_habit(&places, NOON + 2 * DAYS),
	    70 * 0.98, 0.01);
	accept(1, 12 * DAYS);
	ck_assert_double_eq_tol(places_habit(&places, NOON + 12 * DAYS),
	    70 * 0.8, 0.5);
}
END_TEST

START_TEST(an_hour_of_last_night_is_no_habit_yet)
{
	accept(200, 11 * HOURS);
	accept(1, 13 * HOURS);
	ck_assert_double_eq(places_habit(&places, NOON + 13 * HOURS), 0);
	ck_assert_double_eq(places_habit(&places, NOON + 23 * HOURS), 200);
}
END_TEST

START_TEST(a_recipient_is_tried_once_a_day)
{
	uint32_t joe = recent_hash("joe@example.org");

	ck_assert(places_try(&places, "cafe.example", joe, false, NOON));
	ck_assert(!places_try(&places, "cafe.example", joe, true, NOON));
	ck_assert(places_try(&places, "pub.example", joe, true, NOON));
	ck_assert_uint_eq(rate_window_sum(&places.counts[COUNT_TRIED].day), 1);
	ck_assert_uint_eq(places.strange.n, 2);
	places_move(&places, NOON + 2 * HOURS);
	ck_assert_uint_eq(places.strange.n, 0);
	places_try(&places, "pub.example", joe, true, NOON + 2 * HOURS);
	ck_assert_uint_eq(rate_window_sum(&places.counts[COUNT_TRIED].day), 1);
	places_move(&places, NOON + 27 * HOURS);
	ck_assert_uint_eq(rate_window_sum(&places.counts[COUNT_TRIED].day), 0);
	places_try(&places, "pub.example", joe, true, NOON + 27 * HOURS);
	ck_assert_uint_eq(rate_window_sum(&places.counts[COUNT_TRIED].day), 1);
}
END_TEST

START_TEST(a_queue_that_is_refused_again_uses_no_place)
{
	uint32_t joe = recent_hash("joe@example.org");

	places_try(&places, "cafe.example", joe, false, NOON);
	ck_assert(!places_try(&places, "pub.example", joe, false, NOON));
	ck_assert_uint_eq(places.strange.n, 1);
}
END_TEST

START_TEST(roams_who_is_at_many_places_on_several_days)
{
	use("home.example", 0);
	for (unsigned i = 0; i < 9; i++) {
		use(net(i), i / 3 * DAYS + i % 3 * HOURS);
		ck_assert_int_eq(places_roam(&places), i >= 6);
	}
}
END_TEST

START_TEST(a_clock_that_is_set_back_locks_nobody_longer)
{
	use("home.example", 0);
	places_move(&places, NOON + 365 * DAYS);
	places_use(&places, "home.example", NOON + 365 * DAYS, true);
	places_lock(&places, NOON + 368 * DAYS);
	places_move(&places, NOON);
	ck_assert_int_eq(places.locked_until, NOON + 3 * DAYS);
	ck_assert_int_le(places_find(&places, "home.example")->last, NOON);
}
END_TEST

START_TEST(comes_back_from_its_bytes)
{
	struct places back = { 0 };
	char bytes[PLACES_BYTES_MAX], again[PLACES_BYTES_MAX];
	size_t size;

	use("home.example", 0);
	use("192.0.2.0/24", HOURS);
	accept(200, HOURS);
	accept(20, 30 * HOURS);
	places_try(&places, "192.0.2.0/24", recent_hash("joe"), true,
	    NOON + 30 * HOURS);
	places_add(&places, COUNT_HELD, 1, NOON + 30 * HOURS);
	places_lock(&places, NOON + 40 * HOURS);
	size = places_encode(&places, bytes);
	ck_assert(places_decode(&back, bytes, size));
	ck_assert_uint_eq(places_encode(&back, again), size);
	ck_assert_mem_eq(again, bytes, size);
	ck_assert_uint_eq(back.n, 2);
	ck_assert_uint_eq(back.tried.n, 1);
	ck_assert_mem_eq(back.counts, places.counts, sizeof back.counts);
	for (size_t len = 0; len < size; len++) {
		char *cut = xmalloc(len + 1);

		memcpy(cut, bytes, len);
		back = (struct places){ 0 };
		ck_assert(!places_decode(&back, cut, len));
		free(cut);
	}
}
END_TEST

START_TEST(has_room_for_all_that_there_can_be)
{
	static char name[PLACE_NAME_MAX + 1];
	char bytes[PLACES_BYTES_MAX];

	memset(name, 'a', PLACE_NAME_MAX);
	places.n = PLACES_MAX;
	for (size_t i = 0; i < PLACES_MAX; i++)
		places.list[i] =
		    (struct place){ name, PLACE_NAME_MAX, NOON, NOON, 1, 1 };
	memset(places.counts, 0xff, sizeof places.counts);
	places.tried.n = places.strange.n = RECENT_MAX;
	places.habit = places.roamed = 1e15;
	ck_assert_uint_lt(places_encode(&places, bytes), sizeof bytes);
}
END_TEST

START_TEST(is_small)
{
	char bytes[PLACES_BYTES_MAX];

	for (unsigned i = 0; i < PLACES_MAX; i++)
		use(net(i), i * HOURS);
	for (long hour = 0; hour < 48; hour++)
		accept(100, 16 * HOURS + hour * HOURS);
	ck_assert_uint_lt(places_encode(&places, bytes), 600);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("places");
	TCase *tcase = tcase_create("places");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase,
	    own_is_what_was_used_on_two_days_half_a_day_apart);
	tcase_add_test(tcase, a_use_is_worth_writing_down_now_and_then);
	tcase_add_test(tcase, a_use_that_was_long_ago_does_not_count);
	tcase_add_test(tcase, what_is_not_own_gives_way);
	tcase_add_test(tcase, a_place_that_was_locked_waits_for_a_resume);
	tcase_add_test(tcase, habit_is_the_highest_hour_of_the_days_before);
	tcase_add_test(tcase, an_hour_of_last_night_is_no_habit_yet);
	tcase_add_test(tcase, a_recipient_is_tried_once_a_day);
	tcase_add_test(tcase, a_queue_that_is_refused_again_uses_no_place);
	tcase_add_test(tcase, roams_who_is_at_many_places_on_several_days);
	tcase_add_test(tcase, a_clock_that_is_set_back_locks_nobody_longer);
	tcase_add_test(tcase, comes_back_from_its_bytes);
	tcase_add_test(tcase, has_room_for_all_that_there_can_be);
	tcase_add_test(tcase, is_small);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
