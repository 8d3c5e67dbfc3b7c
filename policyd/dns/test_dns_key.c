#include <string.h>

#include "testing.h"
#include "dns_key.h"

static struct dns_key
key_of(const char *name, enum dns_type type)
{
	struct dns_key key;

	ck_assert_int_eq(dns_key_init(&key, name, type), 0);
	return key;
}

static bool
is_found_under(const char *name, enum dns_type type, const char *top)
{
	struct dns_key key = key_of(name, type), top_key = key_of(top, DNS_A);

	return dns_key_is_at_or_below(&top_key, key.bytes, key.len) != 0;
}

START_TEST(names_are_equal_without_case_and_types_are_not)
{
	struct dns_key key = key_of("Example.ORG", DNS_MX);
	struct dns_key same = key_of("example.org", DNS_MX);
	struct dns_key text = key_of("example.org", DNS_TXT);
	struct dns_key other = key_of("example.or", DNS_MX);

	ck_assert_str_eq(key.bytes, "example.org");
	ck_assert_int_eq(dns_key_type(&key), DNS_MX);
	ck_assert(dns_key_equal(&key, &same));
	ck_assert(!dns_key_equal(&key, &text));
	ck_assert(!dns_key_equal(&key, &other));
}
END_TEST

START_TEST(a_name_has_its_limit)
{
	char name[DNS_KEY_NAME_MAX + 2];
	struct dns_key key;

	memset(name, 'a', sizeof name);
	name[DNS_KEY_NAME_MAX] = '\0';
	ck_assert_int_eq(dns_key_init(&key, name, DNS_A), 0);
	ck_assert_uint_eq(strlen(key.bytes), DNS_KEY_NAME_MAX);
	name[DNS_KEY_NAME_MAX] = 'a';
	name[DNS_KEY_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(dns_key_init(&key, name, DNS_A), -1);
}
END_TEST

START_TEST(finds_a_name_and_all_below_it)
{
	ck_assert(is_found_under("example.org", DNS_A, "example.org"));
	ck_assert(is_found_under("example.org", DNS_TXT, "Example.org"));
	ck_assert(is_found_under("a.b.example.org", DNS_A, "example.org"));
	ck_assert(!is_found_under("anexample.org", DNS_A, "example.org"));
	ck_assert(!is_found_under("org", DNS_A, "example.org"));
	ck_assert(!is_found_under("example.org.net", DNS_A, "example.org"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dns_key");
	TCase *tc = tcase_create("dns_key");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, names_are_equal_without_case_and_types_are_not);
	tcase_add_test(tc, a_name_has_its_limit);
	tcase_add_test(tc, finds_a_name_and_all_below_it);
	return testing_run(suite);
}
