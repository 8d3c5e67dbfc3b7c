/*
 * Hits of DNS lists and their proofs.
 */
#include "testing_dnsbl.h"

START_TEST(a_list_of_the_world_lists_nobody)
{
	struct got got;
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say("9.bl", DNS_A, "127.0.0.2");
	say(".127.bl", DNS_A, "127.0.0.2"); /* the random ones, too */
	got = ask_site(s, "9.9.9.9");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	got = ask_site(s, "9.9.9.8");
	ck_assert_str_eq(got.why,
	    "quarantined: lists what it cannot know: perhaps everything");
}
END_TEST

START_TEST(hits_share_the_proof_asked_after_them)
{
	struct got got[3] = { { 0 }, { 0 }, { 0 } };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".9.9.bl", DNS_A, "127.0.0.4");
	is_held = true;
	dnsbl_ask(s, DNSBL_IP4, "1.1.9.9", on_answer, &got[0]);
	ck_assert_uint_eq(release("1.1.9.9"), 2); /* the hit, its text */
	dnsbl_ask(s, DNSBL_IP4, "2.1.9.9", on_answer, &got[1]);
	dnsbl_ask(s, DNSBL_IP4, "3.1.9.9", on_answer, &got[2]);
	ck_assert_uint_eq(release(".1.9.9"), 4);
	ck_assert_int_eq(got[0].calls + got[1].calls + got[2].calls, 0);
	nasked = 0;
	ck_assert_uint_eq(release(".127.bl"), 2); /* first, then the next */
	ck_assert_uint_eq(nasked, 1);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(got[i].result, DNSBL_LISTED);
}
END_TEST

/* That the list was good a moment ago says nothing of the hit. */
START_TEST(a_fresh_hit_needs_a_proof_of_its_own)
{
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_LISTED);
	say(".127.bl", DNS_A, "127.0.0.2"); /* now it lists the world */
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_NOT_LISTED);
}
END_TEST

START_TEST(one_proof_at_a_time_is_asked)
{
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".9.9.bl", DNS_A, "127.0.0.4");
	is_held = true;
	for (int i = 0; i < 3; i++) {
		char label[20];

		snprintf(label, sizeof label, "%d.1.9.9", i);
		dnsbl_ask(s, DNSBL_IP4, label, on_answer, &got);
	}
	release(".1.9.9"); /* the hits, their texts */
	ck_assert_uint_eq(nasked_for(".127.bl"), 1);
	release(".127.bl");
	ck_assert_int_eq(got.calls, 3);
}
END_TEST

START_TEST(a_cached_hit_keeps_its_proof)
{
	struct dnsbl_site *s;
	struct got got;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	ask_site(s, "4.3.2.1");
	for (size_t i = 0; i < ntable; i++)
		table[i].is_cached = true;
	nasked = 0;
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
	ck_assert_uint_eq(nasked, 2); /* address and text */
}
END_TEST

START_TEST(a_hit_without_proof_never_counts_later)
{
	struct dnsbl_site *s;
	struct got got;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".127.bl", DNS_A, "fail"); /* the proof */
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	say(".127.bl", DNS_A, "");
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
	/* Nor does one that came from a cache without its proof. */
	say("5.5.5.5.bl", DNS_A, "127.0.0.2");
	table[ntable - 1].is_cached = true;
	got = ask_site(s, "5.5.5.5");
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

/* Its proof is good, but another answer was not. */
START_TEST(a_hit_of_a_list_that_goes_bad_meanwhile_does_not_count)
{
	struct got got = { 0 }, other = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say("9.9.9.9.bl", DNS_A, "127.0.0.2");
	say("8.8.8.8.bl", DNS_A, "127.255.255.254"); /* refuses */
	is_held = true;
	dnsbl_ask(s, DNSBL_IP4, "9.9.9.9", on_answer, &got);
	dnsbl_ask(s, DNSBL_IP4, "8.8.8.8", on_answer, &other);
	release("9.9.9.9");
	release("8.8.8.8");
	ck_assert_int_eq(got.calls, 0);
	release(".127.bl");
	ck_assert_int_eq(got.calls, 1);
	ck_assert_int_eq(got.result, DNSBL_NOT_LISTED);
}
END_TEST

/* Of a minute, as the answers have it here. */
START_TEST(a_hit_without_proof_counts_again_when_its_time_is_over)
{
	struct dnsbl_site *s;

	testing_clock_begin();
	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say(".127.bl", DNS_A, "fail");
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_NOT_LISTED);
	say(".127.bl", DNS_A, "");
	testing_clock_pass(59000);
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_NOT_LISTED);
	testing_clock_pass(62000);
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_LISTED);
}
END_TEST

START_TEST(a_hit_nobody_waits_for_is_proved)
{
	struct got got = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	is_held = true;
	dnsbl_cancel(dnsbl_ask(s, DNSBL_IP4, "4.3.2.1", on_answer, &got));
	release("4.3.2.1");
	release(".127.bl");
	ck_assert_int_eq(got.calls, 0);
	is_held = false;
	for (size_t i = 0; i < ntable; i++)
		table[i].is_cached = true;
	got = ask_site(s, "4.3.2.1");
	ck_assert_int_eq(got.result, DNSBL_LISTED);
}
END_TEST

static enum dnsbl_result
look_at(struct dnsbl_site *s, const char *label)
{
	struct got got = { 0 };

	ck_assert_ptr_null(dnsbl_look(s, DNSBL_IP4, label, on_answer, &got));
	return got.result;
}

START_TEST(a_look_gives_the_answer_and_leaves_no_trace)
{
	struct strbuf before = { 0 }, after = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	dnsbls_describe_json(dnsbls, &before);
	ck_assert_int_eq(look_at(s, "4.3.2.1"), DNSBL_LISTED);
	ck_assert_int_eq(look_at(s, "5.3.2.1"), DNSBL_NOT_LISTED);
	say(".127.bl", DNS_A, "127.0.0.2"); /* lists the world */
	ck_assert_int_eq(look_at(s, "4.3.2.1"), DNSBL_NOT_LISTED);
	say("9.bl", DNS_A, "fail");
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(look_at(s, "9.9.9.9"), DNSBL_FAILED);
	dnsbls_describe_json(dnsbls, &after);
	ck_assert_str_eq(after.bytes, before.bytes);
	/* Neither a bad proof is kept nor who is on no list. */
	say(".127.bl", DNS_A, "");
	say("5.3.2.1.bl", DNS_A, "127.0.0.2");
	ck_assert_int_eq(ask_site(s, "4.3.2.1").result, DNSBL_LISTED);
	ck_assert_int_eq(ask_site(s, "5.3.2.1").result, DNSBL_LISTED);
	strbuf_free(&before);
	strbuf_free(&after);
}
END_TEST

START_TEST(a_look_shares_the_proof_of_others)
{
	struct got asked = { 0 }, looked = { 0 };
	struct dnsbl_site *s;

	start();
	s = site("bl.test", DNSBL_BLOCKS);
	say("7.7.7.7.bl", DNS_A, "127.0.0.2");
	is_held = true;
	dnsbl_ask(s, DNSBL_IP4, "7.7.7.7", on_answer, &asked);
	release("7.7.7.7");
	table[ntable - 1].is_cached = true; /* for who comes later */
	dnsbl_look(s, DNSBL_IP4, "7.7.7.7", on_answer, &looked);
	release("7.7.7.7");
	ck_assert_uint_eq(release(".127.bl"), 1);
	ck_assert_int_eq(asked.result, DNSBL_LISTED);
	ck_assert_int_eq(looked.result, DNSBL_LISTED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_proof");
	TCase *tc = tcase_create("dnsbl_proof");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_list_of_the_world_lists_nobody);
	tcase_add_test(tc, hits_share_the_proof_asked_after_them);
	tcase_add_test(tc, a_fresh_hit_needs_a_proof_of_its_own);
	tcase_add_test(tc, one_proof_at_a_time_is_asked);
	tcase_add_test(tc, a_cached_hit_keeps_its_proof);
	tcase_add_test(tc, a_hit_without_proof_never_counts_later);
	tcase_add_test(tc,
	    a_hit_without_proof_counts_again_when_its_time_is_over);
	tcase_add_test(tc,
	    a_hit_of_a_list_that_goes_bad_meanwhile_does_not_count);
	tcase_add_test(tc, a_hit_nobody_waits_for_is_proved);
	tcase_add_test(tc, a_look_gives_the_answer_and_leaves_no_trace);
	tcase_add_test(tc, a_look_shares_the_proof_of_others);
	return testing_run(suite);
}
