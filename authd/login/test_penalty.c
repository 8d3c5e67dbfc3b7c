#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cidr.h"
#include "penalty.h"
#include "testing.h"

#define BASE 2000

static struct source
from(const char *address)
{
	struct ip ip;

	ck_assert(ip_parse(&ip, address));
	return source_of(&ip);
}

static long
delay_of(struct penalty *penalty, const char *user, const char *address,
    long now)
{
	struct source source = from(address);

	return penalty_failed(penalty, user, &source, BASE, now);
}

START_TEST(the_first_failure_costs_the_base)
{
	struct penalty *penalty = penalty_new();

	ck_assert_int_eq(delay_of(penalty, "u@r", "192.0.2.1", 0), BASE);
	ck_assert_int_eq(delay_of(penalty, "v@r", "192.0.2.2", 0), BASE);
	penalty_free(penalty);
}
END_TEST

START_TEST(an_address_that_fails_often_waits_up_to_twice_as_long)
{
	struct penalty *penalty = penalty_new();
	char user[16];
	long delay = 0, before = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(user, sizeof user, "u%d@r", i);
		delay = delay_of(penalty, user, "192.0.2.1", 0);
		ck_assert_int_ge(delay, before);
		before = delay;
	}
	ck_assert_int_eq(delay, 2 * BASE);
	ck_assert_int_eq(delay_of(penalty, "a@r", "192.0.2.2", 0), BASE);
	/* an hour later it is nearly forgotten */
	ck_assert_int_lt(delay_of(penalty, "b@r", "192.0.2.1", 3600000),
	    BASE + BASE / 10);
	penalty_free(penalty);
}
END_TEST

START_TEST(a_network_of_ipv6_counts_as_one)
{
	struct penalty *penalty = penalty_new();
	char address[32];
	long delay = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(address, sizeof address, "2001:db8::%x", i + 1);
		delay = delay_of(penalty, "u@r", address, 0);
	}
	ck_assert_int_eq(delay, 2 * BASE);
	ck_assert_int_eq(delay_of(penalty, "v@r", "2001:db8:0:1::1", 0), BASE);
	penalty_free(penalty);
}
END_TEST

/* A failure of another user from the n-th /64 of a /48. */
static long
hop(struct penalty *penalty, int n)
{
	char address[32], user[16];

	snprintf(address, sizeof address, "2001:db8:0:%x::1", n);
	snprintf(user, sizeof user, "u%d@r", n);
	return delay_of(penalty, user, address, 0);
}

START_TEST(who_hops_between_networks_of_a_site_is_slowed)
{
	struct penalty *penalty = penalty_new();
	struct source home = from("2001:db8:0:ffff::1");

	penalty_succeeded(penalty, "known@r", &home, 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(hop(penalty, i), BASE);
	ck_assert_int_gt(hop(penalty, 10), BASE);
	for (int i = 11; i < 100; i++)
		hop(penalty, i);
	ck_assert_int_eq(hop(penalty, 100), 2 * BASE);
	ck_assert_int_eq(delay_of(penalty, "known@r", "2001:db8:0:ffff::2", 0),
	    BASE);
	ck_assert_int_eq(delay_of(penalty, "u@r", "2001:db8:1::1", 0), BASE);
	penalty_free(penalty);
}
END_TEST

START_TEST(a_user_with_an_old_password_does_not_slow_his_neighbours)
{
	struct penalty *penalty = penalty_new();
	struct source home = from("2001:db8::1");

	penalty_succeeded(penalty, "known@r", &home, 0);
	for (int i = 0; i < 100; i++)
		delay_of(penalty, "known@r", "2001:db8::1", 0);
	ck_assert_int_eq(hop(penalty, 1), BASE);
	penalty_free(penalty);
}
END_TEST

START_TEST(an_account_under_attack_is_slow_for_strangers_only)
{
	struct penalty *penalty = penalty_new();
	struct source home = from("198.51.100.7");
	char address[32];

	penalty_succeeded(penalty, "u@r", &home, 0);
	ck_assert(penalty_is_known(penalty, "u@r", &home, 0));
	ck_assert(!penalty_is_known(penalty, "v@r", &home, 0));
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof address, "192.0.2.%d", i);
		delay_of(penalty, "u@r", address, 0);
	}
	ck_assert_int_eq(penalty_of_stranger(penalty, "u@r", BASE, 0),
	    2 * BASE);
	ck_assert_int_eq(penalty_of_stranger(penalty, "v@r", BASE, 0), BASE);
	ck_assert_int_eq(delay_of(penalty, "u@r", "203.0.113.1", 0), 2 * BASE);
	ck_assert_int_eq(delay_of(penalty, "u@r", "198.51.100.7", 0), BASE);
	ck_assert_int_eq(delay_of(penalty, "v@r", "203.0.113.2", 0), BASE);
	penalty_free(penalty);
}
END_TEST

/* Each failure is from another address, so none of those grows. */
START_TEST(a_user_may_mistype_five_times)
{
	struct penalty *penalty = penalty_new();
	char address[32];
	long delay;

	for (int i = 1; i <= 6; i++) {
		snprintf(address, sizeof address, "192.0.2.%d", i);
		delay = delay_of(penalty, "u@r", address, 0);
		if (i <= 5)
			ck_assert_int_eq(delay, BASE);
		else
			ck_assert_int_gt(delay, BASE);
	}
	penalty_free(penalty);
}
END_TEST

START_TEST(without_an_address_nothing_grows)
{
	struct penalty *penalty = penalty_new();
	struct source nowhere = { 0 };

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(
		    penalty_failed(penalty, "u@r", &nowhere, BASE, 0), BASE);
	penalty_free(penalty);
}
END_TEST

START_TEST(a_million_addresses_do_not_hide_a_guesser_nor_forget_a_user)
{
	struct penalty *penalty = penalty_new();
	struct source home = from("198.51.100.7");
	struct source source = { .family = 4 };

	penalty_succeeded(penalty, "u@r", &home, 0);
	for (int i = 0; i < 20; i++)
		delay_of(penalty, "u@r", "192.0.2.1", 0);
	for (unsigned i = 0; i < 1000000; i++) {
		memcpy(source.bytes, &i, sizeof i);
		penalty_failed(penalty, "u@r", &source, BASE, 1);
	}
	ck_assert(penalty_is_known(penalty, "u@r", &home, 1));
	ck_assert_int_eq(delay_of(penalty, "x@r", "192.0.2.1", 2), 2 * BASE);
	penalty_free(penalty);
}
END_TEST

START_TEST(says_who_is_slowed)
{
	struct penalty *penalty = penalty_new();
	struct strbuf out = { 0 };

	for (int i = 0; i < 21; i++)
		delay_of(penalty, "u@r", "192.0.2.1", 0);
	penalty_print(penalty, BASE, 0, &out);
	testing_eat(&out,
	    "address 192.0.2.1 failures=21 delay_ms=4000\n"
	    "addresses that fail often: 1\n"
	    "networks that fail often, slowed where users never logged in: "
	    "0\n"
	    "user u@r failures=21 delay_ms=4000\n"
	    "users under attack, slowed where they never logged in: 1\n");
	for (int i = 0; i < 100; i++)
		hop(penalty, i);
	penalty_print(penalty, BASE, 0, &out);
	testing_eat(&out,
	    "address 192.0.2.1 failures=21 delay_ms=4000\n"
	    "addresses that fail often: 1\n"
	    "network 2001:db8::/48 failures=100 delay_ms=4000\n"
	    "networks that fail often, slowed where users never logged in: "
	    "1\n"
	    "user u@r failures=21 delay_ms=4000\n"
	    "users under attack, slowed where they never logged in: 1\n");
	penalty_free(penalty);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("penalty");
	TCase *tc = tcase_create("penalty");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, the_first_failure_costs_the_base);
	tcase_add_test(tc,
	    an_address_that_fails_often_waits_up_to_twice_as_long);
	tcase_add_test(tc, a_network_of_ipv6_counts_as_one);
	tcase_add_test(tc, who_hops_between_networks_of_a_site_is_slowed);
	tcase_add_test(tc,
	    a_user_with_an_old_password_does_not_slow_his_neighbours);
	tcase_add_test(tc, an_account_under_attack_is_slow_for_strangers_only);
	tcase_add_test(tc, a_user_may_mistype_five_times);
	tcase_add_test(tc, without_an_address_nothing_grows);
	tcase_add_test(tc,
	    a_million_addresses_do_not_hide_a_guesser_nor_forget_a_user);
	tcase_add_test(tc, says_who_is_slowed);
	return testing_run(suite);
}
