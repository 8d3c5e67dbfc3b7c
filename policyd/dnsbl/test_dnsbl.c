#include "testing_dnsbl.h"

START_TEST(answers_with_text_and_address)
{
	struct got got;

	start();
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	ck_assert_str_eq(got.text, "listed");
	ck_assert_str_eq(got.why, "127.0.0.2");
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "5.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(a_filter_picks_answers)
{
	struct got got;

	start();
	got = ask_site(site("bl.test=127.0.0.[3..9]", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	got = ask_site(site("bl.test=127.0.0.2", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
}
END_TEST

/* What becomes of a hit when the list's first test runs. */
static struct got
ask_new_list(enum dnsbl_use use)
{
	struct strbuf err = { 0 };
	struct conf_origin origin = { "policyd.cf", 7 };
	struct got got = { 0 }, unlisted;
	struct dnsbl_site *s;

	start();
	s = dnsbl_site_parse(dnsbls, "bl.test", use, origin, &err);
	unlisted = ask_site(s, "5.3.2.1");
	ck_assert_int_eq(unlisted.result, DNSBL_NOT_LISTED);
	dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got);
	ck_assert_int_eq(got.calls, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(got.calls, 1);
	return got;
}

START_TEST(a_hit_waits_for_the_first_test)
{
	ck_assert_int_eq(ask_new_list(DNSBL_BLOCKS).result, DNSBL_LISTED);
}
END_TEST

START_TEST(a_list_that_fails_its_first_test_lists_nobody)
{
	struct got got;

	say("1.0.0.127.bl", DNS_A, "127.0.0.2");
	got = ask_new_list(DNSBL_BLOCKS);
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	ck_assert_ptr_nonnull(strstr(got.why, "quarantined"));
}
END_TEST

START_TEST(a_list_whose_first_test_is_not_answered_does_not_count_yet)
{
	say("2.0.0.127.bl", DNS_A, "fail");
	say("1.0.0.127.bl", DNS_A, "fail");
	ck_assert_int_eq(ask_new_list(DNSBL_BLOCKS).result, DNSBL_NOT_LISTED);
	dnsbls_free(dnsbls);
	ck_assert_int_eq(ask_new_list(DNSBL_ALLOWS).result, DNSBL_FAILED);
}
END_TEST

START_TEST(who_does_not_wait_for_the_first_test_is_forgotten)
{
	struct strbuf err = { 0 };
	struct conf_origin origin = { "policyd.cf", 7 };
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = dnsbl_site_parse(dnsbls, "bl.test", DNSBL_BLOCKS, origin, &err);
	dnsbl_cancel(dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got));
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(got.calls, 0);
}
END_TEST

START_TEST(nobody_waits_for_a_first_test_that_a_reload_took_away)
{
	struct strbuf err = { 0 };
	struct conf_origin origin = { "policyd.cf", 7 };
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = dnsbl_site_parse(dnsbls, "bl.test", DNSBL_BLOCKS, origin, &err);
	dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got);
	ck_assert_int_eq(got.calls, 0);
	options.untested = "bl.test";
	dnsbls_configure(dnsbls, &dns, &options);
	ck_assert_int_eq(got.calls, 1);
	ck_assert_int_eq(got.result, DNSBL_LISTED);
}
END_TEST

START_TEST(strict_counts_listings_only)
{
	static const struct {
		const char *answer;
		bool strict_counts;
	} cases[] = { { "127.0.0.2", true }, { "127.1.2.3", true },
		{ "127.0.0.1", false }, { "192.0.2.1", false },
		{ "127.255.255.254", false } };

	for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
		const char *answer = cases[i / 2].answer;
		struct got got;

		options.strict = i % 2 == 0;
		options.test_interval = 0;
		start();
		say("9.bl", DNS_A, answer);
		got = ask_site(site("bl.test", DNSBL_BLOCKS), "9.9.9.9");
		ck_assert_msg((got.result == DNSBL_LISTED) ==
			(!options.strict || cases[i / 2].strict_counts),
		    "%s", answer);
		dnsbls_free(dnsbls);
	}
	start();
}
END_TEST

START_TEST(without_tests_it_is_as_in_postfix)
{
	struct got got;

	options.strict = false;
	options.test_interval = 0;
	start();
	nasked = 0;
	say("test", DNS_A, "192.0.2.1");
	got = ask_site(site("any.test", DNSBL_BLOCKS), "9.9.9.9");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	ck_assert_uint_eq(nasked, 2); /* address, text */
	say("test", DNS_A, "fail");
	for (int i = 0; i < 20; i++)
		got = ask_site(site("any.test", DNSBL_BLOCKS), "9.9.9.9");
	ck_assert_int_eq(got.result, DNSBL_FAILED);
	ck_assert_str_eq(got.why, "SERVFAIL");
}
END_TEST

START_TEST(an_untested_list_may_hold_the_test_net)
{
	options.untested = "x.test, BL.test";
	start();
	say(".bl", DNS_A, "127.0.0.2");
	ck_assert_int_eq(
	    ask_site(site("bl.test", DNSBL_BLOCKS), "9.9.9.9").result,
	    DNSBL_LISTED);
}
END_TEST

START_TEST(names_have_test_points_of_their_own)
{
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	say("spam.example.bl", DNS_A, "127.0.0.2");
	s = site("bl.test", DNSBL_BLOCKS_NAMES);
	dnsbl_ask(s, DNSBL_NAME, "Spam.Example", on_answer, &got);
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	dnsbl_ask(s, DNSBL_NAME, "ham.example", on_answer, &got);
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(who_is_on_no_list_is_not_looked_up_again)
{
	struct dnsbl_site *first, *second, *again;

	start();
	first = site("bl.test", DNSBL_BLOCKS);
	second = site("more.bl.test", DNSBL_BLOCKS);
	nasked = 0;
	ask_site(first, "5.3.2.1");
	ck_assert_uint_eq(nasked, 1);
	ask_site(first, "5.3.2.1");
	ck_assert_uint_eq(nasked, 1);
	ask_site(second, "5.3.2.1"); /* what another list said is no matter */
	ck_assert_uint_eq(nasked, 2);
	ask_site(second, "5.3.2.1");
	ck_assert_uint_eq(nasked, 2);
	dnsbls_flush(dnsbls);
	ask_site(second, "5.3.2.1");
	ck_assert_uint_eq(nasked, 3);

	/* A list that goes takes along what it said. */
	dnsbl_site_release(first);
	again = site("other.bl.test", DNSBL_BLOCKS);
	nasked = 0;
	ask_site(again, "5.3.2.1");
	ck_assert_uint_eq(nasked, 1);
}
END_TEST

START_TEST(texts_are_joined_and_made_harmless)
{
	struct got got;

	start();
	say("4.3.2.1.bl", DNS_TXT, "\"a\n\xff z\"");
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_str_eq(got.text, "a   z");
}
END_TEST

START_TEST(a_text_is_bounded)
{
	static char text[600];
	struct got got;

	memset(text, 'x', sizeof text - 1);
	text[0] = text[sizeof text - 2] = '"';
	start();
	say("4.3.2.1.bl", DNS_TXT, text);
	got = ask_site(site("bl.test", DNSBL_BLOCKS), "4.3.2.1");
	ck_assert_uint_eq(strlen(got.text), 500);
}
END_TEST

START_TEST(refuses_what_is_no_zone)
{
	static const char *const bad[] = { "", "=127.0.0.2", "a..b", ".a",
		"a b", "a/b", "bl.test=", "bl.test=127.0.0" };
	struct conf_origin origin = { "policyd.cf", 7 };

	start();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct strbuf err = { 0 };

		ck_assert_msg(dnsbl_site_parse(dnsbls, bad[i], DNSBL_BLOCKS,
				  origin, &err) == NULL,
		    "%s", bad[i]);
		ck_assert_int_eq(
		    strncmp(strbuf_str(&err), "policyd.cf:7: ", 14), 0);
		strbuf_free(&err);
	}
	ck_assert_str_eq(
	    dnsbl_site_zone(site("Bl.Test.=127.0.0.2", DNSBL_BLOCKS)),
	    "Bl.Test.");
}
END_TEST

START_TEST(a_site_is_shared_and_can_be_released)
{
	struct dnsbl_site *s, *same;
	struct got got = { 0 };

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	same = site("bl.test", DNSBL_BLOCKS);
	ck_assert_ptr_eq(s, same);
	dnsbl_site_release(same);
	is_held = true;
	dnsbl_cancel(dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got));
	dnsbl_site_release(s);
	ck_assert(TAILQ_EMPTY(&open_questions));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl");
	TCase *tc = tcase_create("dnsbl");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answers_with_text_and_address);
	tcase_add_test(tc, a_filter_picks_answers);
	tcase_add_test(tc, a_hit_waits_for_the_first_test);
	tcase_add_test(tc, a_list_that_fails_its_first_test_lists_nobody);
	tcase_add_test(tc,
	    a_list_whose_first_test_is_not_answered_does_not_count_yet);
	tcase_add_test(tc, who_does_not_wait_for_the_first_test_is_forgotten);
	tcase_add_test(tc,
	    nobody_waits_for_a_first_test_that_a_reload_took_away);
	tcase_add_test(tc, strict_counts_listings_only);
	tcase_add_test(tc, without_tests_it_is_as_in_postfix);
	tcase_add_test(tc, an_untested_list_may_hold_the_test_net);
	tcase_add_test(tc, names_have_test_points_of_their_own);
	tcase_add_test(tc, who_is_on_no_list_is_not_looked_up_again);
	tcase_add_test(tc, texts_are_joined_and_made_harmless);
	tcase_add_test(tc, a_text_is_bounded);
	tcase_add_test(tc, refuses_what_is_no_zone);
	tcase_add_test(tc, a_site_is_shared_and_can_be_released);
	return testing_run(suite);
}
