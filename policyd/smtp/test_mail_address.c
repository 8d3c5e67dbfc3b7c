/*
 * Parts of mail addresses.
 */
#include <string.h>

#include "mail_address.h"
#include "testing.h"

static const struct {
	const char *address, *domain;
	size_t local_len;
} addresses[] = {
	{ "user@home.example", "home.example", 4 },
	{ "a@b@home.example", "home.example", 3 },
	{ "@home.example", "home.example", 0 },
	{ "user@", "", 4 },
	{ "user", "none", 4 },
	{ "", "none", 0 },
};

START_TEST(splits_at_the_last_at)
{
	const char *address = addresses[_i].address;

	ck_assert_str_eq(mail_address_domain(address, "none"),
	    addresses[_i].domain);
	ck_assert_uint_eq(mail_address_local_len(address),
	    addresses[_i].local_len);
}
END_TEST

static const struct {
	const char *key, *quoted;
} keys[] = {
	{ "user@home.example", "user@home.example" },
	{ "user+ext@home.example", "user+ext@home.example" },
	{ "user", "user" },
	{ "b\303\274@home.example", "b\303\274@home.example" },
	{ "a b@home.example", "\"a b\"@home.example" },
	{ "a@b@home.example", "\"a@b\"@home.example" },
	{ "a b@", "\"a b\"@" },
	{ "a b", "\"a b\"" },
	{ "@home.example", "\"\"@home.example" },
	{ ".a@x", "\".a\"@x" },
	{ "a.@x", "\"a.\"@x" },
	{ "a..b@x", "\"a..b\"@x" },
	{ "a.b@x", "a.b@x" },
	{ "a\"b\\c@x", "\"a\\\"b\\\\c\"@x" },
};

START_TEST(quotes_local_parts)
{
	struct arena arena = { 0 };

	ck_assert_str_eq(mail_address_quoted(&arena, keys[_i].key),
	    keys[_i].quoted);
	arena_free(&arena);
}
END_TEST

/* What has no domain may have an '@' of its own. */
START_TEST(quotes_local_parts_alone)
{
	struct arena arena = { 0 };

	ck_assert_str_eq(mail_local_quoted(&arena, "a@b"), "\"a@b\"");
	ck_assert_str_eq(mail_local_quoted(&arena, "user"), "user");
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *local, *delimiters, *base;
} bases[] = {
	{ "user+ext", "+", "user" },
	{ "user+ext+more", "+", "user" },
	{ "user-a+b", "+-", "user" },
	{ "user", "+", NULL },
	{ "+ext", "+", NULL },
	{ "user+ext", "", NULL },
	{ "mailer-daemon", "-", NULL },
	{ "double-bounce", "-", NULL },
	{ "owner-list", "-", NULL },
	{ "list-request", "-", NULL },
	{ "owner+list", "+", "owner" },
};

START_TEST(cuts_extensions_off)
{
	struct arena arena = { 0 };
	const char *base =
	    mail_local_base(&arena, bases[_i].local, bases[_i].delimiters);

	ck_assert_pstr_eq(base, bases[_i].base);
	arena_free(&arena);
}
END_TEST

#define COUNT(array) (sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("mail_address");
	TCase *tcase = tcase_create("mail_address");

	tcase_add_loop_test(tcase, splits_at_the_last_at, 0, COUNT(addresses));
	tcase_add_loop_test(tcase, quotes_local_parts, 0, COUNT(keys));
	tcase_add_test(tcase, quotes_local_parts_alone);
	tcase_add_loop_test(tcase, cuts_extensions_off, 0, COUNT(bases));
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
