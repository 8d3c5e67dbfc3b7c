/*
 * Tests of DNS lists at intervals, and whether a list fails or the resolver.
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
	while (evtimer_pending(dnsbls->judge, NULL))
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

START_TEST(a_list_is_not_blamed_for_what_it_was_not_asked)
{
	struct dnsbl_site *a;
	char label[20];

	start();
	a = site("bl.a", DNSBL_BLOCKS);
	say(".bl.a", DNS_A, "unasked");
	for (int i = 0; i < 20; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ck_assert_int_eq(ask_site(a, label).result, DNSBL_FAILED);
	}
	event_base_loopexit(base, &(struct timeval){ .tv_sec = 1 });
	event_base_dispatch(base);
	say(".bl.a", DNS_A, "");
	say("1.1.1.2.bl.a", DNS_A, "127.0.0.2");
	ck_assert_int_eq(ask_site(a, "1.1.1.2").result, DNSBL_LISTED);
}
END_TEST

/* When the test after this one is due, in seconds from now. */
static time_t
time_to_next_test(const struct dnsbl_site *s)
{
	return dnsbl_watch_next_test(s->lists[DNSBL_IP4]->watch) - clock_now();
}

START_TEST(a_list_is_tested_at_intervals_and_a_bad_one_each_minute)
{
	testing_clock_begin();
	start();
	ck_assert_int_eq(time_to_next_test(site("bl.test", DNSBL_BLOCKS)),
	    1800);
	say("1.0.0.127.bl", DNS_A, "127.0.0.2");
	ck_assert_int_eq(time_to_next_test(site("bad.bl.test", DNSBL_BLOCKS)),
	    60);
	options.test_interval = 30;
	dnsbls_configure(dnsbls, &dns, &options);
	ck_assert_int_eq(time_to_next_test(site("third.bl.test", DNSBL_BLOCKS)),
	    30);
}
END_TEST

/* Who may be on it must not be bounced meanwhile; what it says when it is
 * wrong counts for nobody. */
START_TEST(an_allow_list_that_fails_is_no_list_without_entries)
{
	struct dnsbl_site *s;
	char label[20];

	start();
	s = site("bl.a", DNSBL_ALLOWS);
	say(".bl.a", DNS_A, "fail");
	for (int i = 0; i < 10; i++) {
		snprintf(label, sizeof label, "%d.1.1.1", i);
		ask_site(s, label);
	}
	judge();
	ck_assert_ptr_nonnull(strstr(ask_site(s, "1.1.1.1").why, "failing"));
	ck_assert_int_eq(ask_site(s, "1.1.1.1").result, DNSBL_FAILED);
	say(".bl.b", DNS_A, "127.0.0.2"); /* its test points, too */
	s = site("bl.b", DNSBL_ALLOWS);
	ck_assert_int_eq(ask_site(s, "1.1.1.1").result, DNSBL_NOT_LISTED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_watch");
	TCase *tc = tcase_create("dnsbl_watch");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_list_with_a_server_of_its_own_does_not_speak_for_the_resolver);
	tcase_add_test(tc, a_lone_list_that_fails_is_at_fault_itself);
	tcase_add_test(tc, the_blame_ends_when_most_lists_answer);
	tcase_add_test(tc, a_list_is_not_blamed_for_what_it_was_not_asked);
	tcase_add_test(tc,
	    a_list_is_tested_at_intervals_and_a_bad_one_each_minute);
	tcase_add_test(tc, an_allow_list_that_fails_is_no_list_without_entries);
	return testing_run(suite);
}
