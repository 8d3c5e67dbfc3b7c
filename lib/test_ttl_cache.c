#include <stdio.h>
#include <string.h>

#include "testing.h"
#include "mem.h"
#include "ttl_cache.h"

static struct ttl_cache *cache;
static int nreleased;

static void
release(void *value)
{
	nreleased++;
	free(value);
}

static void
setup(void)
{
	cache = ttl_cache_new(4000, release);
	nreleased = 0;
}

static void
teardown(void)
{
	ttl_cache_free(cache);
}

static void
put(const char *key, const char *value, uint64_t expires)
{
	ttl_cache_put(cache, key, strlen(key), xstrdup(value),
	    strlen(value) + 1, expires);
}

static const char *
get(const char *key, uint64_t now)
{
	return ttl_cache_find(cache, key, strlen(key), now);
}

START_TEST(keeps_a_value_for_its_time)
{
	put("a", "one", 1000);
	put("b", "two", 2000);
	ck_assert_str_eq(get("a", 999), "one");
	ck_assert_ptr_null(get("a", 1000));
	ck_assert_int_eq(nreleased, 1);
	ck_assert_str_eq(get("b", 1000), "two");
	ck_assert_ptr_null(get("c", 0));
	ck_assert_uint_eq(ttl_cache_count(cache), 1);
}
END_TEST

START_TEST(a_new_value_replaces_the_old)
{
	put("a", "one", 1000);
	put("a", "two", 3000);
	ck_assert_str_eq(get("a", 2000), "two");
	ck_assert_int_eq(nreleased, 1);
	ck_assert_uint_eq(ttl_cache_count(cache), 1);
}
END_TEST

START_TEST(stays_within_its_bound)
{
	char key[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "key%d", i);
		put(key, "value", 1000);
		ck_assert_uint_le(ttl_cache_bytes(cache), 4000);
	}
	ck_assert_str_eq(get("key999", 0), "value");
	ck_assert_ptr_null(get("key0", 0));
}
END_TEST

START_TEST(what_is_used_stays)
{
	char key[16];

	put("wanted", "value", 1000);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "key%d", i);
		put(key, "value", 1000);
		ck_assert_ptr_nonnull(get("wanted", 0));
	}
}
END_TEST

START_TEST(a_value_larger_than_all_is_not_kept)
{
	char *large = xcalloc(1, 5000);

	put("small", "value", 1000);
	ttl_cache_put(cache, "large", 5, large, 5000, 1000);
	ck_assert_ptr_null(get("large", 0));
	ck_assert_uint_le(ttl_cache_bytes(cache), 4000);
}
END_TEST

static int
begins_with_a(void *arg, const void *key, size_t keylen)
{
	(void)arg;
	return keylen > 0 && *(const char *)key == 'a';
}

START_TEST(forgets)
{
	put("a1", "one", 1000);
	put("a2", "two", 1000);
	put("b", "three", 1000);
	ttl_cache_forget(cache, "a1", 2);
	ttl_cache_forget(cache, "none", 4);
	ck_assert_uint_eq(ttl_cache_count(cache), 2);
	ttl_cache_remove(cache, begins_with_a, NULL);
	ck_assert_uint_eq(ttl_cache_count(cache), 1);
	ttl_cache_remove(cache, NULL, NULL);
	ck_assert_uint_eq(ttl_cache_count(cache), 0);
	ck_assert_uint_eq(ttl_cache_bytes(cache), 0);
	ck_assert_int_eq(nreleased, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ttl_cache");
	TCase *tc = tcase_create("ttl_cache");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, keeps_a_value_for_its_time);
	tcase_add_test(tc, a_new_value_replaces_the_old);
	tcase_add_test(tc, stays_within_its_bound);
	tcase_add_test(tc, what_is_used_stays);
	tcase_add_test(tc, a_value_larger_than_all_is_not_kept);
	tcase_add_test(tc, forgets);
	return testing_run(suite);
}
