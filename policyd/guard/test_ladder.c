/*
 * The ladder, rung by rung.
 */
#include "ladder.h"
#include "testing.h"

#define NOW (1000 * PLACES_DAY + 12 * PLACES_HOUR)

static const struct guard_limits limits = { { 50, 100 }, { 200, 400 }, 3, 5 };
static const uint64_t nothing[PLACES_COUNTS];

static struct places places;

static void
set(struct rate_window *window, uint64_t count)
{
	window->counts[0] = count;
}

/* What a login is like, and what becomes of one recipient more. */
static const struct kase {
	const char *origin;
	unsigned habit, sent_hour, sent_day, tried_hour, tried_day;
	unsigned strange; /* other places in the last hour */
	bool roams, is_familiar;
	enum rung rung;
} cases[] = {
	/* budgets of strange places */
	{ "cafe", 0, 49, 99, 0, 0, 0, false, false, RUNG_FREE },
	{ "cafe", 0, 50, 50, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "cafe", 0, 0, 100, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "cafe", 80, 79, 159, 0, 0, 0, false, false, RUNG_FREE },
	{ "cafe", 80, 80, 80, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "cafe", 80, 0, 160, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "cafe", 900, 100, 100, 0, 0, 0, false, false, RUNG_LIMITED },
	/* strict ones */
	{ "cafe", 0, 20, 20, 0, 0, 1, false, false, RUNG_FREE },
	{ "cafe", 0, 19, 39, 0, 0, 2, false, false, RUNG_FREE },
	{ "cafe", 0, 20, 20, 0, 0, 2, false, false, RUNG_LIMITED },
	{ "cafe", 0, 0, 40, 0, 0, 2, false, false, RUNG_LIMITED },
	{ "cafe", 80, 20, 20, 0, 0, 2, false, false, RUNG_LIMITED },
	{ "cafe", 0, 39, 79, 0, 0, 2, true, false, RUNG_FREE },
	{ "cafe", 0, 40, 40, 0, 0, 2, true, false, RUNG_LIMITED },
	{ "cafe", 100, 79, 159, 0, 0, 2, true, false, RUNG_FREE },
	/* locks */
	{ "cafe", 0, 0, 0, 199, 199, 0, false, false, RUNG_FREE },
	{ "cafe", 0, 0, 0, 200, 200, 0, false, false, RUNG_LOCKED },
	{ "cafe", 0, 0, 0, 0, 80, 1, false, false, RUNG_FREE },
	{ "cafe", 0, 0, 0, 0, 80, 2, false, false, RUNG_LOCKED },
	{ "cafe", 0, 0, 0, 0, 319, 2, true, false, RUNG_FREE },
	{ "cafe", 0, 0, 0, 0, 320, 2, true, false, RUNG_LOCKED },
	{ "cafe", 100, 0, 0, 0, 399, 0, false, false, RUNG_FREE },
	{ "cafe", 100, 0, 0, 0, 400, 0, false, false, RUNG_LOCKED },
	{ "cafe", 1000, 0, 0, 0, 2999, 0, false, false, RUNG_FREE },
	{ "home", 0, 0, 0, 400, 400, 9, false, false, RUNG_FREE },
	{ "webmail", 0, 0, 0, 400, 400, 9, false, true, RUNG_FREE },
	/* suspension */
	{ "cafe", 0, 0, 0, 59, 59, 4, false, false, RUNG_FREE },
	{ "cafe", 0, 0, 0, 60, 60, 3, false, false, RUNG_FREE },
	{ "cafe", 0, 0, 0, 60, 60, 4, false, false, RUNG_SUSPENDED },
	{ "cafe", 0, 0, 0, 60, 60, 4, true, false, RUNG_FREE },
	{ "cafe", 60, 0, 0, 119, 119, 4, false, false, RUNG_FREE },
	{ "cafe", 60, 0, 0, 120, 120, 4, false, false, RUNG_SUSPENDED },
	{ "home", 0, 0, 0, 60, 60, 9, false, false, RUNG_FREE },
	/* his own place */
	{ "home", 0, 199, 399, 0, 0, 0, false, false, RUNG_FREE },
	{ "home", 0, 200, 200, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "home", 0, 0, 400, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "home", 100, 299, 599, 0, 0, 0, false, false, RUNG_FREE },
	{ "home", 100, 300, 300, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "webmail", 0, 200, 200, 0, 0, 0, false, true, RUNG_LIMITED },
	/* his own, but found out late, or for less than a day */
	{ "late", 100, 199, 199, 0, 0, 0, false, false, RUNG_FREE },
	{ "late", 100, 200, 200, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "fresh", 0, 50, 50, 0, 0, 0, false, false, RUNG_LIMITED },
	{ "fresh", 0, 0, 0, 400, 400, 9, false, false, RUNG_FREE },
};

static void
add_place(const char *origin, time_t first)
{
	places_use(&places, origin, first, true);
	places.list[places.n - 1].is_own = true;
}

static void
make_places(const struct kase *kase)
{
	places = (struct places){ .as_of = NOW, .habit = kase->habit };
	add_place("home", NOW - 20 * PLACES_DAY);
	add_place("late", NOW - 3 * PLACES_DAY);
	add_place("fresh", NOW - 13 * PLACES_HOUR);
	places.roamed = kase->roams ? 9 : 0;
	for (unsigned i = 0; i < kase->strange; i++)
		recent_meet(&places.strange, i, PLACES_HOUR, NOW);
	for (enum places_count i = COUNT_OWN; i <= COUNT_STRANGE; i++) {
		set(&places.counts[i].hour, kase->sent_hour);
		set(&places.counts[i].day, kase->sent_day);
	}
	set(&places.counts[COUNT_TRIED].hour, kase->tried_hour);
	set(&places.counts[COUNT_TRIED].day, kase->tried_day);
}

static struct ladder
climb(const char *origin, bool is_familiar, const uint64_t *reserved)
{
	const struct ladder_case at = {
		.places = &places,
		.limits = &limits,
		.origin = origin,
		.place = places_find(&places, origin),
		.is_familiar = is_familiar,
		.is_try = true,
		.recipient = recent_hash("joe"),
		.wanted = 1,
		.reserved = reserved,
		.now = NOW,
	};
	struct ladder ladder;

	ladder_climb(&ladder, &at);
	return ladder;
}

START_TEST(each_rung_has_its_place)
{
	const struct kase *kase = &cases[_i];

	make_places(kase);
	ck_assert_int_eq(climb(kase->origin, kase->is_familiar, nothing).rung,
	    kase->rung);
}
END_TEST

START_TEST(what_is_on_its_way_counts)
{
	const uint64_t reserved[PLACES_COUNTS] = { [COUNT_STRANGE] = 30 };
	const struct kase kase = { .sent_hour = 20 };

	make_places(&kase);
	ck_assert_int_eq(climb("cafe", false, nothing).rung, RUNG_FREE);
	ck_assert_int_eq(climb("cafe", false, reserved).rung, RUNG_LIMITED);
	ck_assert_int_eq(climb("home", false, reserved).rung, RUNG_FREE);
}
END_TEST

START_TEST(a_recipient_that_was_tried_is_not_one_more)
{
	static const struct kase tried[] = {
		{ .tried_day = 200 },
		{ .tried_day = 81, .strange = 2 },
		{ .tried_hour = 61, .strange = 4 },
	};

	for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
		make_places(&tried[i]);
		recent_meet(&places.tried, recent_hash("joe"), PLACES_DAY, NOW);
		ck_assert_int_eq(climb("cafe", false, nothing).rung, RUNG_FREE);
	}
}
END_TEST

START_TEST(a_lock_is_for_places_that_are_not_his_own)
{
	const struct kase kase = { 0 };

	make_places(&kase);
	places_lock(&places, NOW + 1);
	ck_assert_int_eq(climb("cafe", false, nothing).rung, RUNG_LOCKED);
	ck_assert(!climb("cafe", false, nothing).locks);
	ck_assert_int_eq(climb("home", false, nothing).rung, RUNG_FREE);
	ck_assert_int_eq(climb("fresh", false, nothing).rung, RUNG_FREE);
	ck_assert_int_eq(climb("webmail", true, nothing).rung, RUNG_FREE);
}
END_TEST

START_TEST(a_first_place_has_the_budget_of_a_strange_one)
{
	struct ladder ladder;

	places = (struct places){ .as_of = NOW };
	ladder = climb("home", false, nothing);
	ck_assert_int_eq(ladder.standing, STANDING_NEW);
	ck_assert_uint_eq(ladder.budget.hour, 50);
	ck_assert_uint_eq(ladder.budget.day, 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ladder");
	TCase *tcase = tcase_create("ladder");

	tcase_add_loop_test(tcase, each_rung_has_its_place, 0,
	    sizeof cases / sizeof cases[0]);
	tcase_add_test(tcase, what_is_on_its_way_counts);
	tcase_add_test(tcase, a_recipient_that_was_tried_is_not_one_more);
	tcase_add_test(tcase, a_lock_is_for_places_that_are_not_his_own);
	tcase_add_test(tcase, a_first_place_has_the_budget_of_a_strange_one);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
