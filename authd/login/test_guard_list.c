#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guard_list.h"
#include "log.h"
#include "testing.h"
#include "testing_log.h"

#define NOW 1000000

static char *dir, *path;
static struct guard_list *list;

static void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	dir = testing_make_dir();
	path = xasprintf("%s/guarded", dir);
	list = guard_list_new(path, NULL);
}

static void
teardown(void)
{
	guard_list_free(list);
	free(path);
	testing_remove_dir(dir);
}

/* As after a restart. */
static void
reopen(void)
{
	guard_list_each_second(list, NOW);
	guard_list_free(list);
	list = guard_list_new(path, NULL);
}

START_TEST(has_whom_it_was_told)
{
	ck_assert(!guard_list_has(list, "joe@a.example", NOW));
	guard_list_add(list, "joe@a.example", 0, "5 places");
	guard_list_add(list, "ann@a.example", 0, "");
	ck_assert(guard_list_has(list, "joe@a.example", NOW));
	ck_assert(guard_list_has(list, "Joe@A.example", NOW));
	ck_assert(!guard_list_has(list, "joe", NOW));
	guard_list_remove(list, "joe@a.example");
	guard_list_remove(list, "nobody@a.example");
	ck_assert(!guard_list_has(list, "joe@a.example", NOW));
	ck_assert(guard_list_has(list, "ann@a.example", NOW));
	ck_assert(!guard_list_has(NULL, "ann@a.example", NOW));
}
END_TEST

START_TEST(ends_by_itself)
{
	guard_list_add(list, "joe@a.example", NOW + 60, "");
	ck_assert(guard_list_has(list, "joe@a.example", NOW + 59));
	ck_assert(!guard_list_has(list, "joe@a.example", NOW + 60));
	guard_list_add(list, "joe@a.example", NOW + 90, "");
	ck_assert(guard_list_has(list, "joe@a.example", NOW + 60));
}
END_TEST

START_TEST(says_how_long_and_why)
{
	struct suspension suspension;

	guard_list_add(list, "joe@a.example", NOW + 60, "5 places");
	ck_assert(
	    guard_list_find(list, "joe@a.example", NOW + 59, &suspension));
	ck_assert_int_eq(suspension.until, NOW + 60);
	ck_assert_str_eq(suspension.reason, "5 places");
	ck_assert(!suspension.only_sending);
	ck_assert(
	    !guard_list_find(list, "joe@a.example", NOW + 60, &suspension));
}
END_TEST

START_TEST(forgets_whom_all_of_it_does_not_have)
{
	guard_list_add(list, "joe@a.example", 0, "");
	guard_list_add(list, "ann@a.example", 0, "");
	guard_list_begin(list);
	guard_list_add(list, "joe@a.example", 0, "");
	ck_assert(guard_list_has(list, "ann@a.example", NOW));
	guard_list_end(list);
	ck_assert(guard_list_has(list, "joe@a.example", NOW));
	ck_assert(!guard_list_has(list, "ann@a.example", NOW));
}
END_TEST

START_TEST(outlives_a_restart)
{
	guard_list_add(list, "joe@a.example", NOW + 60, "a \"place\"");
	reopen();
	ck_assert(guard_list_has(list, "joe@a.example", NOW));
	ck_assert(!guard_list_has(list, "joe@a.example", NOW + 60));
	guard_list_remove(list, "joe@a.example");
	reopen();
	ck_assert(!guard_list_has(list, "joe@a.example", NOW));
}
END_TEST

START_TEST(takes_what_can_be_read_of_a_broken_file)
{
	FILE *out = fopen(path, "w");

	fprintf(out,
	    "\x80\x01\n{\"user\":1}\n\n{\"user\":\"joe@a.example\"}\n{\"us");
	fclose(out);
	guard_list_free(list);
	list = guard_list_new(path, NULL);
	ck_assert(guard_list_has(list, "joe@a.example", NOW));
}
END_TEST

START_TEST(says_that_a_file_cannot_be_read)
{
	char text[256];
	ssize_t len;

	guard_list_free(list);
	testing_log_begin("test");
	list = guard_list_new("/", NULL);
	len = pread(testing_log_file, text, sizeof text - 1, 0);
	testing_log_end();
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	ck_assert_str_eq(text, "test: error: guard: /: Is a directory\n");
	guard_list_free(list);
	list = guard_list_new("", NULL);
}
END_TEST

START_TEST(is_bounded)
{
	char user[32];

	for (int i = 0; i <= GUARD_LIST_MAX; i++) {
		snprintf(user, sizeof user, "u%05d@a.example", i);
		guard_list_add(list, user, 0, "");
	}
	ck_assert(guard_list_has(list, "u00000@a.example", NOW));
	ck_assert(!guard_list_has(list, user, NOW));
}
END_TEST

START_TEST(goes_on_without_a_file)
{
	guard_list_free(list);
	list = guard_list_new("", NULL);
	guard_list_add(list, "joe@a.example", 0, "");
	guard_list_each_second(list, NOW);
	ck_assert(guard_list_has(list, "joe@a.example", NOW));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("guard_list");
	TCase *tcase = tcase_create("guard_list");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, has_whom_it_was_told);
	tcase_add_test(tcase, ends_by_itself);
	tcase_add_test(tcase, says_how_long_and_why);
	tcase_add_test(tcase, forgets_whom_all_of_it_does_not_have);
	tcase_add_test(tcase, outlives_a_restart);
	tcase_add_test(tcase, takes_what_can_be_read_of_a_broken_file);
	tcase_add_test(tcase, says_that_a_file_cannot_be_read);
	tcase_add_test(tcase, is_bounded);
	tcase_add_test(tcase, goes_on_without_a_file);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
