/*
 * Whether DNS lists fail or the resolver.
 */
#include "testing_dnsbl.h"

static bool
resolver_is_blamed(void)
{
	struct strbuf out = { 0 };
	bool is_blamed;

	dnsbls_describe(dnsbls, &out);
	is_blamed = strstr(strbuf_str(&out), "it is the resolver") != NULL;
	strbuf_free(&out);
	return is_blamed;
}

/* It takes a moment. */
static void
judge(void)
{
	while (evtimer_pending(dnsbls->judge.timer, NULL))
		event_base_loop(base, EVLOOP_ONCE);
}

/* Ask two lists that give no answer until the resolver is blamed for it. */
static void
ask_in_vain(struct dnsbl_site *a, struct dnsbl_site *b)
{
	char label[20];

	say(".bl.a", DNS_A, "fail");
	say(".bl.b", DNS_A, "fail");
	for (int i = 0; i < 10; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ask_site(a, label);
		ask_site(b, label);
	}
	ck_assert(!resolver_is_blamed());
	judge();
	ck_assert(resolver_is_blamed());
}

START_TEST(a_list_with_a_server_of_its_own_does_not_speak_for_the_resolver)
{
	struct dnsbl_site *a, *b, *own;

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	b = site("bl.b", DNSBL_BLOCKS);
	own = site("bl.own", DNSBL_BLOCKS);
	ask_in_vain(a, b);
	ask_site(own, "1.1.1.1");
	ck_assert(resolver_is_blamed());
	say(".bl.b", DNS_A, "");
	ask_site(b, "1.1.1.2");
	ck_assert(!resolver_is_blamed());
}
END_TEST

/* As the machine's only list does, when it closes. */
START_TEST(a_lone_list_that_fails_is_at_fault_itself)
{
	struct dnsbl_site *s;
	char label[20];

	start();
	s = site("bl.a", DNSBL_BLOCKS);
	say(".bl.a", DNS_A, "fail");
	for (int i = 0; i < 10; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ask_site(s, label);
	}
	judge();
	ck_assert(!resolver_is_blamed());
	ck_assert_ptr_nonnull(strstr(ask_site(s, "1.1.1.1").why, "failing"));
}
END_TEST

START_TEST(the_blame_ends_when_most_lists_answer)
{
	static const char *const good[] = { "bl.c", "bl.d", "bl.e" };
	struct dnsbl_site *a, *b;

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	b = site("bl.b", DNSBL_BLOCKS);
	ask_in_vain(a, b);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ask_site(site(good[i], DNSBL_BLOCKS), "1.1.1.1");
	ask_site(a, "1.1.1.2");
	judge();
	ck_assert(!resolver_is_blamed());
	ck_assert_ptr_nonnull(strstr(ask_site(a, "1.1.1.3").why, "failing"));
}
END_TEST

/* The same servers answer for its addresses and its names. */
START_TEST(a_zone_counts_once_whatever_it_lists)
{
	struct dnsbl_site *a, *names;
	char label[20];

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	names = site("bl.a", DNSBL_BLOCKS_NAMES);
	ask_site(site("bl.b", DNSBL_BLOCKS), "1.1.1.1");
	say(".bl.a", DNS_A, "fail");
	for (int i = 0; i < 10; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ask_site(a, label);
		ask_kind(names, DNSBL_NAME, label);
	}
	judge();
	ck_assert(!resolver_is_blamed());
	ck_assert_ptr_nonnull(strstr(ask_site(a, "1.1.1.1").why, "failing"));
}
END_TEST

START_TEST(lists_that_were_not_asked_lately_do_not_speak_for_the_resolver)
{
	static const char *const good[] = { "bl.c", "bl.d", "bl.e" };
	struct dnsbl_site *a, *b;

	testing_clock_begin();
	start();
	a = site("bl.a", DNSBL_BLOCKS);
	b = site("bl.b", DNSBL_BLOCKS);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ask_site(site(good[i], DNSBL_BLOCKS), "1.1.1.1");
	testing_clock_pass(61000);
	ask_in_vain(a, b);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_judge");
	TCase *tc = tcase_create("dnsbl_judge");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_list_with_a_server_of_its_own_does_not_speak_for_the_resolver);
	tcase_add_test(tc, a_lone_list_that_fails_is_at_fault_itself);
	tcase_add_test(tc, the_blame_ends_when_most_lists_answer);
	tcase_add_test(tc, a_zone_counts_once_whatever_it_lists);
	tcase_add_test(tc,
	    lists_that_were_not_asked_lately_do_not_speak_for_the_resolver);
	return testing_run(suite);
}
