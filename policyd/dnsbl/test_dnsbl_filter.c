#include "testing.h"
#include "dnsbl_filter.h"

START_TEST(matches_what_it_says)
{
	static const struct {
		const char *filter, *address;
		bool matches;
	} cases[] = {
		{ "127.0.0.2", "127.0.0.2", true },
		{ "127.0.0.2", "127.0.0.3", false },
		{ "127.0.0.[2..11]", "127.0.0.11", true },
		{ "127.0.0.[2..11]", "127.0.0.12", false },
		{ "127.0.0.[2;4;8..9]", "127.0.0.4", true },
		{ "127.0.0.[2;4;8..9]", "127.0.0.8", true },
		{ "127.0.0.[2;4;8..9]", "127.0.0.5", false },
		{ "127.0.[0..1].[0..255]", "127.0.1.77", true },
		{ "[127].0.0.[002]", "127.0.0.2", true },
		{ "[127.0.0.[2;4]]", "127.0.0.4", true },
		{ "[127.0.0.2]", "127.0.0.3", false },
		{ "127.0.0.2", "::1", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct dnsbl_filter filter;
		struct strbuf err = { 0 };
		struct ip ip;

		ck_assert_int_eq(
		    dnsbl_filter_parse(&filter, cases[i].filter, &err), 0);
		ck_assert(ip_parse(&ip, cases[i].address));
		ck_assert_msg(dnsbl_filter_match(&filter, &ip) ==
			cases[i].matches,
		    "%s %s", cases[i].filter, cases[i].address);
	}
}
END_TEST

START_TEST(refuses_what_is_no_filter)
{
	static const char *const bad[] = { "", "127.0.0", "127.0.0.2.",
		"127.0.0.2.3", "127.0.0.256", "127.0.0.[2..1]", "127.0.0.[]",
		"127.0.0.[2", "127.0.0.2..4", "127.0.0.[2;]", "127.0.0.x",
		"127.0.0.[2]x", "127.0.0.-2", "127.0.0.*" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct dnsbl_filter filter;
		struct strbuf err = { 0 };

		ck_assert_msg(dnsbl_filter_parse(&filter, bad[i], &err) == -1,
		    "%s", bad[i]);
		ck_assert_str_ne(strbuf_str(&err), "");
		strbuf_free(&err);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_filter");
	TCase *tc = tcase_create("dnsbl_filter");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, matches_what_it_says);
	tcase_add_test(tc, refuses_what_is_no_filter);
	return testing_run(suite);
}
