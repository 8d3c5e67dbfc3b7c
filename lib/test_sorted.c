#include "testing.h"
#include "sorted.h"

static int
by_number(const void *key, const void *element)
{
	return *(const int *)key - *(const int *)element;
}

START_TEST(finds_the_first_or_where_it_would_be)
{
	static const int array[] = { 2, 4, 4, 4, 8 };
	static const size_t places[] = { 0, 0, 0, 1, 1, 4, 4, 4, 4, 5 };

	for (int key = 0; key < 10; key++)
		ck_assert_uint_eq(
		    sorted_place(&key, array, 5, sizeof array[0], by_number),
		    places[key]);
}
END_TEST

START_TEST(all_stands_first_in_nothing)
{
	int key = 1;

	ck_assert_uint_eq(sorted_place(&key, NULL, 0, sizeof key, by_number),
	    0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sorted");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, finds_the_first_or_where_it_would_be);
	tcase_add_test(tc, all_stands_first_in_nothing);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
