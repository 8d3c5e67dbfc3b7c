/*
 * What of a text can be shown.
 */
#include <stdbool.h>
#include <string.h>

#include "printable.h"
#include "testing.h"

static const struct {
	const char *text, *shown;
} cases[] = {
	{ "", "" },
	{ "a ~", "a ~" },
	{ "K\xc3\xa4se \xe2\x82\xac \xf0\x9f\x98\x80",
	    "K\xc3\xa4se \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "\xc2\xa0\xed\x9f\xbf\xf4\x8f\xbf\xbf",
	    "\xc2\xa0\xed\x9f\xbf\xf4\x8f\xbf\xbf" },
	/* C0, DEL, C1 as UTF-8 and raw */
	{ "a\nb\x1b[1m\tc\x7f", "a\\x0ab\\x1b[1m\\x09c\\x7f" },
	{ "\xc2\x9b"
	  "31m\xc2\x80\xc2\x9f",
	    "\\xc2\\x9b31m\\xc2\\x80\\xc2\\x9f" },
	{ "\x9b"
	  "31m\x85\x90",
	    "\\x9b31m\\x85\\x90" },
	/* not well-formed: cut off, overlong, surrogate, beyond Unicode */
	{ "\xc3", "\\xc3" },
	{ "\xe2\x82", "\\xe2\\x82" },
	{ "\xe2\x82(", "\\xe2\\x82(" },
	{ "\xf0\x9f\x98", "\\xf0\\x9f\\x98" },
	{ "\xf0\x9f(\x80", "\\xf0\\x9f(\\x80" },
	{ "\xc0\x8a\xc1\xbf", "\\xc0\\x8a\\xc1\\xbf" },
	{ "\xe0\x82\x9b", "\\xe0\\x82\\x9b" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "\xff\xfe", "\\xff\\xfe" },
};

START_TEST(shows_text_and_escapes_the_rest)
{
	struct strbuf out = { 0 };

	printable_add(&out, cases[_i].text, strlen(cases[_i].text));
	testing_eat(&out, cases[_i].shown);
}
END_TEST

static void
check_ascii(char *text, size_t len, size_t at)
{
	for (int c = 0; c <= 0xff; c++) {
		bool is_plain = c >= 0x20 && c <= 0x7e;

		text[at] = (char)c;
		ck_assert_uint_eq(printable_ascii_len(text, len),
		    is_plain ? len : at);
		ck_assert_uint_eq(printable_ascii_len(text, at), at);
	}
	text[at] = '~';
}

/* Wherever it stands among bytes that are taken eight at a time. */
START_TEST(finds_the_first_that_is_no_printable_ascii)
{
	char text[] = "~~~~~~~~~~~~~~~~~~~~";

	for (size_t at = 0; text[at] != '\0'; at++)
		check_ascii(text, sizeof text - 1, at);
}
END_TEST

START_TEST(looks_at_no_byte_behind_the_end)
{
	struct strbuf out = { 0 };

	ck_assert_uint_eq(printable_len("\xe2\x82\xac", 2), 0);
	ck_assert_uint_eq(printable_len("a", 0), 0);
	printable_add(&out, "a\0b", 3);
	testing_eat(&out, "a\\x00b");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("printable");
	TCase *tc = tcase_create("printable");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, shows_text_and_escapes_the_rest, 0,
	    sizeof cases / sizeof cases[0]);
	tcase_add_test(tc, finds_the_first_that_is_no_printable_ascii);
	tcase_add_test(tc, looks_at_no_byte_behind_the_end);
	return testing_run(suite);
}
