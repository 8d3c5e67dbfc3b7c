#include "figures.h"
#include "testing.h"

static void
print(bool as_json, struct strbuf *out)
{
	struct figures figures;

	figures_begin(&figures, as_json, out);
	figures_add(&figures, "uptime", 3);
	figures_group(&figures, "logins");
	figures_group(&figures, "PLAIN");
	figures_add(&figures, "ok", 18446744073709551);
	figures_end_group(&figures);
	figures_add(&figures, "given up", 0);
	figures_end_group(&figures);
	figures_add(&figures, "connections accepted", 5);
	figures_end(&figures);
}

START_TEST(prints_lines)
{
	struct strbuf out = { 0 };

	print(false, &out);
	ck_assert_str_eq(strbuf_str(&out),
	    "uptime: 3\n"
	    "logins PLAIN ok: 18446744073709551\n"
	    "logins given up: 0\n"
	    "connections accepted: 5\n");
	strbuf_free(&out);
}
END_TEST

START_TEST(prints_json)
{
	struct strbuf out = { 0 };

	print(true, &out);
	ck_assert_str_eq(strbuf_str(&out),
	    "{\"uptime\":3,\"logins\":{\"PLAIN\":{\"ok\":18446744073709551},"
	    "\"given_up\":0},\"connections_accepted\":5}");
	strbuf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("figures");
	TCase *tc = tcase_create("figures");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, prints_lines);
	tcase_add_test(tc, prints_json);
	return testing_run(suite);
}
