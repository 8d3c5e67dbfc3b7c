#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "testing.h"
#include "testing_log.h"
#include "resolv_conf.h"

/* A file in a directory of its own; the test looks, the loop does not run. */
static char *dir, *path;
static struct event_base *base;
static struct resolv_conf *conf;
static int nchanged;

static void
note_change(void *arg)
{
	(void)arg;
	nchanged++;
}

static void
write_text(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void
begin(void)
{
	conf = resolv_conf_new(base, path, note_change, NULL);
	nchanged = 0;
}

/* What is in use after one look, and how often that changed so far. */
static void
look(const char *text, int changes)
{
	resolv_conf_look(conf);
	ck_assert_str_eq(resolv_conf_text(conf), text);
	ck_assert_int_eq(nchanged, changes);
}

static void
setup(void)
{
	dir = testing_make_dir();
	path = xasprintf("%s/resolv.conf", dir);
	base = event_base_new();
	testing_log_begin("test");
}

static void
teardown(void)
{
	testing_log_end();
	resolv_conf_free(conf);
	event_base_free(base);
	free(path);
	testing_remove_dir(dir);
}

START_TEST(what_stands_there_at_first_is_in_use)
{
	write_text("nameserver 192.0.2.1\n");
	begin();
	ck_assert_str_eq(resolv_conf_text(conf), "nameserver 192.0.2.1\n");
	look("nameserver 192.0.2.1\n", 0);
}
END_TEST

START_TEST(a_new_text_counts_after_two_equal_looks)
{
	write_text("nameserver 192.0.2.1\n");
	begin();
	write_text("nameserver 192.0.2.2\n");
	look("nameserver 192.0.2.1\n", 0);
	look("nameserver 192.0.2.2\n", 1);
	look("nameserver 192.0.2.2\n", 1);
}
END_TEST

START_TEST(a_text_that_is_half_written_does_not_count)
{
	write_text("nameserver 192.0.2.1\n");
	begin();
	write_text("nameserver 192.0.");
	look("nameserver 192.0.2.1\n", 0);
	write_text("nameserver 192.0.2.2\n");
	look("nameserver 192.0.2.1\n", 0);
	look("nameserver 192.0.2.2\n", 1);
}
END_TEST

START_TEST(a_text_that_comes_back_is_no_change)
{
	write_text("nameserver 192.0.2.1\n");
	begin();
	write_text("nameserver 192.0.2.2\n");
	look("nameserver 192.0.2.1\n", 0);
	write_text("nameserver 192.0.2.1\n");
	look("nameserver 192.0.2.1\n", 0);
	look("nameserver 192.0.2.1\n", 0);
}
END_TEST

START_TEST(a_file_that_goes_is_an_empty_text)
{
	begin();
	look("", 0);
	write_text("nameserver 192.0.2.1\n");
	look("", 0);
	look("nameserver 192.0.2.1\n", 1);
	ck_assert_int_eq(unlink(path), 0);
	look("nameserver 192.0.2.1\n", 1);
	look("", 2);
}
END_TEST

START_TEST(what_cannot_be_read_leaves_the_text)
{
	write_text("nameserver 192.0.2.1\n");
	begin();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	look("nameserver 192.0.2.1\n", 0);
	look("nameserver 192.0.2.1\n", 0);
	ck_assert_int_eq(rmdir(path), 0);
	write_text("nameserver 192.0.2.2\n");
	look("nameserver 192.0.2.1\n", 0);
	look("nameserver 192.0.2.2\n", 1);
}
END_TEST

START_TEST(what_cannot_be_read_at_first_is_empty)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	begin();
	look("", 0);
	ck_assert_int_eq(rmdir(path), 0);
	write_text("nameserver 192.0.2.1\n");
	look("", 0);
	look("nameserver 192.0.2.1\n", 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resolv_conf");
	TCase *tcase = tcase_create("resolv_conf");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_stands_there_at_first_is_in_use);
	tcase_add_test(tcase, a_new_text_counts_after_two_equal_looks);
	tcase_add_test(tcase, a_text_that_is_half_written_does_not_count);
	tcase_add_test(tcase, a_text_that_comes_back_is_no_change);
	tcase_add_test(tcase, a_file_that_goes_is_an_empty_text);
	tcase_add_test(tcase, what_cannot_be_read_leaves_the_text);
	tcase_add_test(tcase, what_cannot_be_read_at_first_is_empty);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
