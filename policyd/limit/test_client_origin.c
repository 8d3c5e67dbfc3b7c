/*
 * Whose a client is, also when many others were asked about in between.
 */
#include "arena.h"
#include "client_origin.h"
#include "mem.h"
#include "testing.h"

static struct arena arena;

static void
teardown(void)
{
	arena_free(&arena);
}

static const char *
origin_of(const char *name, const char *address)
{
	struct request request;

	request_init(&request);
	request.client_name = name;
	request.client_address = address;
	request_complete(&request);
	return client_origin(&request, &arena);
}

static const struct {
	const char *name, *address, *origin;
} clients[] = {
	{ "mx1.Mail.Example.co.uk", "192.0.2.1", "example.co.uk" },
	{ "example.com", "192.0.2.1", "example.com" },
	{ "co.uk", "192.0.2.1", "192.0.2.0/24" },
	{ "co.uk", "198.51.100.1", "198.51.100.0/24" },
	{ "localhost", "127.0.0.1", "127.0.0.0/24" },
	{ "unknown", "192.0.2.77", "192.0.2.0/24" },
	{ "unknown", "198.51.100.77", "198.51.100.0/24" },
	{ "", "2001:db8:1:2::3", "2001:db8:1::/48" },
	{ "", "2001:db8:2:2::3", "2001:db8:2::/48" },
	{ "unknown", "::ffff:192.0.2.77", "192.0.2.0/24" },
	{ "unknown", "", NULL },
};

#define N(array) (sizeof array / sizeof((array)[0]))

static void
expect_all(void)
{
	for (size_t i = 0; i < N(clients); i++) {
		const char *origin =
		    origin_of(clients[i].name, clients[i].address);

		if (clients[i].origin == NULL)
			ck_assert_ptr_null(origin);
		else
			ck_assert_str_eq(origin, clients[i].origin);
	}
}

START_TEST(it_is_that_client_s_each_time)
{
	expect_all();
	expect_all();
}
END_TEST

START_TEST(it_is_his_after_more_than_can_be_remembered)
{
	expect_all();
	for (unsigned i = 0; i < 20000; i++) {
		char *name = xasprintf("mx.c%u.example.com", i);

		ck_assert_str_eq(origin_of(name, "192.0.2.1"), "example.com");
		free(name);
		arena_reset(&arena);
	}
	expect_all();
}
END_TEST

START_TEST(clients_without_a_name_are_told_apart)
{
	for (unsigned i = 0; i < 2 * 65536; i++) {
		unsigned net = i % 65536;
		char *address = xasprintf("10.%u.%u.7", net / 256, net % 256);
		char *origin = xasprintf("10.%u.%u.0/24", net / 256, net % 256);

		ck_assert_str_eq(origin_of("unknown", address), origin);
		free(origin);
		free(address);
		arena_reset(&arena);
	}
}
END_TEST

START_TEST(a_name_may_be_too_long_to_remember)
{
	static char name[1000];

	memset(name, 'a', sizeof name - 1);
	memcpy(name + sizeof name - 13, ".Example.com", 13);
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(origin_of(name, "192.0.2.1"), "example.com");
}
END_TEST

START_TEST(it_lasts_as_long_as_the_arena)
{
	const char *first = origin_of("mx.example.com", "192.0.2.1");
	const char *again = origin_of("mx.example.com", "192.0.2.1");

	for (unsigned i = 0; i < 20000; i++) {
		char *name = xasprintf("mx.c%u.example.net", i);

		origin_of(name, "192.0.2.1");
		free(name);
	}
	ck_assert_str_eq(first, "example.com");
	ck_assert_str_eq(again, "example.com");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_origin");
	TCase *tcase = tcase_create("client_origin");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, it_is_that_client_s_each_time);
	tcase_add_test(tcase, it_is_his_after_more_than_can_be_remembered);
	tcase_add_test(tcase, clients_without_a_name_are_told_apart);
	tcase_add_test(tcase, a_name_may_be_too_long_to_remember);
	tcase_add_test(tcase, it_lasts_as_long_as_the_arena);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
