/*
 * Names, addresses and literals as Postfix judges them.
 */
#include <string.h>
#include <sys/socket.h>

#include "host_name.h"
#include "testing.h"

#define LABEL_63                                                               \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	bool is_valid;
} names[] = {
	{ "mx.example", true },
	{ "foo", true },
	{ "foo_bar.example", true },
	{ "_x._y", true },
	{ "123.foo", true },
	{ "foo.123", true },
	{ "a-b.example", true },
	{ LABEL_63 ".example", true },
	{ "", false },
	{ ".", false },
	{ "foo.", false },
	{ ".foo", false },
	{ "a..b", false },
	{ "-a.b", false },
	{ "a-.b", false },
	{ "a.-b", false },
	{ "1.2.3", false },
	{ "192.0.2.1", false },
	{ "foo!bar", false },
	{ "a b", false },
	{ "b\xc3\xbc"
	  "cher",
	    false },
	{ "a" LABEL_63 ".example", false },
	{ LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 ".example", false },
};

START_TEST(knows_host_names)
{
	ck_assert_msg(host_name_is_valid(names[_i].name) == names[_i].is_valid,
	    "%s", names[_i].name);
}
END_TEST

static const struct {
	const char *text;
	bool is_valid;
} addresses[] = {
	{ "192.0.2.1", true },
	{ "0.0.0.0", true },
	{ "01.2.3.4", true },
	{ "2001:db8::1", true },
	{ "::", true },
	{ "0.1.2.3", false },
	{ "1.2.3", false },
	{ "1.2.3.4.5", false },
	{ "1.2.3.321", false },
	{ "1.2.3.", false },
	{ "1.2.3.4x", false },
	{ "1::2::3", false },
	{ "1:2:3:4:5:6:7:8", true },
	{ "1:2:3:4:5:6:7", true },
	{ "1:2:3:4:5:6:7::", false },
	{ "::2:3:4:5:6:7:8", false },
	{ "1:2:3:4:5:6:7:8:9", false },
	{ "::", true },
	{ "1::", true },
	{ ":1::2", false },
	{ "::1:", false },
	{ ":::", false },
	{ "::01.2.3.4", true },
	{ "::0.1.2.3", false },
	{ "::1.2.3.300", false },
	{ "1:2:3:4:5:6:1.2.3.4", true },
	{ "1:2:3:4:5:6:7:1.2.3.4", false },
	{ "::00001", false },
	{ "::g", false },
	{ "fe80::1%lo", false },
	{ "", false },
};

START_TEST(knows_addresses)
{
	ck_assert_msg(host_address_is_valid(addresses[_i].text) ==
		addresses[_i].is_valid,
	    "%s", addresses[_i].text);
}
END_TEST

static const struct {
	const char *text;
	int family; /* 0: none */
} literals[] = {
	{ "[192.0.2.1]", AF_INET },
	{ "[IPv6:2001:db8::1]", AF_INET6 },
	{ "[ipV6:::1]", AF_INET6 },
	{ "[2001:db8::1]", 0 },
	{ "[IPv6:192.0.2.1]", 0 },
	{ "[321.1.2.3]", 0 },
	{ "[192.0.2.1", 0 },
	{ "192.0.2.1", 0 },
	{ "[]", 0 },
	{ "[IPv6:]", 0 },
	{ "[tag:foo]", 0 },
	{ "[192.0.2.1]x", 0 },
};

START_TEST(knows_literals)
{
	struct ip ip = { 0 };

	ck_assert_msg(host_literal_parse(literals[_i].text, &ip) ==
		(literals[_i].family != 0),
	    "%s", literals[_i].text);
	ck_assert_int_eq(ip.family, literals[_i].family);
}
END_TEST

START_TEST(knows_numbers)
{
	struct ip ip, loopback;

	ip_parse(&loopback, "127.0.0.1");
	ck_assert(host_number_parse("127.1", &ip));
	ck_assert(ip_equal(&ip, &loopback));
	ck_assert(host_number_parse("0x7f000001", &ip));
	ck_assert(ip_equal(&ip, &loopback));
	ck_assert(!host_number_parse("127.1 x", &ip));
	ck_assert(!host_number_parse("127.1.example", &ip));
	ck_assert(!host_number_parse("", &ip));
}
END_TEST

START_TEST(makes_a_labels)
{
	struct arena arena = { 0 };

	ck_assert_str_eq(host_name_to_ascii(&arena, "a.example"), "a.example");
	ck_assert_str_eq(host_name_to_ascii(&arena,
			     "b\xc3\xbc"
			     "cher.example"),
	    "xn--bcher-kva.example");
	ck_assert_str_eq(host_name_to_ascii(&arena,
			     "B\xc3\x9c"
			     "CHER.example"),
	    "xn--bcher-kva.example");
	/* not as in IDNA2003, which makes it strasse */
	ck_assert_str_eq(host_name_to_ascii(&arena,
			     "stra\xc3\x9f"
			     "e.example"),
	    "xn--strae-oqa.example");
	ck_assert_str_eq(host_name_to_ascii(&arena, "\xe2\x98\x83.example"),
	    "xn--n3h.example");
	ck_assert_ptr_null(host_name_to_ascii(&arena, "-\xc3\xbc.example"));
	ck_assert_ptr_null(host_name_to_ascii(&arena, "\xff\xfe.example"));
	arena_free(&arena);
}
END_TEST

START_TEST(drops_one_dot)
{
	struct arena arena = { 0 };

	ck_assert_str_eq(host_name_without_dot(&arena, "a.b."), "a.b");
	ck_assert_str_eq(host_name_without_dot(&arena, "a.b.."), "a.b..");
	ck_assert_str_eq(host_name_without_dot(&arena, "."), ".");
	arena_free(&arena);
}
END_TEST

START_TEST(knows_numeric_ends)
{
	ck_assert(host_name_ends_numeric("a.1"));
	ck_assert(!host_name_ends_numeric("1.a"));
	ck_assert(!host_name_ends_numeric("a.1b"));
}
END_TEST

#define COUNT(array) (sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("host_name");
	TCase *tcase = tcase_create("host_name");

	tcase_add_loop_test(tcase, knows_host_names, 0, COUNT(names));
	tcase_add_loop_test(tcase, knows_addresses, 0, COUNT(addresses));
	tcase_add_loop_test(tcase, knows_literals, 0, COUNT(literals));
	tcase_add_test(tcase, knows_numbers);
	tcase_add_test(tcase, makes_a_labels);
	tcase_add_test(tcase, drops_one_dot);
	tcase_add_test(tcase, knows_numeric_ends);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
