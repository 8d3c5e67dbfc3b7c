#include <dlfcn.h>

#include "testing_auth_client.h"
#include "testing_clock.h"

/*
 * Conversations that end without their verdict.
 */
#define SCRAM_FRED "AUTH\t%u\tSCRAM-SHA-256\trip=192.0.2.%u\tresp=%s\n"
#define FIRST      "biwsbj1mcmVkLHI9Y2xpZW50bm9uY2U=" /* n,,n=fred,r=... */

static bool is_hurried; /* clients have no time */

/* libevent's, but for the time that a client has. */
int
event_add(struct event *event, const struct timeval *after)
{
	static const struct timeval none = { 0 };
	int (*real)(struct event *, const struct timeval *) =
	    (int (*)(struct event *, const struct timeval *))(
		uintptr_t)dlsym(RTLD_NEXT, "event_add");
	bool is_limit =
	    after != NULL && after->tv_sec == CONVERSATION_CLIENT_SECONDS;

	return real(event, is_hurried && is_limit ? &none : after);
}

static void
begin_given_up(void)
{
	is_hurried = false;
	testing_clock_begin(); /* nothing fades */
	begin("");
	greet("VERSION\t1\t2\n");
}

static void
begin_scram(unsigned id, unsigned from)
{
	char *line = xasprintf(SCRAM_FRED, id, from, FIRST);

	say(line);
	if (!is_hurried)
		ck_assert_int_eq(strncmp(hear(), "CONT\t", 5), 0);
	free(line);
}

static void
expect_logins(enum mechanism mechanism, unsigned long fail,
    unsigned long tempfail)
{
	listen_for(20);
	ck_assert_uint_eq(login.stats.logins[mechanism][LOGIN_FAIL], fail);
	ck_assert_uint_eq(login.stats.logins[mechanism][LOGIN_TEMPFAIL],
	    tempfail);
}

/* Whether who is slowed has a line that begins like that. */
static bool
is_slowed(const char *text)
{
	struct strbuf out = { 0 };
	bool is_there;

	penalty_print(login.service.penalty, 2000, clock_ms(), &out);
	is_there = strstr(strbuf_str(&out), text) != NULL;
	strbuf_free(&out);
	return is_there;
}

START_TEST(a_cancelled_login_is_a_guess)
{
	for (unsigned i = 0; i < 7; i++) {
		begin_scram(1, 2);
		say("CANCEL\t1\n");
	}
	expect_logins(MECHANISM_SCRAM_SHA_256, 7, 0);
	ck_assert_uint_eq(login.stats.dropped, 7);
	ck_assert(is_slowed("address 192.0.2.2 failures=7 "));
	ck_assert(is_slowed("user fred@example.org failures=7 "));
}
END_TEST

START_TEST(so_is_one_that_takes_too_long)
{
	is_hurried = true;
	for (unsigned i = 1; i <= 3; i++)
		begin_scram(i, 2);
	expect_logins(MECHANISM_SCRAM_SHA_256, 3, 0);
	ck_assert(is_slowed("address 192.0.2.2 failures=3 "));
}
END_TEST

START_TEST(so_is_one_that_makes_room)
{
	for (unsigned i = 1; i <= 1003; i++)
		begin_scram(i, 2);
	expect_logins(MECHANISM_SCRAM_SHA_256, 3, 0);
	ck_assert(is_slowed("address 192.0.2.2 failures=3 "));
}
END_TEST

START_TEST(so_is_one_whose_connection_its_client_closes)
{
	for (unsigned i = 0; i < 3; i++) {
		begin_scram(1, 2);
		connect_peer();
		greet("VERSION\t1\t2\n");
	}
	expect_logins(MECHANISM_SCRAM_SHA_256, 3, 0);
	ck_assert(is_slowed("address 192.0.2.2 failures=3 "));
}
END_TEST

START_TEST(who_shares_a_lost_connection_may_be_innocent)
{
	for (unsigned i = 1; i <= 6; i++)
		begin_scram(i, i < 4 ? 2 : 3);
	for (unsigned i = 0; i < 2; i++) {
		connect_peer();
		greet("VERSION\t1\t2\n");
		begin_scram(1, 2);
		begin_scram(2, 4);
	}
	connect_peer();
	expect_logins(MECHANISM_SCRAM_SHA_256, 7, 3);
	ck_assert(is_slowed("address 192.0.2.2 failures=5 "));
	ck_assert(is_slowed("address 192.0.2.3 failures=2 "));
	ck_assert(!is_slowed("address 192.0.2.4 "));
}
END_TEST

START_TEST(a_response_that_is_none_is_a_guess)
{
	for (unsigned i = 0; i < 3; i++) {
		begin_scram(1, 2);
		say("CONT\t1\t*\n");
		ck_assert_int_eq(strncmp(hear(), "FAIL\t1\t", 7), 0);
	}
	expect_logins(MECHANISM_SCRAM_SHA_256, 3, 0);
	ck_assert(is_slowed("address 192.0.2.2 failures=3 "));
}
END_TEST

START_TEST(a_name_in_login_is_enough)
{
	say("AUTH\t1\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t1\tVXNlcm5hbWU6");
	say("CANCEL\t1\n");
	expect_logins(MECHANISM_LOGIN, 0, 0);
	say("AUTH\t1\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t1\tVXNlcm5hbWU6");
	say("CONT\t1\tZnJlZA==\n");
	ck_assert_str_eq(hear(), "CONT\t1\tUGFzc3dvcmQ6");
	say("CANCEL\t1\n");
	expect_logins(MECHANISM_LOGIN, 1, 0);
	say("AUTH\t1\tLOGIN\tresp=ZnJlZA==\n");
	ck_assert_str_eq(hear(), "CONT\t1\tUGFzc3dvcmQ6");
	say("CANCEL\t1\n");
	expect_logins(MECHANISM_LOGIN, 2, 0);
}
END_TEST

START_TEST(without_a_name_there_is_no_guess)
{
	say("AUTH\t1\tCRAM-MD5\n");
	ck_assert_int_eq(strncmp(hear(), "CONT\t1\t", 7), 0);
	say("AUTH\t2\tPLAIN\n");
	ck_assert_str_eq(hear(), "CONT\t2\t");
	say("CANCEL\t1\nCANCEL\t2\n");
	expect_logins(MECHANISM_CRAM_MD5, 0, 0);
	expect_logins(MECHANISM_PLAIN, 0, 0);
	ck_assert_uint_eq(login.stats.dropped, 2);
}
END_TEST

/* Whether it is hashed yet or not. */
START_TEST(a_guess_that_does_not_wait_for_its_verdict_counts_once)
{
	say_plain(1, "fred", "wrong");
	listen_once();
	listen_once();
	connect_peer();
	expect_logins(MECHANISM_PLAIN, 1, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("give_up");
	TCase *tc = tcase_create("give_up");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, begin_given_up, end);
	tcase_add_test(tc, a_cancelled_login_is_a_guess);
	tcase_add_test(tc, so_is_one_that_takes_too_long);
	tcase_add_test(tc, so_is_one_that_makes_room);
	tcase_add_test(tc, so_is_one_whose_connection_its_client_closes);
	tcase_add_test(tc, who_shares_a_lost_connection_may_be_innocent);
	tcase_add_test(tc, a_response_that_is_none_is_a_guess);
	tcase_add_test(tc, a_name_in_login_is_enough);
	tcase_add_test(tc, without_a_name_there_is_no_guess);
	tcase_add_test(tc,
	    a_guess_that_does_not_wait_for_its_verdict_counts_once);
	return testing_run(suite);
}
