/*
 * Pieces of texts.
 */
#include "testing.h"
#include "text.h"

START_TEST(takes_what_a_text_begins_with)
{
	char text[] = "own places", *rest = text;

	ck_assert(!text_take(&rest, "places"));
	ck_assert(!text_take(&rest, "own places of his"));
	ck_assert_ptr_eq(rest, text);
	ck_assert(text_take(&rest, "own "));
	ck_assert_str_eq(rest, "places");
	ck_assert(text_take(&rest, ""));
	ck_assert(text_take(&rest, "places"));
	ck_assert_str_eq(rest, "");
}
END_TEST

START_TEST(cuts_a_text_in_two)
{
	char text[] = "a: b: c", *rest = text_cut(text, ": ");

	ck_assert_str_eq(text, "a");
	ck_assert_str_eq(rest, "b: c");
	ck_assert_ptr_null(text_cut(rest, ", "));
	ck_assert_str_eq(rest, "b: c");
	ck_assert_str_eq(text_cut(rest, " c"), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, takes_what_a_text_begins_with);
	tcase_add_test(tcase, cuts_a_text_in_two);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
