#include "testing.h"
#include "cidr.h"

START_TEST(reads_addresses_as_postfix_writes_them)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "::", "::" },
		{ "", "" },
		{ "192.0.2", "" },
		{ "192.0.2.256", "" },
		{ "192.0.02.1", "" },
		{ "0x7f.1.1.1", "" },
		{ "127.1", "" },
		{ " 192.0.2.1", "" },
		{ "192.0.2.1 ", "" },
		{ "[::1]", "" },
		{ "fe80::1%lo", "" },
		{ "unknown", "" },
		{ "2001:db8:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:1", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 };
		struct ip ip;

		ck_assert_int_eq(ip_parse(&ip, cases[i].text),
		    cases[i].printed[0] != '\0');
		ip_print(&ip, &out);
		testing_eat(&out, cases[i].printed);
	}
}
END_TEST

START_TEST(an_address_equals_only_itself)
{
	struct ip a, b, none = { 0 };

	ck_assert(ip_parse(&a, "192.0.2.1") && ip_parse(&b, "192.0.2.1"));
	ck_assert(ip_equal(&a, &b));
	ck_assert(ip_parse(&b, "192.0.2.2"));
	ck_assert(!ip_equal(&a, &b));
	ck_assert(ip_parse(&b, "::192.0.2.1"));
	ck_assert(!ip_equal(&a, &b));
	ck_assert(!ip_equal(&a, &none));
}
END_TEST

START_TEST(reads_networks)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.7", "192.0.2.7" },
		{ "192.0.2.7/32", "192.0.2.7" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "192.0.2.128/25", "192.0.2.128/25" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "[::1]/128", "::1" },
		{ "[2001:db8::]/33", "2001:db8::/33" },
		{ "[::1]", "::1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "[192.0.2.0]/24", "192.0.2.0/24" },
		{ "[192.0.2.0/24]", "192.0.2.0/24" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 }, err = { 0 };
		struct cidr cidr;

		ck_assert_int_eq(cidr_parse(&cidr, cases[i].text, &err), 0);
		testing_eat(&err, "");
		cidr_print(&cidr, &out);
		testing_eat(&out, cases[i].printed);
	}
}
END_TEST

START_TEST(says_what_is_wrong_with_a_network)
{
	static const struct {
		const char *text, *err;
	} cases[] = {
		{ "", ": not an IP address or network" },
		{ "example.org", "example.org: not an IP address or network" },
		{ "192.0.2/24", "192.0.2/24: not an IP address or network" },
		{ "[192.0.2.1]x",
		    "[192.0.2.1]x: not an IP address or network" },
		{ "[192.0.2.0/24]/24",
		    "[192.0.2.0/24]/24: the mask must be a number from 0 to 32" },
		{ "[::1", "[::1: not an IP address or network" },
		{ "[", "[: not an IP address or network" },
		{ "::1]/128", "::1]/128: not an IP address or network" },
		{ "192.0.2.0/33",
		    "192.0.2.0/33: the mask must be a number from 0 to 32" },
		{ "192.0.2.0/",
		    "192.0.2.0/: the mask must be a number from 0 to 32" },
		{ "::/+1", "::/+1: the mask must be a number from 0 to 128" },
		{ "::/1000",
		    "::/1000: the mask must be a number from 0 to 128" },
		{ "192.0.2.7/24",
		    "192.0.2.7/24: bits are set behind the mask, did you mean "
		    "192.0.2.0/24?" },
		{ "[2001:db8::1]/64",
		    "[2001:db8::1]/64: bits are set behind the mask, did you "
		    "mean 2001:db8::/64?" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf err = { 0 };
		struct cidr cidr;

		ck_assert_int_eq(cidr_parse(&cidr, cases[i].text, &err), -1);
		testing_eat(&err, cases[i].err);
		ck_assert_int_eq(cidr.ip.family, 0);
	}
}
END_TEST

START_TEST(matches_what_is_inside)
{
	static const struct {
		const char *network, *address;
		bool match;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.64/26", "192.0.2.127", true },
		{ "192.0.2.64/26", "192.0.2.128", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "203.0.113.9", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf err = { 0 };
		struct cidr cidr;
		struct ip ip;

		ck_assert_int_eq(cidr_parse(&cidr, cases[i].network, &err), 0);
		ck_assert(ip_parse(&ip, cases[i].address));
		ck_assert_msg(cidr_match(&cidr, &ip) == cases[i].match,
		    "%s in %s", cases[i].address, cases[i].network);
	}
}
END_TEST

START_TEST(nothing_matches_no_address)
{
	struct cidr any = { 0 };
	struct ip none = { 0 };

	ck_assert(!cidr_match(&any, &none));
}
END_TEST

START_TEST(ipv4_in_ipv6_becomes_ipv4)
{
	static const struct {
		const char *text, *plain;
	} cases[] = {
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:201/128", "192.0.2.1" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "::/95", "::/95" },
		{ "::fffe:c000:201", "::fffe:c000:201" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf text = { 0 }, err = { 0 };
		struct cidr cidr;

		ck_assert_int_eq(cidr_parse(&cidr, cases[i].text, &err), 0);
		cidr_unmap(&cidr);
		if (cidr.prefix == 8 * ip_len(&cidr.ip))
			ip_unmap(&cidr.ip);
		cidr_print(&cidr, &text);
		testing_eat(&text, cases[i].plain);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cidr");
	TCase *tc = tcase_create("cidr");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_addresses_as_postfix_writes_them);
	tcase_add_test(tc, an_address_equals_only_itself);
	tcase_add_test(tc, reads_networks);
	tcase_add_test(tc, says_what_is_wrong_with_a_network);
	tcase_add_test(tc, matches_what_is_inside);
	tcase_add_test(tc, nothing_matches_no_address);
	tcase_add_test(tc, ipv4_in_ipv6_becomes_ipv4);
	return testing_run(suite);
}
