#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "testing.h"
#include "socket_address.h"

START_TEST(reads_a_unix_path)
{
	struct strbuf err = { 0 };
	struct socket_address sa;

	ck_assert_int_eq(socket_address_parse(&sa, "unix:/run/x y:z", &err), 0);
	ck_assert_int_eq(sa.sockaddr.ss_family, AF_UNIX);
	ck_assert_str_eq(socket_address_path(&sa), "/run/x y:z");
	ck_assert(socket_address_is_loopback(&sa));
}
END_TEST

START_TEST(reads_ipv4_and_ipv6)
{
	const struct sockaddr_in6 *in6;
	const struct sockaddr_in *in;
	struct strbuf err = { 0 };
	struct socket_address sa;

	ck_assert_int_eq(
	    socket_address_parse(&sa, "inet:127.0.0.9:10040", &err), 0);
	in = (const void *)&sa.sockaddr;
	ck_assert_int_eq(in->sin_family, AF_INET);
	ck_assert_int_eq(ntohs(in->sin_port), 10040);
	ck_assert_uint_eq(ntohl(in->sin_addr.s_addr), 0x7f000009);
	ck_assert_uint_eq(sa.len, sizeof *in);
	ck_assert(socket_address_is_loopback(&sa));
	ck_assert_ptr_null(socket_address_path(&sa));

	ck_assert_int_eq(
	    socket_address_parse(&sa, "inet:[2001:db8::1]:65535", &err), 0);
	in6 = (const void *)&sa.sockaddr;
	ck_assert_int_eq(in6->sin6_family, AF_INET6);
	ck_assert_int_eq(ntohs(in6->sin6_port), 65535);
	ck_assert(!socket_address_is_loopback(&sa));

	ck_assert_int_eq(socket_address_parse(&sa, "inet:[::1]:1", &err), 0);
	ck_assert(socket_address_is_loopback(&sa));
	ck_assert_int_eq(socket_address_parse(&sa, "inet:0.0.0.0:1", &err), 0);
	ck_assert(!socket_address_is_loopback(&sa));
}
END_TEST

START_TEST(says_what_is_wrong)
{
	static const struct {
		const char *text, *err;
	} cases[] = {
		{ "", ": not unix:PATH or inet:ADDRESS:PORT" },
		{ "/run/x", "/run/x: write unix:/run/x" },
		{ "unix:", "unix:: the path must begin with /" },
		{ "unix:private/x",
		    "unix:private/x: the path must begin with /" },
		{ "inet:10040",
		    "inet:10040: the port must be a number from 1 "
		    "to 65535" },
		{ "inet:127.0.0.1:0",
		    "inet:127.0.0.1:0: the port must be a "
		    "number from 1 to 65535" },
		{ "inet:127.0.0.1:65536",
		    "inet:127.0.0.1:65536: the port must "
		    "be a number from 1 to 65535" },
		{ "inet:127.0.0.1:",
		    "inet:127.0.0.1:: the port must be a "
		    "number from 1 to 65535" },
		{ "inet:localhost:7",
		    "inet:localhost:7: not an IP address "
		    "(write inet:127.0.0.1:7 or "
		    "inet:[::1]:7)" },
		{ "inet:::1:7",
		    "inet:::1:7: not an IP address (write "
		    "inet:127.0.0.1:7 or inet:[::1]:7)" },
		{ "inet:[127.0.0.1]:7",
		    "inet:[127.0.0.1]:7: not an IP address "
		    "(write inet:127.0.0.1:7 or "
		    "inet:[::1]:7)" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf err = { 0 };
		struct socket_address sa;

		ck_assert_int_eq(socket_address_parse(&sa, cases[i].text, &err),
		    -1);
		testing_eat(&err, cases[i].err);
	}
}
END_TEST

START_TEST(takes_a_path_of_107_bytes_and_no_more)
{
	char text[5 + 108 + 1] = "unix:/";
	struct strbuf err = { 0 };
	struct socket_address sa;

	memset(text + 6, 'a', 107);
	text[5 + 108] = '\0';
	ck_assert_int_eq(socket_address_parse(&sa, text, &err), -1);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&err),
	    ": the path has 108 bytes, a socket may have 107: use a shorter "
	    "one"));
	strbuf_free(&err);
	text[5 + 107] = '\0';
	ck_assert_int_eq(socket_address_parse(&sa, text, &err), 0);
	ck_assert_str_eq(socket_address_path(&sa), text + 5);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("socket_address");
	TCase *tc = tcase_create("socket_address");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_a_unix_path);
	tcase_add_test(tc, reads_ipv4_and_ipv6);
	tcase_add_test(tc, says_what_is_wrong);
	tcase_add_test(tc, takes_a_path_of_107_bytes_and_no_more);
	return testing_run(suite);
}
