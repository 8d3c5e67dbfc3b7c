/*
 * Letters of ASCII made small, and no other byte.
 */
#include <string.h>

#include "testing.h"
#include "utf8.h"

/* As it is said: a byte at a time. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

START_TEST(makes_letters_small_and_nothing_else)
{
	char from[256 + 16], to[sizeof from];

	for (size_t i = 0; i < sizeof from; i++)
		from[i] = (char)i;
	for (size_t at = 0; at < 16; at++) {
		utf8_lower_ascii(to, from + at, 256);
		for (size_t i = 0; i < 256; i++)
			ck_assert_int_eq(to[i], lower(from[at + i]));
	}
}
END_TEST

START_TEST(changes_no_more_than_it_was_given)
{
	for (size_t len = 0; len <= 20; len++) {
		char text[32];

		memset(text, 'A', sizeof text);
		utf8_lower_ascii(text, text, len);
		for (size_t i = 0; i < sizeof text; i++)
			ck_assert_int_eq(text[i], i < len ? 'a' : 'A');
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");

	tcase_add_test(tcase, makes_letters_small_and_nothing_else);
	tcase_add_test(tcase, changes_no_more_than_it_was_given);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
