#include <stdio.h>
#include <string.h>

#include "state_table.h"
#include "testing.h"

static void
on_gone(void *arg, const struct state_entry *entry)
{
	size_t *count = arg;

	ck_assert_ptr_nonnull(entry);
	++*count;
}

static struct state_table *
new_table(size_t limit, bool gives_way, size_t *gone)
{
	const struct state_table_options options = {
		.limit = limit,
		.typical = 16,
		.gives_way = gives_way,
		.gone = on_gone,
		.arg = gone,
	};

	return state_table_new(&options);
}

/* A record of an owner. */
static void
put_owned(struct state_table *table, const char *owner, unsigned number)
{
	char key[40];
	int len = snprintf(key, sizeof key, "%s%c%u", owner, '\0', number);
	const struct state_key whole = state_key_of(key, (size_t)len);

	state_table_put(table, &whole, "value", 5)->expires = number;
}

static bool
has_owned(struct state_table *table, const char *owner, unsigned number)
{
	char key[40];
	int len = snprintf(key, sizeof key, "%s%c%u", owner, '\0', number);
	const struct state_key whole = state_key_of(key, (size_t)len);

	return state_table_find(table, &whole) != NULL;
}

static struct state_entry *
put_value(struct state_table *table, unsigned number, const char *value,
    size_t len)
{
	const struct state_key key = state_key_of(&number, sizeof number);

	return state_table_put(table, &key, value, len);
}

static struct state_entry *
put(struct state_table *table, unsigned number, uint32_t expires)
{
	struct state_entry *entry = put_value(table, number, "value", 5);

	if (entry != NULL)
		entry->expires = expires;
	return entry;
}

static struct state_entry *
find(struct state_table *table, unsigned number)
{
	const struct state_key key = state_key_of(&number, sizeof number);

	return state_table_find(table, &key);
}

static void
take_away(struct state_table *table, unsigned number)
{
	const struct state_key key = state_key_of(&number, sizeof number);

	state_table_delete(table, &key);
}

START_TEST(finds_replaces_and_deletes)
{
	struct state_table *table = new_table(65536, false, NULL);
	struct state_entry *entry;

	ck_assert_ptr_null(find(table, 1));
	put(table, 1, 0);
	put(table, 2, 0);
	ck_assert_int_eq(memcmp(state_entry_value(find(table, 1)), "value", 5),
	    0);
	entry = put_value(table, 1, "", 0);
	ck_assert_ptr_eq(find(table, 1), entry);
	ck_assert_uint_eq(entry->len, 0);
	ck_assert_uint_eq(state_table_count(table), 2);
	take_away(table, 1);
	take_away(table, 3); /* is not there */
	ck_assert_ptr_null(find(table, 1));
	ck_assert_ptr_nonnull(find(table, 2));
	take_away(table, 2);
	ck_assert_uint_eq(state_table_count(table), 0);
	ck_assert_uint_eq(state_table_bytes(table), 0);
	state_table_free(table);
}
END_TEST

START_TEST(tells_keys_of_one_hash_apart)
{
	const struct state_key keys[] = { { "a", 1, 7 }, { "b", 1, 7 },
		{ "c", 1, 7 }, { "d", 1, 7 } };
	struct state_entry *found[4];
	size_t gone = 0;
	struct state_table *table = new_table(65536, true, &gone);

	for (size_t i = 0; i < 3; i++)
		state_table_put(table, &keys[i], keys[i].bytes, 1);
	state_table_find_all(table, keys, 4, found);
	for (size_t i = 0; i < 3; i++)
		ck_assert_mem_eq(state_entry_value(found[i]), keys[i].bytes, 1);
	ck_assert_ptr_null(found[3]);
	state_table_free(table);
}
END_TEST

/* No key is refused before the memory is used up, whatever the hash. */
START_TEST(is_used_to_its_limit)
{
	struct state_table *table = new_table(4 * 1024 * 1024, false, NULL);
	unsigned count = 0;

	while (put(table, count, 0) != NULL)
		count++;
	ck_assert_uint_ge(state_table_bytes(table), 4 * 1024 * 1024 - 256);
	ck_assert_uint_le(state_table_bytes(table), 4 * 1024 * 1024);
	ck_assert_uint_gt(count, 40000);
	for (unsigned i = 0; i < count; i++)
		ck_assert_ptr_nonnull(find(table, i));
	ck_assert_ptr_null(find(table, count));
	ck_assert_ptr_nonnull(put(table, 0, 0)); /* it replaces one */
	state_table_free(table);
}
END_TEST

/* However many it might have. */
START_TEST(has_places_for_the_records_that_it_has)
{
	struct state_table *table =
	    new_table((size_t)4096 * 1024 * 1024, false, NULL);
	size_t seen = 0, places;

	for (unsigned i = 0; i < 10000; i++) {
		ck_assert_ptr_nonnull(put(table, i, 0));
		places = state_table_places(table);
		ck_assert_uint_le(places, 2 * (i + 16));
	}
	for (size_t place = 0; place < places; place++)
		seen += state_table_at(table, place) != NULL;
	ck_assert_uint_eq(seen, 10000);
	state_table_free(table);
}
END_TEST

/* Though the table grows meanwhile, to more than twice its size. */
START_TEST(a_walk_sees_each_record_once)
{
	struct state_table *table =
	    new_table((size_t)64 * 1024 * 1024, false, NULL);
	unsigned seen[10000] = { 0 }, added = 10000;
	size_t place = 0;

	for (unsigned i = 0; i < 10000; i++)
		put(table, i, 0);
	do {
		const struct state_entry *entry = state_table_at(table, place);
		unsigned number = 10000;

		if (entry != NULL)
			memcpy(&number, entry->bytes, sizeof number);
		if (number < 10000)
			seen[number]++;
		place = state_table_next(table, place);
		if (place % 256 == 0)
			for (int i = 0; i < 300; i++)
				put(table, added++, 0);
	} while (place != 0);
	for (unsigned i = 0; i < 10000; i++)
		ck_assert_msg(seen[i] == 1, "%u: %u times", i, seen[i]);
	ck_assert_uint_gt(added, 20000);
	state_table_free(table);
}
END_TEST

START_TEST(a_longer_value_is_refused_when_full)
{
	struct state_table *table = new_table(65536, false, NULL);
	static char large[1024];
	unsigned count = 0;

	while (put(table, count, 0) != NULL)
		count++;
	ck_assert_ptr_null(put_value(table, 0, large, sizeof large));
	ck_assert_uint_eq(find(table, 0)->len, 5);
	state_table_free(table);
}
END_TEST

/* Of a flood, the records go that are first to expire; what never does stays
 * as long as there is another one in its sets. */
START_TEST(gives_way_to_what_expires_later)
{
	size_t gone = 0, stayed = 0;
	struct state_table *table = new_table(262144, true, &gone);

	for (unsigned i = 0; i < 100; i++)
		put(table, i, 0);
	for (unsigned i = 100; i < 50000; i++) {
		ck_assert_ptr_nonnull(put(table, i, 1000));
		ck_assert_uint_le(state_table_bytes(table), 262144);
	}
	for (unsigned i = 0; i < 100; i++)
		stayed += find(table, i) != NULL;
	ck_assert_uint_eq(stayed, 100);
	ck_assert_uint_eq(gone, 50000 - state_table_count(table));
	ck_assert_uint_eq(state_table_evicted(table), gone);
	state_table_free(table);
}
END_TEST

/* Also from sets that hold nothing else: there are others. */
START_TEST(what_never_expires_goes_last)
{
	size_t gone = 0;
	struct state_table *table = new_table(262144, true, &gone);
	unsigned forever = 0;

	for (; state_table_bytes(table) < 262144 / 2; forever++)
		put(table, forever, 0);
	for (unsigned i = 0; i < 20000; i++)
		put(table, 1000000 + i, 1000);
	for (unsigned i = 0; i < forever; i++)
		ck_assert_msg(find(table, i) != NULL, "%u", i);
	for (unsigned i = 0; i < 3000; i++)
		put(table, 2000000 + i, 0);
	ck_assert_uint_le(state_table_bytes(table), 262144);
	state_table_free(table);
}
END_TEST

START_TEST(a_large_record_pushes_out_small_ones)
{
	size_t gone = 0;
	struct state_table *table = new_table(65536, true, &gone);
	static char large[16384];

	for (unsigned i = 0; i < 2000; i++)
		put(table, i, 1000);
	ck_assert_ptr_nonnull(put_value(table, 9999, large, sizeof large));
	ck_assert_ptr_nonnull(find(table, 9999));
	ck_assert_uint_le(state_table_bytes(table), 65536);
	state_table_free(table);
}
END_TEST

/* Who has very many records pushes out his own oldest, and of those who fill
 * the table no more than he may have. */
START_TEST(no_owner_pushes_out_all_others)
{
	size_t gone = 0;
	const struct state_table_options options = { .limit = 1024 * 1024,
		.typical = 16,
		.gives_way = true,
		.has_owners = true,
		.gone = on_gone,
		.arg = &gone };
	struct state_table *table = state_table_new(&options);
	unsigned others = 0, stayed = 0;
	char owner[20];

	for (; state_table_evicted(table) == 0; others++) {
		snprintf(owner, sizeof owner, "user%u", others);
		put_owned(table, owner, 1);
	}
	for (unsigned i = 0; i < 100000; i++)
		put_owned(table, "thief", 1000 + i);
	for (unsigned i = 0; i < others; i++) {
		snprintf(owner, sizeof owner, "user%u", i);
		stayed += has_owned(table, owner, 1);
	}
	ck_assert_msg(stayed > others / 20 * 17, "%u of %u", stayed, others);
	for (unsigned i = 100000 - others / 16; i < 100000; i++)
		ck_assert_msg(has_owned(table, "thief", 1000 + i), "%u", i);
	ck_assert_uint_le(state_table_bytes(table), 1024 * 1024);
	state_table_free(table);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("state_table");
	TCase *tcase = tcase_create("state_table");

	tcase_add_test(tcase, finds_replaces_and_deletes);
	tcase_add_test(tcase, tells_keys_of_one_hash_apart);
	tcase_add_test(tcase, is_used_to_its_limit);
	tcase_add_test(tcase, has_places_for_the_records_that_it_has);
	tcase_add_test(tcase, a_walk_sees_each_record_once);
	tcase_add_test(tcase, a_longer_value_is_refused_when_full);
	tcase_add_test(tcase, gives_way_to_what_expires_later);
	tcase_add_test(tcase, no_owner_pushes_out_all_others);
	tcase_add_test(tcase, what_never_expires_goes_last);
	tcase_add_test(tcase, a_large_record_pushes_out_small_ones);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
