/*
 * What the guard knows, in words and back.
 */
#include <string.h>

#include "guard_words.h"
#include "testing.h"

#define NOW (1000 * PLACES_DAY)

static const char *const texts[] = {
	"no places; habit 0 in 1h; recipients from his own places 0 in 1h and "
	"0 in 1d; from others 0 in 1h and 0 in 1d; tried from others 0 in 1h "
	"and 0 in 1d",
	"own home.example, 192.0.2.0/24; not his own cafe.example (was "
	"locked), 2001:db8::/48; habit 12 in 1h; recipients from his own "
	"places 1 in 1h and 2 in 1d; from others 3 in 1h and 4 in 1d; tried "
	"from others 5 in 1h and 6 in 1d; all but his own locked, ends in "
	"3d; is usually at many places",
};

START_TEST(come_back)
{
	struct places places;
	const struct guard_view view = { .now = NOW, .places = &places };
	struct strbuf out = { 0 }, err = { 0 };
	char *text = xstrdup(texts[_i]);

	ck_assert_int_eq(places_parse(&places, text, NOW, &err), 0);
	guard_view_print(&view, &out);
	testing_eat(&out, texts[_i]);
	free(text);
}
END_TEST

START_TEST(what_is_reserved_counts_as_sent)
{
	char text[] = "from others 3 in 1h and 4 in 1d, and 2 reserved";
	struct strbuf err = { 0 };
	struct places places;

	ck_assert_int_eq(places_parse(&places, text, NOW, &err), 0);
	ck_assert_uint_eq(rate_window_sum(&places.counts[COUNT_STRANGE].hour),
	    5);
	ck_assert_uint_eq(rate_window_sum(&places.counts[COUNT_STRANGE].day),
	    6);
}
END_TEST

static const char *const nonsense[] = {
	"",
	"own ",
	"own a, , b",
	"own a,b; odd",
	"habit x in 1h",
	"habit -3 in 1h",
	"habit 3 in 1h or so",
	"from others 3 in 1h",
	"from others 3 in 1h and 4 in 1d, and",
	"all but his own locked, ends in June",
};

START_TEST(else_it_is_an_error)
{
	char *text = xstrdup(nonsense[_i]);
	struct strbuf err = { 0 };
	struct places places;

	ck_assert_int_eq(places_parse(&places, text, NOW, &err), -1);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&err), "is nothing that"));
	strbuf_free(&err);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("guard_words");
	TCase *tcase = tcase_create("guard_words");

	tcase_add_loop_test(tcase, come_back, 0,
	    sizeof texts / sizeof texts[0]);
	tcase_add_test(tcase, what_is_reserved_counts_as_sent);
	tcase_add_loop_test(tcase, else_it_is_an_error, 0,
	    sizeof nonsense / sizeof nonsense[0]);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
