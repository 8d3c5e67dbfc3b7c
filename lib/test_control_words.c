#include <string.h>

#include "testing.h"
#include "control_words.h"

START_TEST(any_text_comes_back)
{
	static const char *const words[] = { "explain", "", "a b", "tab\t",
		"line\nfeed\r", "back\\slash", "\\e", "\\x41", "\x7f\xff\x01",
		"k\xc3\xa4se", "'\"$" };
	struct strbuf line = { 0 };
	char *rest;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		control_word_add(&line, words[i]);
	for (size_t i = 0; i < line.len; i++)
		ck_assert(line.bytes[i] >= ' ' && line.bytes[i] < 0x7f);
	rest = line.bytes;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		ck_assert_str_eq(control_word_next(&rest), words[i]);
	ck_assert_ptr_null(control_word_next(&rest));
	ck_assert_ptr_null(control_word_next(&rest));
	strbuf_free(&line);
}
END_TEST

START_TEST(writes_plain_words_as_they_are)
{
	struct strbuf line = { 0 };

	control_word_add(&line, "client_address=192.0.2.1");
	control_word_add(&line, "a b");
	control_word_add(&line, "");
	testing_eat(&line, "client_address=192.0.2.1 a\\x20b \\e");
}
END_TEST

START_TEST(leaves_a_bad_escape_alone)
{
	char line[] = " \t \\x0  \\xzz \\x00 \\n a\\ \\ex \\x4A\\x4b ";
	char *rest = line;

	ck_assert_str_eq(control_word_next(&rest), "\\x0");
	ck_assert_str_eq(control_word_next(&rest), "\\xzz");
	ck_assert_str_eq(control_word_next(&rest), "\\x00");
	ck_assert_str_eq(control_word_next(&rest), "\\n");
	ck_assert_str_eq(control_word_next(&rest), "a\\");
	ck_assert_str_eq(control_word_next(&rest), "\\ex");
	ck_assert_str_eq(control_word_next(&rest), "JK");
	ck_assert_ptr_null(control_word_next(&rest));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control_words");
	TCase *tc = tcase_create("control_words");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, any_text_comes_back);
	tcase_add_test(tc, writes_plain_words_as_they_are);
	tcase_add_test(tc, leaves_a_bad_escape_alone);
	return testing_run(suite);
}
