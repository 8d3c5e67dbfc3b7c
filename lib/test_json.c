#include "testing.h"
#include "json.h"

START_TEST(nests_and_separates)
{
	struct strbuf out = { 0 };
	struct json json = { .out = &out };

	json_object(&json, NULL);
	json_string(&json, "a", "b");
	json_array(&json, "c");
	json_integer(&json, NULL, -1);
	json_bool(&json, NULL, true);
	json_object(&json, NULL);
	json_end(&json);
	json_end(&json);
	json_string(&json, "d", NULL);
	json_end(&json);
	testing_eat(&out, "{\"a\":\"b\",\"c\":[-1,true,{}],\"d\":null}");
}
END_TEST

START_TEST(quotes_any_bytes)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "", "\"\"" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\x01\n\x7f", "\"\\u0001\\u000a\\u007f\"" },
		{ "\xc3\xa4\xf0\x9f\x98\x80", "\"\xc3\xa4\xf0\x9f\x98\x80\"" },
		{ "\x9b \xc2\x9b", "\"\xef\xbf\xbd \\u009b\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "a\xc3", "\"a\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 };
		struct json json = { .out = &out };

		json_string(&json, NULL, cases[i].text);
		testing_eat(&out, cases[i].quoted);
	}
}
END_TEST

START_TEST(quotes_each_of_ascii)
{
	for (int c = 1; c <= 0x7f; c++) {
		const char text[] = { (char)c, '\0' };
		struct strbuf out = { 0 }, wanted = { 0 };
		struct json json = { .out = &out };

		if (c < ' ' || c == 0x7f)
			strbuf_addf(&wanted, "\"\\u%04x\"", c);
		else
			strbuf_addf(&wanted, "\"%s%c\"",
			    c == '"' || c == '\\' ? "\\" : "", c);
		json_string(&json, NULL, text);
		testing_eat(&out, strbuf_str(&wanted));
		strbuf_free(&wanted);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("json");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, nests_and_separates);
	tcase_add_test(tc, quotes_any_bytes);
	tcase_add_test(tc, quotes_each_of_ascii);
	return testing_run(suite);
}
