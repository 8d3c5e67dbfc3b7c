/*
 * The names that DNS lists are asked for.
 */
#include <stdio.h>
#include <string.h>

#include "testing.h"
#include "dnsbl_list.h"

static char zone[] = "bl.test";

START_TEST(makes_labels)
{
	static const struct {
		const char *address, *label;
	} cases[] = {
		{ "192.0.2.99", "99.2.0.192" },
		{ "2001:db8::b:a",
		    "a.0.0.0.b.0.0.0.0.0.0.0.0.0.0.0."
		    "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" },
	};
	enum dnsbl_kind kind;
	struct ip none = { 0 };
	char label[DNSBL_LABEL_SIZE];

	for (size_t i = 0; i < 2; i++) {
		struct ip ip;

		ck_assert(ip_parse(&ip, cases[i].address));
		ck_assert(dnsbl_label(&ip, &kind, label));
		ck_assert_str_eq(label, cases[i].label);
	}
	ck_assert(!dnsbl_label(&none, &kind, label));
}
END_TEST

START_TEST(a_query_name_is_lower_case_and_bounded)
{
	struct dnsbl_list list = { .zone = zone, .kind = DNSBL_NAME };
	char label[DNSBL_NAME_MAX + 1], name[DNSBL_NAME_MAX + 1];
	size_t room = DNSBL_NAME_MAX - strlen(".bl.test");

	ck_assert_int_eq(dnsbl_query_name(&list, "Example.ORG", name), 0);
	ck_assert_str_eq(name, "example.org.bl.test");
	ck_assert_int_eq(dnsbl_query_name(&list, "", name), -1);
	memset(label, 'a', sizeof label);
	label[room] = '\0';
	ck_assert_int_eq(dnsbl_query_name(&list, label, name), 0);
	ck_assert_uint_eq(strlen(name), DNSBL_NAME_MAX);
	label[room] = 'a';
	label[room + 1] = '\0';
	ck_assert_int_eq(dnsbl_query_name(&list, label, name), -1);
}
END_TEST

/* Who has ever asked for it, or keeps an answer, cannot know it. */
START_TEST(a_proof_asks_for_what_no_cache_can_know)
{
	static const char ip6_end[] = ".f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0."
				      "0.0.0.0.0.0.0.0.bl.test";
	struct dnsbl_list ip4 = { .zone = zone, .kind = DNSBL_IP4 };
	struct dnsbl_list ip6 = { .zone = zone, .kind = DNSBL_IP6 };
	char name[DNSBL_NAME_MAX + 1], before[DNSBL_NAME_MAX + 1] = "";
	unsigned low, high;
	size_t len;

	for (int i = 0; i < 100; i++) {
		dnsbl_random_name(&ip4, name);
		/* 127.128.0.0/9: no test point */
		ck_assert_int_eq(
		    sscanf(name, "%u.%*u.%u.127.bl.test", &low, &high), 2);
		ck_assert_uint_ge(high, 128);
		ck_assert_str_ne(name, before);
		memcpy(before, name, sizeof before);
		dnsbl_random_name(&ip6, name);
		len = strlen(name);
		ck_assert_uint_eq(len, strlen("0.0.0.0.0.0") + strlen(ip6_end));
		ck_assert_str_eq(name + len - strlen(ip6_end), ip6_end);
	}
}
END_TEST

START_TEST(a_proof_of_names_asks_under_invalid)
{
	struct dnsbl_list list = { .zone = zone, .kind = DNSBL_NAME };
	char name[DNSBL_NAME_MAX + 1], other[DNSBL_NAME_MAX + 1];

	dnsbl_random_name(&list, name);
	dnsbl_random_name(&list, other);
	ck_assert_str_eq(name + strlen("x0123456789abcdef"),
	    ".invalid.bl.test");
	ck_assert_str_ne(name, other);
}
END_TEST

START_TEST(is_shown_without_its_key)
{
	struct dnsbl_shared shared = { 0 };
	struct dnsbl_list list = { .shared = &shared, .zone = zone };

	ck_assert_str_eq(dnsbl_list_shown(&list), "bl.test");
	dnsbl_keys_add(&shared.keys, "bl.test");
	ck_assert_str_eq(dnsbl_list_shown(&list), "test");
	dnsbl_keys_free(&shared.keys);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_list");
	TCase *tc = tcase_create("dnsbl_list");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, makes_labels);
	tcase_add_test(tc, a_query_name_is_lower_case_and_bounded);
	tcase_add_test(tc, a_proof_asks_for_what_no_cache_can_know);
	tcase_add_test(tc, a_proof_of_names_asks_under_invalid);
	tcase_add_test(tc, is_shown_without_its_key);
	return testing_run(suite);
}
