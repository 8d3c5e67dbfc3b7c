#include "testing.h"
#include "dnsbl_health.h"
#include "testing_dns_answer.h"

static struct dnsbl_health h;
static time_t now;

static void
setup(void)
{
	now = 1000;
	dnsbl_health_init(&h, true, now);
}

static void
teardown(void)
{
	dnsbl_health_free(&h);
}

static bool
test(const char *listed, const char *unlisted, const char *zone)
{
	struct dns_answer *answers[] = { answer_of(listed), answer_of(unlisted),
		answer_of(zone) };
	struct dnsbl_test t = { answers[0], answers[1], NULL,
		"lists 127.0.0.1, which no list may" };
	bool has_changed;

	if (dnsbl_test_needs_zone(&t))
		t.zone = answers[2];
	has_changed = dnsbl_health_tested(&h, &t, ++now);
	for (size_t i = 0; i < 3; i++)
		dns_answer_release(answers[i]);
	return has_changed;
}

static bool
answered(const char *what)
{
	struct dns_answer *answer = answer_of(what);
	bool has_changed = dnsbl_health_answered(&h, answer, ++now);

	dns_answer_release(answer);
	return has_changed;
}

static bool
proved(const char *what)
{
	struct dns_answer *answer = answer_of(what);
	bool has_changed = dnsbl_health_proved(&h, answer, ++now);

	dns_answer_release(answer);
	return has_changed;
}

START_TEST(counts_for_nothing_before_its_first_test)
{
	ck_assert_int_eq(h.state, DNSBL_UNTESTED);
	ck_assert(!dnsbl_health_is_used(&h));
	ck_assert(test("127.0.0.2", "", ""));
	ck_assert_int_eq(h.state, DNSBL_OK);
	ck_assert(dnsbl_health_is_used(&h));
	ck_assert_int_eq(h.since, 1001);
	ck_assert(!test("127.0.0.2", "", ""));
	ck_assert_int_eq(h.since, 1001);
	ck_assert_int_eq(h.last_test, 1002);
}
END_TEST

START_TEST(is_judged_by_its_test)
{
	static const struct {
		const char *listed, *unlisted, *zone;
		enum dnsbl_state state;
		const char *reason;
	} cases[] = {
		{ "127.0.0.2", "", "", DNSBL_OK, "" },
		{ "127.0.0.10", "nodata", "", DNSBL_OK, "" },
		{ "", "", "nodata", DNSBL_UNTESTABLE, "has no test points" },
		{ "", "", "192.0.2.1", DNSBL_UNTESTABLE, "has no test points" },
		{ "", "", "", DNSBL_QUARANTINED, "the zone does not exist" },
		{ "127.0.0.2", "127.0.0.2", "", DNSBL_QUARANTINED,
		    "lists 127.0.0.1, which no list may" },
		{ "192.0.2.1", "192.0.2.1", "", DNSBL_QUARANTINED,
		    "answers 192.0.2.1, which is no listing" },
		{ "", "192.0.2.1", "", DNSBL_QUARANTINED,
		    "answers 192.0.2.1, which is no listing" },
		{ "127.255.255.254", "127.255.255.254", "", DNSBL_QUARANTINED,
		    "answers 127.255.255.254: refuses" },
		{ "127.0.0.1", "", "", DNSBL_QUARANTINED,
		    "answers 127.0.0.1, which is no listing" },
		{ "fail", "127.0.0.2", "", DNSBL_QUARANTINED,
		    "lists 127.0.0.1" },
		{ "fail", "fail", "", DNSBL_UNTESTED, "" },
		{ "127.0.0.2", "fail", "", DNSBL_UNTESTED, "" },
		{ "", "", "fail", DNSBL_UNTESTED, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		teardown();
		setup();
		test(cases[i].listed, cases[i].unlisted, cases[i].zone);
		ck_assert_msg(h.state == cases[i].state, "case %zu: %s", i,
		    dnsbl_state_name(h.state));
		ck_assert_msg(strncmp(strbuf_str(&h.reason), cases[i].reason,
				  strlen(cases[i].reason)) == 0,
		    "case %zu: %s", i, strbuf_str(&h.reason));
	}
}
END_TEST

START_TEST(a_list_without_test_points_is_used)
{
	test("", "", "nodata");
	ck_assert(dnsbl_health_is_used(&h));
}
END_TEST

START_TEST(a_test_without_answer_changes_nothing)
{
	test("127.0.0.2", "", "");
	ck_assert(!test("fail", "fail", ""));
	ck_assert_int_eq(h.state, DNSBL_OK);
	ck_assert(h.test_failed);
	test("127.0.0.2", "127.0.0.2", "");
	ck_assert(!test("fail", "", ""));
	ck_assert_int_eq(h.state, DNSBL_QUARANTINED);
}
END_TEST

START_TEST(a_good_test_ends_the_quarantine)
{
	test("127.0.0.2", "127.0.0.2", "");
	ck_assert(!dnsbl_health_is_used(&h));
	ck_assert(test("127.0.0.2", "", ""));
	ck_assert(dnsbl_health_is_used(&h));
	ck_assert_uint_eq(h.reason.len, 0);
}
END_TEST

START_TEST(ten_lookups_without_answer_make_it_suspect)
{
	test("127.0.0.2", "", "");
	for (int i = 0; i < 9; i++)
		ck_assert(!answered("fail"));
	ck_assert(!dnsbl_health_is_suspect(&h));
	answered("");
	for (int i = 0; i < 9; i++)
		answered("fail");
	ck_assert(!dnsbl_health_is_suspect(&h));
	answered("fail");
	ck_assert(dnsbl_health_is_suspect(&h));
	ck_assert_int_eq(h.state, DNSBL_OK);
	ck_assert(dnsbl_health_fails(&h, ++now));
	ck_assert_int_eq(h.state, DNSBL_FAILING);
	ck_assert_str_eq(strbuf_str(&h.reason),
	    "its last 10 lookups got no answer");
	ck_assert(!dnsbl_health_is_suspect(&h));
	ck_assert_uint_eq(h.failures, 19);
}
END_TEST

START_TEST(the_first_answer_ends_the_failing)
{
	test("127.0.0.2", "", "");
	for (int i = 0; i < 10; i++)
		answered("fail");
	dnsbl_health_fails(&h, ++now);
	ck_assert(!answered("fail"));
	ck_assert(answered(""));
	ck_assert_int_eq(h.state, DNSBL_OK);
}
END_TEST

START_TEST(a_first_test_without_answer_makes_it_suspect)
{
	test("fail", "fail", "");
	ck_assert(dnsbl_health_is_suspect(&h));
	dnsbl_health_fails(&h, ++now);
	ck_assert_str_eq(strbuf_str(&h.reason), "its first test got no answer");
	ck_assert(answered(""));
	ck_assert_int_eq(h.state, DNSBL_UNTESTED); /* to be tested at once */
}
END_TEST

START_TEST(a_refusal_is_enough)
{
	test("127.0.0.2", "", "");
	ck_assert(answered("127.255.255.254"));
	ck_assert_int_eq(h.state, DNSBL_QUARANTINED);
}
END_TEST

START_TEST(an_odd_answer_alone_is_not)
{
	test("127.0.0.2", "", "");
	ck_assert(!answered("192.0.2.1"));
	ck_assert_int_eq(h.state, DNSBL_OK);
}
END_TEST

START_TEST(a_proof_that_is_listed_quarantines)
{
	static const char *const answers[] = { "127.0.0.2", "192.0.2.1",
		"127.255.255.255" };

	for (size_t i = 0; i < 3; i++) {
		test("127.0.0.2", "", "");
		ck_assert(proved(answers[i]));
		ck_assert_int_eq(h.state, DNSBL_QUARANTINED);
	}
	test("127.0.0.2", "", "");
	ck_assert(!proved(""));
	ck_assert(!proved("fail"));
	ck_assert_int_eq(h.state, DNSBL_OK);
}
END_TEST

START_TEST(a_zone_that_seems_gone_may_prove_otherwise)
{
	test("", "", "");
	ck_assert_int_eq(h.state, DNSBL_QUARANTINED);
	ck_assert(dnsbl_health_is_used(&h));
	ck_assert(proved(""));
	ck_assert_int_eq(h.state, DNSBL_UNTESTABLE);
	test("", "", "");
	test("127.0.0.2", "127.0.0.2", "");
	ck_assert(!dnsbl_health_is_used(&h));
}
END_TEST

START_TEST(an_unwatched_list_is_never_quarantined)
{
	dnsbl_health_free(&h);
	dnsbl_health_init(&h, false, now);
	ck_assert_int_eq(h.state, DNSBL_UNWATCHED);
	ck_assert(!answered("127.255.255.254"));
	for (int i = 0; i < 10; i++)
		answered("fail");
	dnsbl_health_fails(&h, ++now);
	ck_assert(answered("127.0.0.2"));
	ck_assert_int_eq(h.state, DNSBL_UNWATCHED);
}
END_TEST

START_TEST(knows_its_latency)
{
	struct latency l = { { 0 }, 0 };

	ck_assert_uint_eq(latency_percentile(&l, 50), 0);
	for (int i = 0; i < 98; i++)
		latency_add(&l, 7);
	latency_add(&l, 5000);
	latency_add(&l, 100000);
	ck_assert_uint_eq(latency_percentile(&l, 50), 7);
	ck_assert_uint_eq(latency_percentile(&l, 98), 7);
	ck_assert_uint_ge(latency_percentile(&l, 99), 5000);
	ck_assert_uint_le(latency_percentile(&l, 99), 5500);
	for (int i = 0; i < 100000; i++)
		latency_add(&l, 20);
	ck_assert_uint_eq(latency_percentile(&l, 99), 20);
	ck_assert_uint_le(l.total, 10000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_health");
	TCase *tc = tcase_create("dnsbl_health");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_for_nothing_before_its_first_test);
	tcase_add_test(tc, is_judged_by_its_test);
	tcase_add_test(tc, a_list_without_test_points_is_used);
	tcase_add_test(tc, a_test_without_answer_changes_nothing);
	tcase_add_test(tc, a_good_test_ends_the_quarantine);
	tcase_add_test(tc, ten_lookups_without_answer_make_it_suspect);
	tcase_add_test(tc, the_first_answer_ends_the_failing);
	tcase_add_test(tc, a_first_test_without_answer_makes_it_suspect);
	tcase_add_test(tc, a_refusal_is_enough);
	tcase_add_test(tc, an_odd_answer_alone_is_not);
	tcase_add_test(tc, a_proof_that_is_listed_quarantines);
	tcase_add_test(tc, a_zone_that_seems_gone_may_prove_otherwise);
	tcase_add_test(tc, an_unwatched_list_is_never_quarantined);
	tcase_add_test(tc, knows_its_latency);
	return testing_run(suite);
}
