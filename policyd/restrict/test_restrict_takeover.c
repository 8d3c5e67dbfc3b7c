/*
 * reject_sasl_takeover: what is refused and how, what is learned, and what is
 * not.
 */
#include <string.h>

#include "explain.h"
#include "guard.h"
#include "suspensions.h"
#include "testing_policy.h"
#include "testing_state.h"

#define LIST    "smtpd_recipient_restrictions = reject_sasl_takeover\n"
#define AT_ONCE LIST "takeover_learning_time = 0\n"
#define ENDS    "smtpd_end_of_data_restrictions = reject_sasl_takeover\n"
#define FRED    "sasl_username=Fred@example.org "
#define HOME    FRED "client_name=c.home.example client_address=192.0.2.1 "
#define REJECTED(words)                                                        \
	"450 4.7.1 <Fred@example.org>: SASL login name rejected: " words
#define LIMITED REJECTED("sending from a new place is limited")
#define LOCKED  REJECTED("sending from a new place is locked")
#define MUCH    REJECTED("sending much more than usual is limited")
#define SUSPENDED                                                              \
	"421 4.7.1 <Fred@example.org>: SASL login name rejected: suspended"

static struct testing_policy *testing;
static unsigned recipients;

static void
setup(void)
{
	clock_set_source(testing_wall_clock);
	testing_now = 1000 * PLACES_DAY + 12 * PLACES_HOUR;
}

static void
begin(const char *config)
{
	testing = testing_policy_new(config, NULL);
	testing_policy_count(testing);
}

static void
teardown(void)
{
	testing_policy_free(testing);
}

static const char *
ask(const char *attributes)
{
	return testing_policy_ask(testing, attributes);
}

/* One more recipient, never the same. */
static const char *
ask_rcpt(const char *client)
{
	char *request = xasprintf(
	    "protocol_state=RCPT instance=i.%u recipient=r%u@example.net %s",
	    recipients, recipients, client);
	const char *answer = ask(request);

	recipients++;
	free(request);
	return answer;
}

static void
expect(unsigned n, const char *client, const char *action)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert_str_eq(ask_rcpt(client), action);
}

/* From a network that was not seen before. */
static void
expect_from(unsigned net, const char *action)
{
	char *client = xasprintf(FRED "client_name=unknown "
				      "client_address=10.%u.%u.1",
	    net / 256, net % 256);

	expect(1, client, action);
	free(client);
}

#define CAFE FRED "client_name=unknown client_address=198.51.100.7 "

/* A login that has a place of its own, and nothing more. */
static void
begin_with_home(const char *config)
{
	begin(config);
	expect(1, HOME, "DUNNO");
	testing_now += PLACES_DAY;
	expect(1, HOME, "DUNNO");
}

START_TEST(a_strange_place_has_a_budget)
{
	begin_with_home(AT_ONCE);
	expect(50, CAFE, "DUNNO");
	expect(1, CAFE, LIMITED);
	expect(150, HOME, "DUNNO");
	testing_now += 2 * PLACES_HOUR;
	expect(50, CAFE, "DUNNO");
	testing_now += 2 * PLACES_HOUR;
	expect(1, CAFE, LIMITED);
}
END_TEST

START_TEST(his_own_place_has_another)
{
	begin_with_home(AT_ONCE);
	expect(199, HOME, "DUNNO");
	expect(1, HOME, MUCH);
	testing_now += PLACES_DAY + 3 * PLACES_HOUR;
	expect(600, HOME, "DUNNO");
	expect(1, HOME, MUCH);
}
END_TEST

START_TEST(who_tries_too_much_is_locked_at_strange_places)
{
	begin_with_home(AT_ONCE);
	expect(50, CAFE, "DUNNO");
	expect(150, CAFE, LIMITED);
	expect(1, CAFE, LOCKED);
	testing_now += 2 * PLACES_DAY;
	expect(1, CAFE, LOCKED);
	expect_from(1, LOCKED);
	expect(1, HOME, "DUNNO");
	testing_now += PLACES_DAY;
	expect(1, CAFE, "DUNNO");
	testing_now += PLACES_DAY;
	expect(50, CAFE, "DUNNO");
	expect(1, CAFE, LIMITED); /* it was locked: not his own */
}
END_TEST

START_TEST(a_resume_ends_a_lock)
{
	begin_with_home(AT_ONCE);
	expect(50, CAFE, "DUNNO");
	expect(150, CAFE, LIMITED);
	expect(1, CAFE, LOCKED);
	ck_assert(!guard_resume(testing_policy_guard(testing), "joe"));
	ck_assert(
	    guard_resume(testing_policy_guard(testing), "fred@EXAMPLE.org"));
	expect(1, CAFE, "DUNNO");
	testing_now += PLACES_DAY;
	expect(1, CAFE, "DUNNO");
	testing_now += PLACES_DAY;
	expect(199, CAFE, "DUNNO"); /* his own */
}
END_TEST

START_TEST(a_retry_is_not_tried_again)
{
	begin_with_home(AT_ONCE);
	expect(50, CAFE, "DUNNO");
	for (int i = 0; i < 500; i++)
		ck_assert_str_eq(ask(CAFE "protocol_state=RCPT instance=a "
					  "recipient=Joe@example.net"),
		    LIMITED);
}
END_TEST

/* From however many addresses. */
START_TEST(a_queue_that_moves_locks_nobody_out)
{
	begin_with_home(AT_ONCE);
	expect(50, CAFE, "DUNNO");
	expect(40, CAFE, LIMITED);
	for (unsigned net = 1; net < 9; net++) {
		recipients--;
		expect_from(net, LIMITED);
	}
	expect(1, CAFE, LIMITED);
	testing_now += 2 * PLACES_HOUR;
	expect(9, CAFE, "DUNNO");
}
END_TEST

START_TEST(many_places_make_the_budget_strict)
{
	begin_with_home(AT_ONCE);
	expect_from(1, "DUNNO");
	expect_from(2, "DUNNO");
	expect(18, CAFE, "DUNNO");
	expect(1, CAFE, LIMITED);
}
END_TEST

START_TEST(many_places_and_recipients_suspend)
{
	struct suspension suspension;

	begin_with_home(AT_ONCE);
	for (unsigned i = 0; i < 56; i++)
		expect_from(i % 4, i < 20 ? "DUNNO" : LIMITED);
	expect_from(4, LIMITED);
	for (unsigned i = 57; i < 60; i++)
		expect_from(i % 5, LIMITED);
	expect_from(0, SUSPENDED);
	ck_assert(suspensions_find(testing_policy_suspensions(testing),
	    "fred@example.org", &suspension));
	ck_assert_int_eq(suspension.source, SUSPENSION_GUARD);
	expect(1, HOME, SUSPENDED);
}
END_TEST

START_TEST(names_of_a_provider_are_one_place)
{
	begin_with_home(AT_ONCE);
	for (unsigned i = 0; i < 30; i++) {
		char *client = xasprintf(FRED "client_name=c%u.Isp.example "
					      "client_address=10.%u.0.1",
		    i, i);

		expect(1, client, "DUNNO");
		free(client);
	}
}
END_TEST

START_TEST(nobody_is_refused_while_places_are_learned)
{
	struct suspension suspension;

	begin(LIST);
	expect(1, HOME, "DUNNO");
	for (unsigned i = 0; i < 300; i++)
		expect_from(i % 30, "DUNNO");
	testing_now += PLACES_DAY;
	expect_from(29, "DUNNO");
	ck_assert(!suspensions_find(testing_policy_suspensions(testing),
	    "fred@example.org", &suspension));
	testing_now += 13 * PLACES_DAY;
	for (unsigned i = 0; i < 100; i++) /* by his habit */
		expect_from(1000, "DUNNO");
	expect_from(1000, LIMITED);
	expect_from(29, "DUNNO"); /* his own since then */
}
END_TEST

START_TEST(warn_if_reject_learns_and_locks_nobody)
{
	struct suspension suspension;

	begin_with_home("smtpd_recipient_restrictions = "
			"warn_if_reject reject_sasl_takeover\n"
			"takeover_learning_time = 0\n"
			"strict/smtpd_recipient_restrictions = "
			"reject_sasl_takeover\n");
	expect(250, CAFE, "DUNNO");
	for (unsigned i = 0; i < 70; i++)
		expect_from(i, "DUNNO");
	ck_assert(!suspensions_find(testing_policy_suspensions(testing),
	    "fred@example.org", &suspension));
	testing_now += PLACES_DAY + 3 * PLACES_HOUR;
	expect(1, CAFE "policy_context=strict", "DUNNO");
}
END_TEST

START_TEST(takeover_action_warn_is_the_same_for_all)
{
	begin_with_home(AT_ONCE "takeover_action = warn\n");
	expect(250, CAFE, "DUNNO");
	testing_now += PLACES_DAY;
	expect(1, CAFE, "DUNNO");
}
END_TEST

START_TEST(so_many_messages_are_put_on_hold)
{
	begin_with_home(AT_ONCE "takeover_action = hold\n"
				"takeover_hold_limit = 3\n");
	expect(50, CAFE, "DUNNO");
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(ask(CAFE "protocol_state=RCPT instance=a "
					  "recipient=joe@example.net"),
		    "HOLD sending from a new place is limited");
	expect_from(1, "HOLD sending from a new place is limited");
	expect_from(1, "HOLD sending from a new place is limited");
	expect_from(1, LIMITED);
	expect(1, HOME, "DUNNO");
	testing_now += 2 * PLACES_DAY;
	for (int i = 0; i < 50; i++) /* what was held was not a use */
		expect_from(1, "DUNNO");
	expect_from(1, "HOLD sending from a new place is limited");
}
END_TEST

START_TEST(some_logins_have_other_limits)
{
	begin(AT_ONCE "takeover_exempt_maps = inline:{ "
		      "{ fred@example.org = strange 3/1h 5/1d }, "
		      "{ @example.com = none }, { odd@example.org = odd } "
		      "}\n");
	expect(1, HOME, "DUNNO");
	testing_now += PLACES_DAY;
	expect(3, CAFE, "DUNNO");
	expect(1, CAFE, LIMITED);
	expect(300, "sasl_username=joe@example.com client_address=10.0.0.1",
	    "DUNNO");
	expect(1, "sasl_username=odd@example.org client_address=10.0.0.1",
	    "451 4.3.5 Server configuration error");
}
END_TEST

START_TEST(a_familiar_network_is_everybodys_own)
{
	begin_with_home(AT_ONCE "takeover_familiar_networks = "
				"198.51.100.0/24\n");
	expect(199, CAFE, "DUNNO");
	expect(1, CAFE, MUCH);
	expect_from(1, "DUNNO");
}
END_TEST

START_TEST(who_is_not_logged_in_is_not_looked_at)
{
	begin(AT_ONCE);
	expect(300, "client_name=unknown client_address=198.51.100.7", "DUNNO");
}
END_TEST

/* With the ends of messages. */

static void
end_message(unsigned instance, unsigned count)
{
	char *request = xasprintf(CAFE "protocol_state=END-OF-MESSAGE "
				       "instance=m.%u recipient_count=%u",
	    instance, count);

	ck_assert_str_eq(ask(request), "DUNNO");
	free(request);
}

static const char *
ask_of_message(unsigned instance, unsigned recipient)
{
	char *request = xasprintf(CAFE "protocol_state=RCPT instance=m.%u "
				       "recipient=r%u@example.net",
	    instance, recipient);
	const char *answer = ask(request);

	free(request);
	return answer;
}

START_TEST(what_came_to_its_end_counts)
{
	begin_with_home(AT_ONCE ENDS);
	for (unsigned i = 0; i < 50; i++)
		ck_assert_str_eq(ask_of_message(1, i), "DUNNO");
	ck_assert_str_eq(ask_of_message(1, 50), LIMITED);
	end_message(1, 10); /* main.cf has refused 40 */
	for (unsigned i = 0; i < 40; i++)
		ck_assert_str_eq(ask_of_message(2, i), "DUNNO");
	ck_assert_str_eq(ask_of_message(2, 50), LIMITED);
	testing_policy_reconnect(testing); /* without an end */
	for (unsigned i = 0; i < 40; i++)
		ck_assert_str_eq(ask_of_message(3, i), "DUNNO");
	end_message(3, 40);
	ck_assert_str_eq(ask_of_message(4, 50), LIMITED);
}
END_TEST

START_TEST(an_end_that_nobody_reserved_for_counts_there)
{
	begin_with_home(AT_ONCE ENDS);
	end_message(1, 50);
	ck_assert_str_eq(ask_of_message(2, 1), LIMITED);
	ck_assert_str_eq(ask(CAFE "protocol_state=END-OF-MESSAGE instance=m.9 "
				  "recipient_count=1"),
	    LIMITED);
}
END_TEST

START_TEST(a_lock_ends_the_message_in_hand)
{
	begin_with_home(
	    AT_ONCE ENDS "smtpd_data_restrictions = reject_sasl_takeover\n");
	ck_assert_str_eq(ask_of_message(1, 1), "DUNNO");
	ck_assert_str_eq(ask(CAFE "protocol_state=DATA instance=m.1"), "DUNNO");
	expect(199, CAFE, "DUNNO"); /* none of them comes to its end */
	expect(1, CAFE, LOCKED);
	ck_assert_str_eq(ask(CAFE "protocol_state=DATA instance=m.1"), LOCKED);
	ck_assert_str_eq(ask(CAFE "protocol_state=END-OF-MESSAGE instance=m.1 "
				  "recipient_count=1"),
	    LOCKED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("restrict_takeover");
	TCase *tcase = tcase_create("restrict_takeover");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_strange_place_has_a_budget);
	tcase_add_test(tcase, his_own_place_has_another);
	tcase_add_test(tcase, who_tries_too_much_is_locked_at_strange_places);
	tcase_add_test(tcase, a_resume_ends_a_lock);
	tcase_add_test(tcase, a_retry_is_not_tried_again);
	tcase_add_test(tcase, a_queue_that_moves_locks_nobody_out);
	tcase_add_test(tcase, many_places_make_the_budget_strict);
	tcase_add_test(tcase, many_places_and_recipients_suspend);
	tcase_add_test(tcase, names_of_a_provider_are_one_place);
	tcase_add_test(tcase, nobody_is_refused_while_places_are_learned);
	tcase_add_test(tcase, warn_if_reject_learns_and_locks_nobody);
	tcase_add_test(tcase, takeover_action_warn_is_the_same_for_all);
	tcase_add_test(tcase, so_many_messages_are_put_on_hold);
	tcase_add_test(tcase, some_logins_have_other_limits);
	tcase_add_test(tcase, a_familiar_network_is_everybodys_own);
	tcase_add_test(tcase, who_is_not_logged_in_is_not_looked_at);
	tcase_add_test(tcase, what_came_to_its_end_counts);
	tcase_add_test(tcase, an_end_that_nobody_reserved_for_counts_there);
	tcase_add_test(tcase, a_lock_ends_the_message_in_hand);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
