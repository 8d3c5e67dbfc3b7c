#include <string.h>

#include "testing.h"
#include "mem.h"
#include "replacement.h"

#define NEVER 0
#define DAY   86400

static struct user_record before, now;
static struct strbuf out;

/* Both have a password; before is there for a day. */
static void
setup(void)
{
	before.created = DAY;
	before.secrets.password = xstrdup("$y$old");
	now.created = 2 * DAY;
	now.secrets.password = xstrdup("$y$new");
}

static void
teardown(void)
{
	user_record_free(&before);
	user_record_free(&now);
	strbuf_free(&out);
}

static struct app_password *
add_app_password(struct user_record *record, const char *label, time_t expires)
{
	struct app_password *app;

	record->app_passwords = xreallocarray(record->app_passwords,
	    record->napp_passwords + 1, sizeof *app);
	app = &record->app_passwords[record->napp_passwords++];
	*app = (struct app_password){ .label = xstrdup(label),
		.expires = expires };
	return app;
}

static void
expect_told(bool has_everything, const char *want)
{
	replacement_tell(&out, "fred@x", &before, &now, has_everything);
	testing_eat(&out, want);
}

START_TEST(a_new_password_alone_is_nothing_to_tell)
{
	expect_told(false, "");
	expect_told(true, "");
	replacement_complete(&now, &before);
	ck_assert_int_eq(now.created, DAY);
	ck_assert_str_eq(now.secrets.password, "$y$new");
}
END_TEST

START_TEST(who_is_suspended_stays_so_unless_the_file_has_everything)
{
	before.status = USER_SUSPENDED;
	expect_told(false, "fred@x: stays suspended (authctl user resume)\n");
	expect_told(true, "fred@x: was suspended, is active now\n");
	replacement_complete(&now, &before);
	ck_assert_int_eq(now.status, USER_SUSPENDED);
}
END_TEST

START_TEST(who_is_suspended_by_the_file_is_so)
{
	now.status = USER_SUSPENDED;
	expect_told(false, "");
	replacement_complete(&now, &before);
	ck_assert_int_eq(now.status, USER_SUSPENDED);
}
END_TEST

START_TEST(the_earlier_end_counts)
{
	static const struct {
		time_t before, now, after;
		const char *told;
	} cases[] = {
		{ NEVER, NEVER, NEVER, "" },
		{ NEVER, 3 * DAY, 3 * DAY, "" },
		{ 3 * DAY, NEVER, 3 * DAY,
		    "fred@x: still expires 1970-01-04T00:00:00Z\n" },
		{ 3 * DAY, 4 * DAY, 3 * DAY,
		    "fred@x: still expires 1970-01-04T00:00:00Z\n" },
		{ 3 * DAY, 2 * DAY, 2 * DAY, "" },
		{ 3 * DAY, 3 * DAY, 3 * DAY, "" },
	};

	before.expires = cases[_i].before;
	now.expires = cases[_i].now;
	expect_told(false, cases[_i].told);
	replacement_complete(&now, &before);
	ck_assert_int_eq(now.expires, cases[_i].after);
}
END_TEST

START_TEST(a_mechanism_that_is_lost_is_told)
{
	before.secrets.cram_md5 = xstrdup("00");
	before.secrets.scram[SCRAM_SHA_1] = xstrdup("a");
	now.secrets.scram[SCRAM_SHA_1] = xstrdup("b");
	now.secrets.scram[SCRAM_SHA_256] = xstrdup("c");
	expect_told(false, "fred@x: has no secret for CRAM-MD5 any more\n");
}
END_TEST

START_TEST(app_passwords_stay_unless_the_file_has_everything)
{
	add_app_password(&before, "phone", NEVER);
	expect_told(false, "");
	expect_told(true, "fred@x: loses the app password phone\n");
	replacement_complete(&now, &before);
	ck_assert_uint_eq(now.napp_passwords, 1);
	ck_assert_str_eq(now.app_passwords[0].label, "phone");
	ck_assert_uint_eq(before.napp_passwords, 0);
}
END_TEST

START_TEST(an_app_password_with_looser_limits_is_told)
{
	static const char told[] =
	    "fred@x: the app password phone has other limits\n";
	struct app_password *old = add_app_password(&before, "phone", DAY);
	struct app_password *new = add_app_password(&now, "phone", DAY);

	expect_told(true, "");
	new->expires = NEVER;
	expect_told(true, told);
	new->expires = DAY / 2;
	expect_told(true, "");
	old->networks = xcalloc(1, sizeof *old->networks);
	old->nnetworks = 1;
	expect_told(true, told);
	new->networks = xcalloc(1, sizeof *new->networks);
	new->nnetworks = 1;
	expect_told(true, "");
	new->networks[0].prefix = 8;
	expect_told(true, told);
}
END_TEST

START_TEST(what_a_later_version_wrote_stays_unless_the_file_has_everything)
{
	strbuf_adds(&before.unknown, "colour=red\n");
	expect_told(false, "");
	expect_told(true, "fred@x: loses what a later version wrote of him\n");
	replacement_complete(&now, &before);
	ck_assert_str_eq(now.unknown.bytes, "colour=red\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replacement");
	TCase *tc = tcase_create("replacement");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_new_password_alone_is_nothing_to_tell);
	tcase_add_test(tc,
	    who_is_suspended_stays_so_unless_the_file_has_everything);
	tcase_add_test(tc, who_is_suspended_by_the_file_is_so);
	tcase_add_loop_test(tc, the_earlier_end_counts, 0, 6);
	tcase_add_test(tc, a_mechanism_that_is_lost_is_told);
	tcase_add_test(tc, app_passwords_stay_unless_the_file_has_everything);
	tcase_add_test(tc, an_app_password_with_looser_limits_is_told);
	tcase_add_test(tc,
	    what_a_later_version_wrote_stays_unless_the_file_has_everything);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
