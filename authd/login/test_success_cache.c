#include <stdio.h>
#include <string.h>

#include "success_cache.h"
#include "testing.h"

#define TIME_MS 600000

static const unsigned char digest[32] = { 1 }, other_digest[32] = { 2 };
static const struct login_proof proof = { "u@r", "secret", 6, digest };

START_TEST(knows_what_was_added_and_nothing_else)
{
	struct success_cache *cache = success_cache_new(64, TIME_MS);
	const struct login_proof others[] = {
		{ "v@r", "secret", 6, digest },
		{ "u@r", "secreT", 6, digest },
		{ "u@r", "secret", 5, digest },
		{ "u@r", "secret\0", 7, digest },
		{ "u@", "rsecret", 7, digest },
		{ "u@r", "secret", 6, other_digest },
	};

	ck_assert(!success_cache_has(cache, &proof, 1));
	success_cache_add(cache, &proof, 1);
	ck_assert(success_cache_has(cache, &proof, 2));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ck_assert(!success_cache_has(cache, &others[i], 2));
	success_cache_free(cache);
}
END_TEST

START_TEST(forgets_when_the_time_is_over)
{
	struct success_cache *cache = success_cache_new(64, TIME_MS);

	success_cache_add(cache, &proof, 1);
	ck_assert(success_cache_has(cache, &proof, TIME_MS));
	ck_assert(!success_cache_has(cache, &proof, TIME_MS + 1));
	success_cache_set_time(cache, 0);
	ck_assert(!success_cache_has(cache, &proof, 1));
	success_cache_free(cache);
}
END_TEST

START_TEST(is_bounded_and_forgets_the_oldest)
{
	struct success_cache *cache = success_cache_new(64, TIME_MS);
	struct login_proof many = proof;
	char password[16];

	success_cache_add(cache, &proof, 1);
	for (int i = 0; i < 10000; i++) {
		snprintf(password, sizeof password, "%d", i);
		many.password = password;
		many.password_len = strlen(password);
		success_cache_add(cache, &many, 2 + i);
	}
	ck_assert(!success_cache_has(cache, &proof, 10002));
	ck_assert(success_cache_has(cache, &many, 10002));
	success_cache_free(cache);
}
END_TEST

/* Which of many are left in a small one depends on the key. */
START_TEST(no_two_have_the_same_key)
{
	struct success_cache *one = success_cache_new(64, TIME_MS);
	struct success_cache *other = success_cache_new(64, TIME_MS);
	unsigned differ = 0;
	char user[16];

	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 200; i++) {
			struct login_proof proof_i = proof;

			snprintf(user, sizeof user, "u%d@r", i);
			proof_i.user = user;
			if (pass == 0) {
				success_cache_add(one, &proof_i, i + 1);
				success_cache_add(other, &proof_i, i + 1);
				continue;
			}
			differ += success_cache_has(one, &proof_i, 300) !=
			    success_cache_has(other, &proof_i, 300);
		}
	}
	ck_assert_uint_gt(differ, 0);
	success_cache_free(one);
	success_cache_free(other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("success_cache");
	TCase *tc = tcase_create("success_cache");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, knows_what_was_added_and_nothing_else);
	tcase_add_test(tc, forgets_when_the_time_is_over);
	tcase_add_test(tc, is_bounded_and_forgets_the_oldest);
	tcase_add_test(tc, no_two_have_the_same_key);
	return testing_run(suite);
}
