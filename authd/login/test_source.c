/*
 * Where logins come from, as far as guessers are told apart.
 */
#include "source.h"
#include "testing.h"

static const struct {
	const char *address, *source, *site; /* NULL: it lies in none */
} cases[] = {
	{ "192.0.2.1", "192.0.2.1", NULL },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48" },
	{ "2001:db8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48" },
	{ "::1", "::/64", "::/48" },
};

static struct source
parse(const char *address)
{
	struct ip ip;

	ck_assert(ip_parse(&ip, address));
	return source_of(&ip);
}

START_TEST(a_source_is_an_address_or_a_64)
{
	struct source source = parse(cases[_i].address);
	struct strbuf text = { 0 };

	source_print(&source, &text);
	testing_eat(&text, cases[_i].source);
}
END_TEST

START_TEST(a_site_is_a_48)
{
	struct source source = parse(cases[_i].address), site;
	static const struct source none = { 0 };
	struct strbuf text = { 0 };

	ck_assert_int_eq(source_site(&source, &site), cases[_i].site != NULL);
	if (cases[_i].site == NULL) {
		ck_assert(source_equal(&site, &none));
		return;
	}
	source_print(&site, &text);
	testing_eat(&text, cases[_i].site);
}
END_TEST

static const struct {
	const char *a, *b;
	bool is_one;
} pairs[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::", true },
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "0.0.0.0", "::", false },
};

START_TEST(who_has_one_address_of_a_64_has_all)
{
	struct source a = parse(pairs[_i].a), b = parse(pairs[_i].b);

	ck_assert_int_eq(source_equal(&a, &b), pairs[_i].is_one);
}
END_TEST

START_TEST(nobody_is_a_source_too)
{
	static const struct ip unknown = { 0 };
	struct source source = source_of(&unknown), site;
	struct strbuf text = { 0 };

	source_print(&source, &text);
	testing_eat(&text, "unknown");
	ck_assert(!source_site(&source, &site));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("source");
	TCase *tc = tcase_create("source");
	int ncases = sizeof cases / sizeof cases[0];

	tcase_add_loop_test(tc, a_source_is_an_address_or_a_64, 0, ncases);
	tcase_add_loop_test(tc, a_site_is_a_48, 0, ncases);
	tcase_add_loop_test(tc, who_has_one_address_of_a_64_has_all, 0,
	    sizeof pairs / sizeof pairs[0]);
	tcase_add_test(tc, nobody_is_a_source_too);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
