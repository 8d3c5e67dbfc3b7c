/*
 * What the guard knows of logins, looked at and taken in turns.
 */
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "guard.h"
#include "rate_reservation.h"
#include "rates.h"
#include "state.h"
#include "testing.h"
#include "testing_wall_clock.h"

#define LOGIN_LONG   600   /* bytes: more than are told apart */
#define RECORDS_MANY 20000 /* more than there is room for */

static struct event_base *base;
static struct state *state;
static struct rates *rates;
static struct guard *guard;
static struct rate_reservation *held;

static void
setup(void)
{
	clock_set_source(testing_wall_clock);
	base = event_base_new();
	state = state_new(base, "", 4 * 1024 * 1024, state_kinds, STATE_KINDS);
	rates = rates_new(state);
	guard = guard_new(state, rates, NULL);
	held = NULL;
}

static void
teardown(void)
{
	guard_free(guard);
	rates_free(rates);
	state_free(state);
	event_base_free(base);
}

/* A request of a login, from its look to what comes of it. */
struct turn {
	struct request request;
	struct guard_view view;
};

static void
look(struct turn *turn, const char *login)
{
	request_init(&turn->request);
	turn->request.sasl_username = login;
	turn->request.instance = "m.1";
	guard_look(guard, &turn->request, testing_now, &turn->view);
}

static void
take(struct turn *turn, uint64_t wanted, bool counts_now)
{
	const struct guard_order order = {
		.request = &turn->request,
		.view = &turn->view,
		.origin = "home.example",
		.counts_now = counts_now,
		.wanted = wanted,
		.count = COUNT_OWN,
	};

	guard_take(guard, &order, true, &held);
}

static uint64_t
sent(const char *login)
{
	struct turn turn;

	look(&turn, login);
	return rate_window_sum(&turn.view.places->counts[COUNT_OWN].day);
}

START_TEST(a_look_at_another_comes_between)
{
	struct turn fred, joe;

	look(&fred, "fred");
	look(&joe, "joe");
	take(&fred, 3, true);
	take(&joe, 4, true);
	ck_assert_uint_eq(sent("fred"), 3);
	ck_assert_uint_eq(sent("joe"), 4);
}
END_TEST

START_TEST(what_another_request_counted_stays)
{
	struct turn one, two;

	look(&one, "fred");
	look(&two, "fred");
	take(&one, 3, true);
	take(&two, 4, true);
	ck_assert_uint_eq(sent("Fred"), 7);
}
END_TEST

START_TEST(a_message_that_ends_meanwhile_counts)
{
	struct turn turn;

	look(&turn, "fred");
	take(&turn, 3, false);
	testing_now += PLACES_HOUR;
	look(&turn, "fred");
	rate_reservation_commit(held, &(struct rate_message){ 0 }, testing_now);
	take(&turn, 0, false);
	ck_assert_uint_eq(sent("fred"), 3);
}
END_TEST

START_TEST(a_record_that_is_forgotten_is_seen_no_more)
{
	struct turn turn;

	look(&turn, "fred");
	take(&turn, 3, true);
	ck_assert(state_forget(state, STATE_PLACES, "fred", strlen("fred")));
	ck_assert_uint_eq(sent("fred"), 0);
	ck_assert(!guard_resume(guard, "fred"));
}
END_TEST

START_TEST(a_login_whose_record_gave_way_is_resumed)
{
	struct state_record record;
	struct turn turn;

	for (int i = 0; i < 2; i++) {
		look(&turn, "fred");
		take(&turn, 3, true);
	}
	for (unsigned i = 0; i < RECORDS_MANY; i++)
		state_put(state, STATE_PLACES, &i, sizeof i, "", 0,
		    testing_now + 2 * PLACE_LIFE);
	ck_assert(
	    !state_find(state, STATE_PLACES, "fred", strlen("fred"), &record));
	ck_assert(guard_resume(guard, "fred"));
	ck_assert_uint_eq(sent("fred"), 6);
}
END_TEST

START_TEST(logins_that_are_too_long_are_one)
{
	char login[LOGIN_LONG + 1] = "";
	struct turn turn;

	memset(login, 'a', LOGIN_LONG);
	look(&turn, login);
	take(&turn, 3, true);
	login[LOGIN_LONG - 1] = 'b';
	ck_assert_uint_eq(sent(login), 3);
	login[0] = 'b';
	ck_assert_uint_eq(sent(login), 0);
}
END_TEST

START_TEST(many_logins_are_told_apart)
{
	char login[32];
	struct turn turn;

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(login, sizeof login, "user%u", i);
		look(&turn, login);
		take(&turn, i + 1, true);
	}
	for (unsigned i = 0; i < 3000; i++) {
		snprintf(login, sizeof login, "user%u", i);
		ck_assert_uint_eq(sent(login), i + 1);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("guard");
	TCase *tcase = tcase_create("guard");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_look_at_another_comes_between);
	tcase_add_test(tcase, what_another_request_counted_stays);
	tcase_add_test(tcase, a_message_that_ends_meanwhile_counts);
	tcase_add_test(tcase, a_record_that_is_forgotten_is_seen_no_more);
	tcase_add_test(tcase, a_login_whose_record_gave_way_is_resumed);
	tcase_add_test(tcase, logins_that_are_too_long_are_one);
	tcase_add_test(tcase, many_logins_are_told_apart);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
