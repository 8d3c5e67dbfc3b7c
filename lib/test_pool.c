/* Tests of pool.c. */
#include <string.h>

#include "pool.h"
#include "testing.h"

static struct pool pool;

static void
teardown(void)
{
	pool_free(&pool);
}

START_TEST(gives_a_piece_again_to_who_needs_as_much)
{
	void *small = pool_take(&pool, 1), *large, *other;

	pool_give(&pool, small, 1);
	large = pool_take(&pool, POOL_STEP + 1);
	ck_assert_ptr_ne(large, small);
	ck_assert_ptr_eq(pool_take(&pool, POOL_STEP), small);
	other = pool_take(&pool, POOL_STEP);
	ck_assert_ptr_ne(other, small);
	memset(large, 1, 2 * POOL_STEP);
	pool_give(&pool, large, POOL_STEP + 1);
	ck_assert_ptr_eq(pool_take(&pool, 2 * POOL_STEP), large);
	pool_give(&pool, large, 2 * POOL_STEP);
	pool_give(&pool, small, POOL_STEP);
	pool_give(&pool, other, POOL_STEP);
}
END_TEST

START_TEST(keeps_no_more_than_it_may)
{
	enum { PIECES = 2 * POOL_BYTES / POOL_STEP };
	static void *pieces[PIECES];

	for (size_t i = 0; i < PIECES; i++)
		pieces[i] = pool_take(&pool, POOL_STEP);
	for (size_t i = 0; i < PIECES; i++)
		pool_give(&pool, pieces[i], POOL_STEP);
	ck_assert_uint_eq(pool.bytes, POOL_BYTES);
	for (size_t i = 0; i < PIECES; i++)
		pieces[i] = pool_take(&pool, POOL_STEP);
	ck_assert_uint_eq(pool.bytes, 0);
	for (size_t i = 0; i < PIECES; i++)
		pool_give(&pool, pieces[i], POOL_STEP);
}
END_TEST

START_TEST(keeps_nothing_that_is_large)
{
	const size_t size = POOL_SIZES * POOL_STEP;

	pool_give(&pool, pool_take(&pool, size + 1), size + 1);
	ck_assert_uint_eq(pool.bytes, 0);
	pool_give(&pool, pool_take(&pool, size), size);
	ck_assert_uint_eq(pool.bytes, size);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = tcase_create("pool");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, gives_a_piece_again_to_who_needs_as_much);
	tcase_add_test(tcase, keeps_no_more_than_it_may);
	tcase_add_test(tcase, keeps_nothing_that_is_large);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
