/*
 * Places that are kept read: what they say is what the record says, whoever
 * wrote that.
 */
#include <string.h>

#include "places_cache.h"
#include "testing.h"

#define NOON (1000 * PLACES_DAY + 12 * PLACES_HOUR)
#define HASH 5
#define MANY 60 /* bytes of a long name */

static struct places_cache *cache;

static void
setup(void)
{
	cache = places_cache_new();
}

static void
teardown(void)
{
	places_cache_free(cache);
}

/* A record, in bytes of its own: those of the state change, too. */
struct kept {
	struct state_record record;
	char bytes[PLACES_BYTES_MAX];
};

static void
keep(struct kept *kept)
{
	size_t len;
	const char *bytes = places_cache_write(cache, &len);

	memcpy(kept->bytes, bytes, len);
	kept->record =
	    (struct state_record){ .value = kept->bytes, .len = len };
}

static struct places *
look(const struct kept *kept, time_t now)
{
	return places_cache_read(cache, kept == NULL ? NULL : &kept->record,
	    HASH, now);
}

static uint64_t
sent(const struct places *places)
{
	return rate_window_sum(&places->counts[COUNT_OWN].day);
}

/* A record of one place, and of so many recipients. */
static void
make(struct kept *kept, const char *origin, uint64_t n, time_t now)
{
	struct places *places = look(NULL, now);

	places_use(places, origin, now, true);
	places_add(places, COUNT_OWN, n, now);
	keep(kept);
}

/* The same bytes, as somebody reads them who keeps nothing. */
static void
expect_as_read(const struct places *places, const struct kept *kept, time_t now)
{
	static char is[PLACES_BYTES_MAX], wanted[PLACES_BYTES_MAX];
	static struct places copy, read;
	size_t len;

	copy = *places;
	places_init(&read);
	ck_assert(places_decode(&read, kept->record.value, kept->record.len));
	places_move(&read, now);
	ck_assert_int_eq(copy.as_of, now);
	ck_assert(copy.habit == read.habit);
	len = places_encode(&read, wanted);
	ck_assert_uint_eq(places_encode(&copy, is), len);
	ck_assert_mem_eq(is, wanted, len);
}

START_TEST(who_was_never_seen_has_no_places)
{
	static struct kept wrong = { .bytes = "\377" };

	ck_assert_uint_eq(look(NULL, NOON)->n, 0);
	ck_assert_int_eq(look(NULL, NOON)->as_of, NOON);
	wrong.record = (struct state_record){ .value = wrong.bytes, .len = 1 };
	ck_assert_uint_eq(look(&wrong, NOON)->n, 0);
	ck_assert_uint_eq(look(&wrong, NOON)->n, 0);
}
END_TEST

START_TEST(time_goes_on)
{
	static struct kept kept;
	const time_t times[] = { 0, 1, 299, 300, 3599, 3600, 7200, 43200, 86400,
		86401, 3 * PLACES_DAY, 59 * PLACES_DAY, 61 * PLACES_DAY };

	make(&kept, "home.example", 33, NOON);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		expect_as_read(look(&kept, NOON + times[i]), &kept,
		    NOON + times[i]);
}
END_TEST

START_TEST(a_clock_that_is_set_back_is_read_from_the_record)
{
	static struct kept kept;

	make(&kept, "home.example", 33, NOON);
	places_lock(look(&kept, NOON), NOON + 3 * PLACES_DAY);
	keep(&kept);
	expect_as_read(look(&kept, NOON + PLACES_DAY), &kept,
	    NOON + PLACES_DAY);
	expect_as_read(look(&kept, NOON + 10), &kept, NOON + 10);
	expect_as_read(look(&kept, NOON - PLACES_DAY), &kept,
	    NOON - PLACES_DAY);
	expect_as_read(look(&kept, NOON - 10), &kept, NOON - 10);
}
END_TEST

START_TEST(what_is_written_is_what_is_read)
{
	static struct kept kept;
	struct places *places;

	make(&kept, "home.example", 33, NOON);
	for (int day = 1; day < 9; day++) { /* habits fade */
		time_t now = NOON + day * PLACES_DAY;

		places = look(&kept, now);
		places_add(places, COUNT_OWN, 1, now);
		keep(&kept);
		expect_as_read(look(&kept, now), &kept, now);
	}
}
END_TEST

START_TEST(a_record_of_other_bytes_is_read)
{
	static struct kept old, new;

	make(&old, "home.example", 1, NOON);
	make(&new, "home.example", 2, NOON);
	ck_assert_uint_eq(old.record.len, new.record.len);
	ck_assert_uint_eq(sent(look(&old, NOON)), 1);
	ck_assert_uint_eq(sent(look(&new, NOON)), 2);
	ck_assert_uint_eq(sent(look(&old, NOON)), 1);
}
END_TEST

START_TEST(a_record_that_is_gone_is_forgotten)
{
	static struct kept kept;

	make(&kept, "home.example", 1, NOON);
	ck_assert_uint_eq(look(NULL, NOON)->n, 0);
	ck_assert_uint_eq(sent(look(&kept, NOON)), 1);
}
END_TEST

START_TEST(names_are_its_own)
{
	static struct kept kept;
	char origin[] = "home.example";
	size_t len;

	make(&kept, origin, 1, NOON);
	origin[0] = 'x';
	places_use(places_cache_read(cache, NULL, HASH + 1, NOON),
	    "cafe.example", NOON, true);
	places_cache_write(cache, &len);
	ck_assert_ptr_nonnull(places_find(look(&kept, NOON), "home.example"));
	memset(kept.bytes, 0, sizeof kept.bytes);
	ck_assert_ptr_null(places_find(look(NULL, NOON), "home.example"));
}
END_TEST

START_TEST(what_is_long_is_read_each_time)
{
	static struct kept kept;
	static char names[PLACES_MAX][MANY + 1];
	struct places *places;

	make(&kept, "home.example", 1, NOON);
	places = look(&kept, NOON);
	for (size_t i = 0; i < PLACES_MAX - 1; i++) {
		memset(names[i], 'a' + (int)i, MANY);
		places_use(places, names[i], NOON, true);
	}
	keep(&kept);
	ck_assert_uint_gt(kept.record.len, (PLACES_MAX - 1) * MANY);
	for (int i = 0; i < 3; i++) {
		places = look(&kept, NOON + i);
		expect_as_read(places, &kept, NOON + i);
		places_add(places, COUNT_OWN, 1, NOON + i);
		keep(&kept);
	}
	ck_assert_uint_eq(sent(look(&kept, NOON)), 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("places_cache");
	TCase *tcase = tcase_create("places_cache");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, who_was_never_seen_has_no_places);
	tcase_add_test(tcase, time_goes_on);
	tcase_add_test(tcase, a_clock_that_is_set_back_is_read_from_the_record);
	tcase_add_test(tcase, what_is_written_is_what_is_read);
	tcase_add_test(tcase, a_record_of_other_bytes_is_read);
	tcase_add_test(tcase, a_record_that_is_gone_is_forgotten);
	tcase_add_test(tcase, names_are_its_own);
	tcase_add_test(tcase, what_is_long_is_read_each_time);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
