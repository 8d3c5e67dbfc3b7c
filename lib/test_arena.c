/* Tests of arena.c. */
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "testing.h"

static struct arena arena;

static void
teardown(void)
{
	arena_free(&arena);
}

START_TEST(gives_out_zeroed_pieces_for_any_type)
{
	memset(arena_alloc(&arena, 3), 1, 3);
	for (size_t size = 1; size < 10000; size = size * 3 + 1) {
		unsigned char *piece = arena_alloc(&arena, size);

		ck_assert_uint_eq((uintptr_t)piece % sizeof(void *), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(piece[i], 0);
		memset(piece, 1, size);
	}
	arena_reset(&arena);
	ck_assert_str_eq(arena_alloc(&arena, 8), "");
}
END_TEST

START_TEST(makes_texts)
{
	ck_assert_str_eq(arena_strndup(&arena, "user@x", 4), "user");
	ck_assert_str_eq(arena_join(&arena, "user", "@x"), "user@x");
	ck_assert_str_eq(arena_join(&arena, "", ""), "");
	ck_assert_str_eq(arena_printf(&arena, "%d%s", 4, "5"), "45");
	ck_assert_str_eq(arena_lower(&arena, "A.b"), "a.b");
}
END_TEST

START_TEST(a_reset_gives_the_same_memory_again)
{
	char *first = arena_strdup(&arena, "a");

	arena_alloc(&arena, 100000);
	arena_reset(&arena);
	ck_assert_ptr_eq(arena_strdup(&arena, "b"), first);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = tcase_create("arena");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, gives_out_zeroed_pieces_for_any_type);
	tcase_add_test(tcase, makes_texts);
	tcase_add_test(tcase, a_reset_gives_the_same_memory_again);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
