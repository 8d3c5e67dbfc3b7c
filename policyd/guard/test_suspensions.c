#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "suspensions.h"
#include "testing.h"
#include "testing_wall_clock.h"

static struct lab {
	struct event_base *base;
	char *dir, *path;
	struct state *state;
	struct suspensions *suspensions;
} lab;

static void
open_lab(void)
{
	lab.state = state_new(lab.base, lab.path, 64 * 1024 * 1024, state_kinds,
	    STATE_KINDS);
	state_open(lab.state);
	lab.suspensions = suspensions_new(lab.base, lab.state, NULL);
}

static void
close_lab(void)
{
	suspensions_free(lab.suspensions);
	state_free(lab.state);
}

static void
setup(void)
{
	clock_set_source(testing_wall_clock);
	lab.base = event_base_new();
	lab.dir = testing_make_dir();
	lab.path = xasprintf("%s/state.gdbm", lab.dir);
	open_lab();
}

static void
teardown(void)
{
	close_lab();
	event_base_free(lab.base);
	free(lab.path);
	testing_remove_dir(lab.dir);
}

static bool
begin(enum suspension_source source, const char *user, time_t until,
    const char *reason)
{
	const struct suspension suspension = { user, source, until, reason };

	return suspensions_begin(lab.suspensions, &suspension);
}

/* What is said of a login; "": nothing. */
static void
expect(const char *login, const char *text)
{
	struct suspension suspension;
	struct strbuf out = { 0 };

	if (suspensions_find(lab.suspensions, login, &suspension))
		suspension_print(&suspension, testing_now, &out);
	testing_eat(&out, text);
}

START_TEST(each_source_ends_its_own)
{
	ck_assert(begin(SUSPENSION_GUARD, "fred@example.org", 0, "5 places"));
	expect("fred@example.org", "suspended by the guard: 5 places");
	ck_assert(begin(SUSPENSION_ADMIN, "fred@example.org", 0, ""));
	expect("fred@example.org", "suspended by the administrator");
	ck_assert(suspensions_end(lab.suspensions, "fred@example.org",
	    SUSPENSION_ADMIN));
	expect("fred@example.org", "suspended by the guard: 5 places");
	ck_assert(!suspensions_end(lab.suspensions, "fred@example.org",
	    SUSPENSION_ADMIN));
	ck_assert(suspensions_end(lab.suspensions, "fred@example.org",
	    SUSPENSION_GUARD));
	expect("fred@example.org", "");
}
END_TEST

START_TEST(is_of_a_login_in_any_case)
{
	begin(SUSPENSION_ADMIN, "Fred@Example.org", 0, "");
	expect("fred@example.ORG", "suspended by the administrator");
	expect("fred", "");
	expect("fred@example.org.", "");
	expect("", "");
}
END_TEST

START_TEST(ends_by_itself)
{
	begin(SUSPENSION_GUARD, "fred", testing_now + 3600, "");
	expect("fred", "suspended by the guard for 60m");
	testing_now += 3599;
	expect("fred", "suspended by the guard for 1s");
	testing_now += 1;
	expect("fred", "");
}
END_TEST

START_TEST(outlives_a_restart)
{
	begin(SUSPENSION_ADMIN, "fred", testing_now + 60, "stolen");
	close_lab();
	open_lab();
	expect("fred", "suspended by the administrator for 60s: stolen");
	testing_now += 60;
	expect("fred", "");
}
END_TEST

START_TEST(takes_no_name_that_nobody_can_have)
{
	char *user = xcalloc(SUSPENSION_USER_MAX + 2, 1);

	memset(user, 'x', SUSPENSION_USER_MAX + 1);
	ck_assert(!begin(SUSPENSION_ADMIN, user, 0, ""));
	expect(user, "");
	ck_assert(begin(SUSPENSION_ADMIN, user + 1, 0, ""));
	expect(user + 1, "suspended by the administrator");
	ck_assert(!begin(SUSPENSION_ADMIN, "", 0, ""));
	free(user);
}
END_TEST

START_TEST(cuts_a_long_reason)
{
	char *reason = xcalloc(SUSPENSION_REASON_MAX + 2, 1);
	struct suspension suspension;

	memset(reason, 'x', SUSPENSION_REASON_MAX + 1);
	begin(SUSPENSION_ADMIN, "fred", 0, reason);
	ck_assert(suspensions_find(lab.suspensions, "fred", &suspension));
	ck_assert_str_eq(suspension.reason, reason + 1);
	free(reason);
}
END_TEST

static void
on_each(void *arg, const struct suspension *suspension)
{
	strbuf_addf(arg, "%s %s;", suspension_source_name(suspension->source),
	    suspension->user);
}

START_TEST(tells_of_all)
{
	struct strbuf out = { 0 };

	suspensions_each(lab.suspensions, on_each, &out);
	testing_eat(&out, "");
	begin(SUSPENSION_GUARD, "Joe", 0, "");
	suspensions_each(lab.suspensions, on_each, &out);
	testing_eat(&out, "guard joe;");
	begin(SUSPENSION_ADMIN, "joe", testing_now, "");
	suspensions_each(lab.suspensions, on_each, &out);
	testing_eat(&out, "guard joe;");
}
END_TEST

static void
count_one(void *arg, const struct suspension *suspension)
{
	size_t *n = arg;

	ck_assert_int_eq(suspension->source, SUSPENSION_GUARD);
	++*n;
}

#define MANY 10000
#define MOST 2048 /* in one piece */

START_TEST(tells_of_many_by_and_by)
{
	size_t place = 0, told = 0, before = 0;
	bool has_more = true;
	char login[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(login, sizeof login, "u%d", i);
		ck_assert(begin(SUSPENSION_GUARD, login, 0, "many"));
	}
	while (has_more) {
		has_more = suspensions_each_of_some(lab.suspensions, &place,
		    count_one, &told);
		ck_assert_uint_le(told - before, MOST);
		before = told;
	}
	ck_assert_uint_eq(told, MANY);
}
END_TEST

START_TEST(nobody_is_without_any)
{
	struct suspension suspension;

	ck_assert(!suspensions_find(NULL, "fred", &suspension));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("suspensions");
	TCase *tcase = tcase_create("suspensions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_source_ends_its_own);
	tcase_add_test(tcase, is_of_a_login_in_any_case);
	tcase_add_test(tcase, ends_by_itself);
	tcase_add_test(tcase, outlives_a_restart);
	tcase_add_test(tcase, takes_no_name_that_nobody_can_have);
	tcase_add_test(tcase, cuts_a_long_reason);
	tcase_add_test(tcase, tells_of_all);
	tcase_add_test(tcase, tells_of_many_by_and_by);
	tcase_add_test(tcase, nobody_is_without_any);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
