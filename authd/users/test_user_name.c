#include <string.h>

#include "testing.h"
#include "user_name.h"

static const struct user_name_rules rules = { "example.org", true };

START_TEST(makes_the_normal_form)
{
	static const struct {
		const char *typed, *normal;
	} cases[] = {
		{ "joe", "joe@example.org" },
		{ "Joe@EXAMPLE.com", "joe@example.com" },
		{ "j\xc3\x96", "j\xc3\x96@example.org" },
		{ "a/b", "a/b@example.org" },
		{ "=,\\\"", "=,\\\"@example.org" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 }, err = { 0 };

		ck_assert_int_eq(user_name_normalise(&rules, cases[i].typed,
				     strlen(cases[i].typed), &out, &err),
		    0);
		testing_eat(&out, cases[i].normal);
		testing_eat(&err, "");
	}
}
END_TEST

START_TEST(keeps_case_of_the_local_part_when_told)
{
	const struct user_name_rules keep = { NULL, false };
	struct strbuf out = { 0 }, err = { 0 };

	ck_assert_int_eq(
	    user_name_normalise(&keep, "Joe@B.Example", 13, &out, &err), 0);
	testing_eat(&out, "Joe@b.example");
}
END_TEST

START_TEST(refuses_what_is_no_name)
{
	static const struct {
		const char *typed;
		size_t len;
		const char *why;
	} cases[] = {
		{ "", 0, "user name is empty" },
		{ "@x", 2, "user name has nothing before the @" },
		{ "x@", 2, "user name has nothing after the @" },
		{ "x@y@z", 5, "user name has a second @" },
		{ " x", 2, "user name has a blank" },
		{ "x\0y", 3, "user name has a control character" },
		{ "x\x7f", 2, "user name has a control character" },
		{ "x@y\n", 4, "user name has a control character" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 }, err = { 0 };

		ck_assert_int_eq(user_name_normalise(&rules, cases[i].typed,
				     cases[i].len, &out, &err),
		    -1);
		testing_eat(&out, "");
		testing_eat(&err, cases[i].why);
	}
}
END_TEST

START_TEST(bounds_the_length)
{
	char name[600];
	struct strbuf out = { 0 }, err = { 0 };

	memset(name, 'a', sizeof name);
	ck_assert_int_eq(user_name_normalise(&rules, name, 255, &out, &err), 0);
	ck_assert_int_eq(user_name_normalise(&rules, name, 256, &out, &err),
	    -1);
	name[1] = '@';
	ck_assert_int_eq(user_name_normalise(&rules, name, 257, &out, &err), 0);
	ck_assert_int_eq(user_name_normalise(&rules, name, 258, &out, &err),
	    -1);
	strbuf_free(&out);
	strbuf_free(&err);
}
END_TEST

START_TEST(a_name_without_realm_needs_a_default)
{
	const struct user_name_rules none = { "", true };
	struct strbuf out = { 0 }, err = { 0 };

	ck_assert_int_eq(user_name_normalise(&none, "joe", 3, &out, &err), -1);
	testing_eat(&err,
	    "user name has no @realm (write it, or set default_realm)");
}
END_TEST

START_TEST(splits_labels)
{
	static const struct {
		const char *login, *name, *label; /* name NULL: none */
	} cases[] = {
		{ "joe/phone", "joe", "phone" },
		{ "joe@example.org/phone", "joe@example.org", "phone" },
		{ "joe/phone@example.org", "joe@example.org", "phone" },
		{ "a/b/c", "a/b", "c" },
		{ "joe", NULL, NULL },
		{ "/phone", NULL, NULL },
		{ "joe/", NULL, NULL },
		{ "joe/@example.org", NULL, NULL },
		{ "joe/a b", NULL, NULL },
		{ "joe@x/a@y", NULL, NULL },
		{ "", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf name = { 0 }, label = { 0 };
		const char *login = cases[i].login;

		ck_assert_int_eq(
		    user_name_split_label(login, strlen(login), &name, &label),
		    cases[i].name != NULL);
		testing_eat(&name, cases[i].name ? cases[i].name : "");
		testing_eat(&label, cases[i].label ? cases[i].label : "");
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("user_name");
	TCase *tc = tcase_create("user_name");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, makes_the_normal_form);
	tcase_add_test(tc, keeps_case_of_the_local_part_when_told);
	tcase_add_test(tc, refuses_what_is_no_name);
	tcase_add_test(tc, bounds_the_length);
	tcase_add_test(tc, a_name_without_realm_needs_a_default);
	tcase_add_test(tc, splits_labels);
	return testing_run(suite);
}
