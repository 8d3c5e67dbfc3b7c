#include <string.h>

#include "json.h"
#include "json_line.h"
#include "mem.h"
#include "testing.h"

static struct json_line line;
static char *text;

static int
read_line(const char *from)
{
	free(text);
	text = xstrdup(from);
	return json_line_read(&line, text);
}

static void
teardown(void)
{
	free(text);
	text = NULL;
}

START_TEST(finds_strings_and_integers)
{
	long long n = 0;

	ck_assert_int_eq(read_line(" { \"event\" : \"login\", \"n\":-12, "
				   "\"ok\":true, \"none\":null } \r\n"),
	    0);
	ck_assert_str_eq(json_line_string(&line, "event"), "login");
	ck_assert(json_line_integer(&line, "n", &n));
	ck_assert_int_eq(n, -12);
	ck_assert_ptr_null(json_line_string(&line, "n"));
	ck_assert(!json_line_integer(&line, "event", &n));
	ck_assert(!json_line_integer(&line, "none", &n));
	ck_assert(!json_line_integer(&line, "nobody", &n));
	ck_assert_ptr_null(json_line_string(&line, "nobody"));
	ck_assert_int_eq(read_line("{}"), 0);
	ck_assert_ptr_null(json_line_string(&line, "event"));
}
END_TEST

START_TEST(reads_each_of_ascii)
{
	for (int c = 1; c <= 0x7f; c++) {
		const char name[] = { (char)c, '\0' };
		struct strbuf out = { 0 };
		struct json json = { .out = &out };

		json_object(&json, NULL);
		json_string(&json, name, name);
		json_end(&json);
		ck_assert_int_eq(read_line(strbuf_str(&out)), 0);
		ck_assert_str_eq(json_line_string(&line, name), name);
		strbuf_free(&out);
	}
}
END_TEST

START_TEST(decodes_what_is_escaped)
{
	ck_assert_int_eq(read_line("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"
				   "\\u00e9\\u20AC\\uD83D\\uDE00\xC3\xA9\"}"),
	    0);
	ck_assert_str_eq(json_line_string(&line, "a"),
	    "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xC3\xA9");
}
END_TEST

START_TEST(leaves_out_what_is_deeper)
{
	long long n = 0;

	ck_assert_int_eq(read_line(
			     "{\"a\":{\"b\":[1,{\"c\":\"}\"}],\"d\":\"x\"},"
			     "\"e\":[],\"f\":2.5,\"g\":1e3,\"h\":7}"),
	    0);
	ck_assert_ptr_null(json_line_string(&line, "d"));
	ck_assert(!json_line_integer(&line, "f", &n));
	ck_assert(json_line_integer(&line, "h", &n));
	ck_assert_int_eq(n, 7);
}
END_TEST

static const char *const garbage[] = { "", "x", "[]", "\"a\"", "{", "{\"a\"}",
	"{\"a\":}", "{\"a\":1", "{\"a\":1}x", "{\"a\":1,}", "{a:1}",
	"{\"a\":tru}", "{\"a\":\"b}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u00\"}",
	"{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}",
	"{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\x80\"}", "{\"a\":\"\n\"}",
	"{\"a\":[}", "{\"a\":[1}",
	"{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}", "{\"a\":-}",
	"{\"a\":1.2.3}", "{\"a\":]}", "{\"a\":\"\\", "{\"a\":[", "{\"a\":0x10}",
	"{\"a\":inf}", "{\"a\":\"\\u-001\"}" };

START_TEST(refuses_garbage)
{
	ck_assert_msg(read_line(garbage[_i]) == -1, "%s", garbage[_i]);
}
END_TEST

START_TEST(has_so_many_members_at_most)
{
	struct strbuf many = { 0 };

	for (int i = 0; i < JSON_MEMBERS_MAX; i++)
		strbuf_addf(&many, "%c\"m%d\":%d", i == 0 ? '{' : ',', i, i);
	strbuf_adds(&many, "}");
	ck_assert_int_eq(read_line(many.bytes), 0);
	strbuf_truncate(&many, many.len - 1);
	strbuf_adds(&many, ",\"more\":1}");
	ck_assert_int_eq(read_line(many.bytes), -1);
	strbuf_free(&many);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json_line");
	TCase *tcase = tcase_create("json_line");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, finds_strings_and_integers);
	tcase_add_test(tcase, reads_each_of_ascii);
	tcase_add_test(tcase, decodes_what_is_escaped);
	tcase_add_test(tcase, leaves_out_what_is_deeper);
	tcase_add_loop_test(tcase, refuses_garbage, 0,
	    sizeof garbage / sizeof garbage[0]);
	tcase_add_test(tcase, has_so_many_members_at_most);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
