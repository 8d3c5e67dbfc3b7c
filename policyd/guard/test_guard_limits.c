#include <string.h>

#include "guard_limits.h"
#include "testing.h"

static const struct guard_limits defaults = { { 50, 100 }, { 200, 400 }, 3, 5 };

static struct guard_limits limits;
static struct strbuf err;

static void
setup(void)
{
	limits = defaults;
}

static void
teardown(void)
{
	strbuf_free(&err);
}

static const struct value {
	const char *text;
	struct guard_budget strange, own;
	const char *why; /* of what is wrong; NULL: nothing */
} values[] = {
	{ "own 500/1h strange 5/1h 7/1d", { 5, 7 }, { 500, 1000 }, NULL },
	{ "strange 10/1h", { 10, 20 }, { 200, 400 }, NULL },
	{ "OWN 30/1d", { 50, 100 }, { 30, 30 }, NULL },
	{ "own 1k/1d, 10/60m", { 50, 100 }, { 10, 1024 }, NULL },
	{ "", { 0 }, { 0 }, "expected none, own or strange" },
	{ "own", { 0 }, { 0 }, "expected N/1h N/1d, as 50/1h 100/1d" },
	{ "own strange 5/1h", { 0 }, { 0 },
	    "expected N/1h N/1d, as 50/1h 100/1d" },
	{ "5/1h", { 0 }, { 0 }, "\"5/1h\": expected none, own or strange" },
	{ "own 5/10m", { 0 }, { 0 },
	    "\"5/10m\": the guard counts in 1h and in 1d" },
	{ "own 5/1h 6/1h", { 0 }, { 0 },
	    "\"6/1h\": there is a limit in 1h already" },
	{ "own x/1h", { 0 }, { 0 }, "\"x/1h\": before the / stands no number" },
};

START_TEST(reads_what_a_table_says)
{
	const struct value *value = &values[_i];
	int result = guard_limits_parse_value(&limits, value->text, &err);

	ck_assert_str_eq(strbuf_str(&err),
	    value->why == NULL ? "" : value->why);
	ck_assert_int_eq(result, value->why == NULL ? 0 : -1);
	if (value->why != NULL)
		return;
	ck_assert_uint_eq(limits.strange.hour, value->strange.hour);
	ck_assert_uint_eq(limits.strange.day, value->strange.day);
	ck_assert_uint_eq(limits.own.hour, value->own.hour);
	ck_assert_uint_eq(limits.own.day, value->own.day);
}
END_TEST

static void
expect_origins(const char *text, int result, const char *line)
{
	const struct conf_origin origin = { "policyd.cf", 7 };
	struct conf_text words = { 0 };

	conf_text_set(&words, text, origin);
	strbuf_truncate(&err, 0);
	ck_assert_int_eq(guard_origins_parse(&limits,
			     "takeover_strange_origins", &words, &err),
	    result);
	ck_assert_str_eq(strbuf_str(&err), line);
	conf_text_free(&words);
}

START_TEST(says_where_a_parameter_is_wrong)
{
	expect_origins("4/1h 6/1h", 0, "");
	ck_assert_uint_eq(limits.strict_origins, 4);
	ck_assert_uint_eq(limits.hostile_origins, 6);
	expect_origins("5/1h 3/1h", -1,
	    "policyd.cf:7: takeover_strange_origins: expected N/1h N/1h, the "
	    "smaller one first, as 3/1h 5/1h\n");
	expect_origins("5/1h", -1,
	    "policyd.cf:7: takeover_strange_origins: expected N/1h N/1h, the "
	    "smaller one first, as 3/1h 5/1h\n");
	expect_origins("3/1h 5/1d", -1,
	    "policyd.cf:7: takeover_strange_origins: \"5/1d\": expected N/1h "
	    "N/1h, as 3/1h 5/1h\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("guard_limits");
	TCase *tcase = tcase_create("guard_limits");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, reads_what_a_table_says, 0,
	    sizeof values / sizeof values[0]);
	tcase_add_test(tcase, says_where_a_parameter_is_wrong);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
