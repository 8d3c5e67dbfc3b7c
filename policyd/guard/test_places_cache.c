/*
 * Places that are kept: what they say is what the record says, or will say when
 * it is written down.
 */
#include <string.h>

#include <event2/event.h>

#include "places_cache.h"
#include "state.h"
#include "testing.h"
#include "testing_wall_clock.h"

#define NOON (1000 * PLACES_DAY + 12 * PLACES_HOUR)
#define MANY 60 /* bytes of a long name */

static char *dir, *path;
static struct event_base *base;
static struct state *state;
static struct places_cache *cache;

/* All three have one set of rooms, two of them one room. */
static const struct state_key fred = { "fred", 4, 5 }, joe = { "joe", 3, 5 },
			      ann = { "ann", 3, 5 + 1024 * 1024 };

static void
open_state(void)
{
	state =
	    state_new(base, path, 4 * 1024 * 1024, state_kinds, STATE_KINDS);
	state_open(state);
	cache = places_cache_new(state);
}

static void
setup(void)
{
	clock_set_source(testing_wall_clock);
	testing_now = NOON;
	base = event_base_new();
	dir = testing_make_dir();
	path = xasprintf("%s/state.gdbm", dir);
	open_state();
}

static void
teardown(void)
{
	places_cache_free(cache);
	state_free(state);
	event_base_free(base);
	free(path);
	testing_remove_dir(dir);
}

static struct places *
find(const struct state_key *login, time_t now)
{
	testing_now = now;
	return places_cache_find(cache, login, now);
}

/* So many recipients more, from a place. */
static void
mail(const struct state_key *login, const char *origin, uint64_t n, time_t now)
{
	struct places *places = find(login, now);

	places_add(places, COUNT_OWN, n, now);
	places_use(places, origin, now, true);
	places_cache_keep(cache, login);
}

static uint64_t
sum(const struct places *places)
{
	return rate_window_sum(&places->counts[COUNT_OWN].day);
}

/* What the record says to somebody who keeps nothing. */
static const struct places *
read_record(const struct state_key *login, time_t now)
{
	static struct places places;
	struct state_record record;

	ck_assert(state_find_key(state, STATE_PLACES, login, &record));
	places_init(&places);
	ck_assert(places_decode(&places, record.value, record.len));
	places_move(&places, now);
	return &places;
}

/* What is known is what the record says. */
static void
expect_as_read(const struct state_key *login, time_t now)
{
	static char is[PLACES_BYTES_MAX], wanted[PLACES_BYTES_MAX];
	static struct places copy, read;
	size_t len;

	places_cache_put(cache);
	copy = *find(login, now);
	read = *read_record(login, now);
	places_settle(&copy);
	places_settle(&read);
	ck_assert_int_eq(copy.as_of, now);
	len = places_encode(&read, wanted);
	ck_assert_uint_eq(places_encode(&copy, is), len);
	ck_assert_mem_eq(is, wanted, len);
}

START_TEST(who_was_never_seen_has_no_places)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(find(&fred, NOON)->n, 0);
		ck_assert_int_eq(find(&fred, NOON)->as_of, NOON);
		ck_assert(state_put_key(state, STATE_PLACES, &fred, "\377", 1,
		    0)); /* none of ours */
	}
}
END_TEST

START_TEST(time_goes_on)
{
	const time_t times[] = { 0, 1, 299, 300, 3599, 3600, 7200, 43200, 86400,
		86401, 3 * PLACES_DAY, 59 * PLACES_DAY };

	mail(&fred, "home.example", 33, NOON);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		expect_as_read(&fred, NOON + times[i]);
	ck_assert_uint_eq(find(&fred, NOON + 61 * PLACES_DAY)->n, 0);
}
END_TEST

START_TEST(a_clock_that_is_set_back_is_read_from_the_record)
{
	mail(&fred, "home.example", 33, NOON);
	places_lock(find(&fred, NOON), NOON + 3 * PLACES_DAY);
	places_cache_keep(cache, &fred);
	expect_as_read(&fred, NOON + PLACES_DAY);
	expect_as_read(&fred, NOON + 10);
	expect_as_read(&fred, NOON - PLACES_DAY);
	expect_as_read(&fred, NOON - 10);
}
END_TEST

START_TEST(what_is_written_is_what_is_read)
{
	double habit;

	mail(&fred, "home.example", 33, NOON);
	for (int day = 1; day < 9; day++) { /* habits fade */
		time_t now = NOON + day * PLACES_DAY;

		mail(&fred, "home.example", 1, now);
		habit = find(&fred, now)->habit;
		places_cache_put(cache);
		ck_assert(read_record(&fred, now)->habit == habit);
		mail(&fred, "home.example", 1, now);
		expect_as_read(&fred, now);
	}
}
END_TEST

START_TEST(a_record_of_other_bytes_is_read)
{
	char value[PLACES_BYTES_MAX];
	size_t len;
	struct places other;

	mail(&fred, "home.example", 1, NOON);
	other = *find(&fred, NOON);
	places_add(&other, COUNT_OWN, 1, NOON);
	len = places_encode(&other, value);
	ck_assert(state_put_key(state, STATE_PLACES, &fred, value, len, 0));
	ck_assert_uint_eq(sum(find(&fred, NOON)), 2);
}
END_TEST

START_TEST(a_record_that_is_gone_is_forgotten)
{
	const struct state_key key = state_key_of("mary", 4);

	mail(&key, "home.example", 1, NOON);
	ck_assert(state_forget(state, STATE_PLACES, "mary", 4));
	ck_assert_uint_eq(find(&key, NOON)->n, 0);
}
END_TEST

START_TEST(logins_that_share_a_room_are_told_apart)
{
	for (uint64_t i = 1; i < 5; i++) {
		mail(&fred, "home.example", 1, NOON);
		mail(&fred, "home.example", 1, NOON);
		mail(&joe, "cafe.example", 10, NOON);
		mail(&joe, "cafe.example", 10, NOON);
		mail(&ann, "bus.example", 100, NOON);
		mail(&ann, "bus.example", 100, NOON);
		ck_assert_uint_eq(sum(find(&fred, NOON)), 2 * i);
		ck_assert_uint_eq(sum(find(&joe, NOON)), 20 * i);
		ck_assert_uint_eq(sum(find(&ann, NOON)), 200 * i);
	}
	ck_assert_uint_eq(find(&joe, NOON)->n, 1);
}
END_TEST

/* More than a set has rooms for. */
START_TEST(a_room_that_is_given_away_loses_nothing)
{
	static const char letters[] = "abcdefghijklmnopqrst";

	for (uint64_t i = 1; i < 5; i++) {
		for (uint32_t j = 0; j < 20; j++) {
			const struct state_key login = { &letters[j], 1,
				5 + 1024 * j };

			mail(&login, "home.example", 1, NOON);
			mail(&login, "home.example", j, NOON);
			ck_assert_uint_eq(sum(find(&login, NOON)), i * (1 + j));
		}
	}
}
END_TEST

START_TEST(names_are_its_own)
{
	const struct state_key other = { "mary", 4, 6 };
	char home[] = "home.example", cafe[] = "cafe.example";

	mail(&fred, home, 1, NOON);
	home[0] = 'x';
	mail(&fred, cafe, 1, NOON);
	cafe[0] = 'x';
	mail(&other, "bus.example", 1, NOON);
	ck_assert_ptr_nonnull(places_find(find(&fred, NOON), "home.example"));
	ck_assert_ptr_nonnull(places_find(find(&fred, NOON), "cafe.example"));
	expect_as_read(&fred, NOON);
}
END_TEST

START_TEST(what_is_long_is_kept_too)
{
	static char names[PLACES_MAX][MANY + 1];
	const char longer[] = "a.login.of.more.than.sixty.four.bytes.is.put.at."
			      "once@each.of.its.messages.example";
	const struct state_key key = { longer, sizeof longer - 1, 7 };

	for (size_t i = 0; i < PLACES_MAX; i++) {
		memset(names[i], 'a' + (int)i, MANY);
		mail(&fred, names[i], 1, NOON);
		mail(&fred, names[i], 1, NOON + 1);
		mail(&key, names[i], 1, NOON + 1);
	}
	for (int i = 2; i < 5; i++)
		expect_as_read(&fred, NOON + i);
	ck_assert_uint_eq(sum(find(&fred, NOON + 5)), 2 * PLACES_MAX);
	ck_assert_uint_eq(sum(read_record(&key, NOON + 5)), PLACES_MAX);
}
END_TEST

static void
on_synced(void *arg, const char *failure)
{
	bool *is_done = arg;

	ck_assert_ptr_null(failure);
	*is_done = true;
}

static void
sync_state(void)
{
	bool is_done = false;

	state_sync(state, on_synced, &is_done);
	while (!is_done)
		event_base_loop(base, EVLOOP_ONCE);
}

START_TEST(what_changes_again_is_put_when_changes_are_written)
{
	for (uint64_t n = 5; n < 20; n += 5) {
		for (int i = 0; i < 5; i++)
			mail(&fred, "home.example", 1, NOON);
		ck_assert_uint_eq(sum(read_record(&fred, NOON)), n - 4);
		sync_state();
		ck_assert_uint_eq(sum(read_record(&fred, NOON)), n);
	}
}
END_TEST

START_TEST(an_end_loses_nothing)
{
	const struct state_key key = state_key_of("mary", 4);

	for (int i = 0; i < 5; i++)
		mail(&key, "home.example", 1, NOON);
	places_cache_free(cache);
	state_free(state);
	open_state();
	ck_assert_uint_eq(sum(find(&key, NOON)), 5);
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
	tcase_add_test(tcase, logins_that_share_a_room_are_told_apart);
	tcase_add_test(tcase, a_room_that_is_given_away_loses_nothing);
	tcase_add_test(tcase, names_are_its_own);
	tcase_add_test(tcase, what_is_long_is_kept_too);
	tcase_add_test(tcase,
	    what_changes_again_is_put_when_changes_are_written);
	tcase_add_test(tcase, an_end_loses_nothing);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
