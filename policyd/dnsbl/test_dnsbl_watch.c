/*
 * Tests of DNS lists at intervals, and what the watch tells.
 */
#include "testing_dnsbl.h"

/* It takes a moment. */
static void
judge(void)
{
	while (evtimer_pending(dnsbls->judge.timer, NULL))
		event_base_loop(base, EVLOOP_ONCE);
}

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

static struct dnsbl_shared shared;
static struct dnsbl_list list;
static unsigned ntested, nsuspect, nanswers;

static void
on_tested(void *arg, struct dnsbl_list *which)
{
	ck_assert_ptr_eq(arg, &shared);
	ck_assert_ptr_eq(which, &list);
	ntested++;
}

static void
on_suspect(void *arg, struct dnsbl_list *which)
{
	ck_assert_ptr_eq(arg, &shared);
	ck_assert_ptr_eq(which, &list);
	nsuspect++;
}

static void
on_answers(void *arg, struct dnsbl_list *which)
{
	ck_assert_ptr_eq(arg, &shared);
	ck_assert_ptr_eq(which, &list);
	nanswers++;
}

/* A list that nobody owns, under watch. */
static void
watch_alone(void)
{
	static const struct dnsbl_watch_listener listener = { on_tested,
		on_suspect, on_answers, &shared };
	static char zone[] = "bl.test";

	ntested = nsuspect = nanswers = 0;
	shared = (struct dnsbl_shared){ .base = base,
		.dns = dns,
		.options = options };
	list = (struct dnsbl_list){ .shared = &shared, .zone = zone };
	dnsbl_health_init(&list.health, true, clock_now());
	list.watch = dnsbl_watch_new(&list, &listener);
	dnsbl_watch_start(list.watch);
	event_base_loop(base, EVLOOP_NONBLOCK); /* its first test */
}

static void
end_watch(void)
{
	dnsbl_watch_free(list.watch);
	dnsbl_health_free(&list.health);
}

static void
answered(const char *what)
{
	struct dns_answer *answer = answer_of(what);

	dnsbl_watch_answered(list.watch, answer);
	dns_answer_release(answer);
}

START_TEST(tells_that_a_test_has_ended)
{
	watch_alone();
	ck_assert_uint_eq(ntested, 1);
	ck_assert_int_eq(list.health.state, DNSBL_OK);
	ck_assert_uint_eq(nsuspect + nanswers, 0);
	end_watch();
}
END_TEST

START_TEST(tells_of_a_first_test_without_answer)
{
	say("2.0.0.127.bl", DNS_A, "fail");
	watch_alone();
	ck_assert_uint_eq(ntested, 1);
	ck_assert_uint_eq(nsuspect, 1);
	end_watch();
}
END_TEST

START_TEST(tells_of_a_suspect_and_that_it_answers_again)
{
	watch_alone();
	for (int i = 1; i < DNSBL_FAILURES_MAX; i++)
		answered("fail");
	ck_assert_uint_eq(nsuspect, 0);
	answered("fail");
	ck_assert_uint_eq(nsuspect, 1);
	answered("fail");
	ck_assert_uint_eq(nsuspect, 2);
	answered("unasked");
	ck_assert_uint_eq(nsuspect, 2);
	answered("");
	ck_assert_uint_eq(nanswers, 1);
	answered("");
	ck_assert_uint_eq(nanswers, 1);
	end_watch();
}
END_TEST

START_TEST(only_a_suspect_can_be_blamed)
{
	watch_alone();
	dnsbl_watch_blame(list.watch);
	ck_assert_int_eq(list.health.state, DNSBL_OK);
	for (int i = 0; i < DNSBL_FAILURES_MAX; i++)
		answered("fail");
	dnsbl_watch_blame(list.watch);
	ck_assert_int_eq(list.health.state, DNSBL_FAILING);
	end_watch();
}
END_TEST

START_TEST(a_failing_list_is_probed_until_it_answers)
{
	watch_alone();
	for (int i = 0; i < DNSBL_FAILURES_MAX; i++)
		answered("fail");
	dnsbl_watch_blame(list.watch);
	ck_assert_int_eq(list.health.state, DNSBL_FAILING);
	while (list.health.state == DNSBL_FAILING)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(list.health.state, DNSBL_OK);
	end_watch();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_watch");
	TCase *tc = tcase_create("dnsbl_watch");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_list_is_not_blamed_for_what_it_was_not_asked);
	tcase_add_test(tc,
	    a_list_is_tested_at_intervals_and_a_bad_one_each_minute);
	tcase_add_test(tc, an_allow_list_that_fails_is_no_list_without_entries);
	tcase_add_test(tc, tells_that_a_test_has_ended);
	tcase_add_test(tc, tells_of_a_first_test_without_answer);
	tcase_add_test(tc, tells_of_a_suspect_and_that_it_answers_again);
	tcase_add_test(tc, only_a_suspect_can_be_blamed);
	tcase_add_test(tc, a_failing_list_is_probed_until_it_answers);
	return testing_run(suite);
}
