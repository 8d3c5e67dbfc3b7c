/* Tests of master_cf.c. */
#include <stdio.h>
#include <string.h>

#include "testing.h"
#include "master_cf.h"

static struct master_cf master;
static struct strbuf err;

static int
read_text(const char *text)
{
	char *directory = testing_make_dir();
	char *path = xasprintf("%s/master.cf", directory);
	FILE *file = fopen(path, "w");
	int result;

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	result = master_cf_read(&master, directory, &err);
	testing_remove_dir(directory);
	free(path);
	return result;
}

START_TEST(reads_services)
{
	ck_assert_int_eq(read_text("# comment\n"
				   "smtp inet n - y - - smtpd\n"
				   "\n"
				   "submission inet n - - - - /x/smtpd -v\n"
				   "# between\n"
				   "  -o a=1 -ob=2 -o { c = 3 4 }\n"
				   "   # and\n"
				   "\t-o a=5\n"
				   "half a line\n"
				   "qmgr unix n - n 300 1 qmgr"),
	    0);
	ck_assert_uint_eq(master.n, 3);
	ck_assert_str_eq(master.list[0].name, "smtp/inet");
	ck_assert_int_eq(master.list[0].chroot, 'y');
	ck_assert_uint_eq(master.list[0].noptions, 0);
	ck_assert_str_eq(master.list[1].command, "smtpd");
	ck_assert_int_eq(master.list[1].chroot, '-');
	ck_assert_str_eq(master_service_option(&master.list[1], "a"), "a=5");
	ck_assert_str_eq(master_service_option(&master.list[1], "b"), "b=2");
	ck_assert_str_eq(master_service_option(&master.list[1], "c"), "c=3 4");
	ck_assert_ptr_null(master_service_option(&master.list[1], "d"));
	ck_assert_str_eq(master.list[2].name, "qmgr/unix");
	master_cf_free(&master);
}
END_TEST

START_TEST(an_option_may_be_empty)
{
	ck_assert_int_eq(read_text("smtp inet n - y - - smtpd\n"
				   " -o { a= } -o { b = } -o c= -o { d }\n"),
	    0);
	ck_assert_str_eq(master_service_option(&master.list[0], "a"), "a=");
	ck_assert_str_eq(master_service_option(&master.list[0], "b"), "b=");
	ck_assert_str_eq(master_service_option(&master.list[0], "c"), "c=");
	master_cf_free(&master);
}
END_TEST

START_TEST(says_that_there_is_none)
{
	ck_assert_int_eq(master_cf_read(&master, "/nowhere", &err), -1);
	ck_assert_str_eq(strbuf_str(&err),
	    "/nowhere/master.cf: No such file or directory");
	master_cf_free(&master);
	strbuf_free(&err);
}
END_TEST

START_TEST(bounds_the_file)
{
	char *line = xmalloc(MASTER_CF_MAX + 3);

	memset(line, 'x', MASTER_CF_MAX + 2);
	line[MASTER_CF_MAX + 2] = '\0';
	ck_assert_int_eq(read_text(line), -1);
	ck_assert_uint_gt(err.len, 0);
	master_cf_free(&master);
	strbuf_free(&err);
	free(line);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("master_cf");
	TCase *tc = tcase_create("master_cf");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_services);
	tcase_add_test(tc, an_option_may_be_empty);
	tcase_add_test(tc, says_that_there_is_none);
	tcase_add_test(tc, bounds_the_file);
	return testing_run(suite);
}
