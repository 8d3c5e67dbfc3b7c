#include "resolver_config.h"
#include "testing.h"

START_TEST(reads_where_to_ask)
{
	static const struct {
		const char *value;
		enum resolver_mode mode;
		size_t nservers, nzones;
	} good[] = {
		{ "system", RESOLVER_SYSTEM, 0, 0 },
		{ "recursive bl.test=127.0.0.1@5353", RESOLVER_RECURSIVE, 0,
		    1 },
		{ "192.0.2.1, 2001:db8::1@53 a.test=::1@1 b.test=192.0.2.9",
		    RESOLVER_SERVERS, 2, 2 },
		{ "fe80::1%eth0@53 0/25.2.0.192.in-addr.arpa.=192.0.2.1",
		    RESOLVER_SERVERS, 1, 1 },
		{ "bl.test=127.0.0.1@5353", RESOLVER_SYSTEM, 0, 1 },
	};
	static const char *const bad[] = { "syste", "ns.example", "127.0.0.1@",
		"127.0.0.1@70000", "127.0.0.1@-1", "system 127.0.0.1",
		"127.0.0.1 recursive", "=127.0.0.1", "bl.test=host",
		"127.0.0.1%eth0", "fe80::1%", "fe80::1%interfaces-are-short",
		"127.0.0.1@53@53", "a..b=127.0.0.1", ".=127.0.0.1",
		".bl.test=127.0.0.1", "a\\300.test=127.0.0.1",
		("a123456789b123456789c123456789d123456789e123456789f123456789"
		 "g123.test=127.0.0.1") };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct resolver_config config;
		struct strbuf err = { 0 };

		ck_assert_int_eq(
		    resolver_config_parse(&config, good[i].value, &err), 0);
		ck_assert_int_eq(config.mode, good[i].mode);
		ck_assert_uint_eq(config.nservers, good[i].nservers);
		ck_assert_uint_eq(config.nzones, good[i].nzones);
		resolver_config_free(&config);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct resolver_config config;
		struct strbuf err = { 0 };

		ck_assert_msg(resolver_config_parse(&config, bad[i], &err) ==
			-1,
		    "%s", bad[i]);
		ck_assert_str_ne(strbuf_str(&err), "");
		strbuf_free(&err);
		resolver_config_free(&config);
	}
}
END_TEST

START_TEST(reads_resolv_conf)
{
	struct resolver_config config = { 0 };

	resolver_config_system(&config,
	    "# nameserver 192.0.2.9\nsearch test\nnameserver\t192.0.2.1\n"
	    "nameserver fe80::1%eth0\nnameserver bad\nnameserver 192.0.2.2 \n"
	    "nameserver 192.0.2.3\n");
	ck_assert_uint_eq(config.nservers, 3);
	ck_assert_str_eq(config.servers[0], "192.0.2.1");
	ck_assert_str_eq(config.servers[1], "fe80::1%eth0");
	ck_assert_str_eq(config.servers[2], "192.0.2.2");
	resolver_config_system(&config, "search test\n");
	ck_assert_uint_eq(config.nservers, 1);
	ck_assert_str_eq(config.servers[0], "127.0.0.1");
	resolver_config_free(&config);
}
END_TEST

START_TEST(knows_public_resolvers)
{
	ck_assert(resolver_is_public("8.8.8.8"));
	ck_assert(resolver_is_public("9.9.9.11@53"));
	ck_assert(resolver_is_public("2606:4700:4700::64"));
	ck_assert(!resolver_is_public("127.0.0.1@53"));
	ck_assert(!resolver_is_public("192.0.2.1"));
	ck_assert(!resolver_is_public("fe80::1%eth0"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resolver_config");
	TCase *tc = tcase_create("resolver_config");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_where_to_ask);
	tcase_add_test(tc, reads_resolv_conf);
	tcase_add_test(tc, knows_public_resolvers);
	return testing_run(suite);
}
