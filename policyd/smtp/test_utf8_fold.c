#include "testing.h"
#include "utf8_fold.h"

START_TEST(folds_what_is_no_utf_8_as_ascii)
{
	struct strbuf out = { 0 };

	utf8_fold("ABC\xff", &out);
	testing_eat(&out, "abc\xff");
	utf8_fold("\xc3\x84Z", &out);
	testing_eat(&out, "\xc3\xa4z");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("utf8_fold");
	TCase *tcase = tcase_create("utf8_fold");

	tcase_add_test(tcase, folds_what_is_no_utf_8_as_ascii);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
