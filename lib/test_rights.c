#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "rights.h"
#include "testing.h"

#define PERSON 12345 /* whom nobody knows */

static char *directory;

/* A file 0640 below a directory 0750, both of that group. */
static char *
make_file(gid_t directory_group, gid_t file_group)
{
	char *inner = xasprintf("%s/inner", directory);
	char *path = xasprintf("%s/file", inner);
	int fd;

	mkdir(inner, 0700);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_int_eq(chmod(inner, 0750), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(chown(inner, 0, directory_group), 0);
	ck_assert_int_eq(chown(path, 0, file_group), 0);
	free(inner);
	return path;
}

/* What is explained to that user, who has one group. */
static char *
explained(const char *path, int wanted, uid_t uid, gid_t gid)
{
	struct strbuf err = { 0 };
	char text[1000] = "";
	int fds[2];
	pid_t child;

	ck_assert_int_eq(pipe(fds), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		if (setgroups(0, NULL) == -1 || setgid(gid) == -1 ||
		    setuid(uid) == -1)
			_exit(1);
		rights_explain(&err, path, wanted, NULL, EACCES);
		_exit(write(fds[1], err.bytes, err.len) == -1);
	}
	close(fds[1]);
	ck_assert_int_gt(read(fds[0], text, sizeof text - 1), 0);
	close(fds[0]);
	waitpid(child, NULL, 0);
	return xstrdup(text);
}

static void
check(gid_t directory_group, gid_t file_group, uid_t uid, gid_t gid,
    const char *format)
{
	char *path = make_file(directory_group, file_group);
	char *text = explained(path, R_OK, uid, gid);
	char *wanted = xasprintf(format, directory, directory, directory);

	ck_assert_ptr_nonnull(strstr(text, " may not"));
	ck_assert_str_eq(strstr(text, " may not"), wanted);
	free(wanted);
	free(text);
	free(path);
}

START_TEST(tells_a_person_how_to_become_one_who_may)
{
	const struct group *admins = getgrnam(ADMINISTRATORS);

	if (getuid() != 0 || admins == NULL)
		return;
	check(PERSON, admins->gr_gid, PERSON, PERSON,
	    " may not read it: usermod -a -G "
	    "sekisho user 12345, then log in again, or run this as root");
	check(admins->gr_gid, admins->gr_gid, PERSON, PERSON,
	    " may not enter %s/inner: usermod -a "
	    "-G sekisho user 12345, then log in again, or run this as root");
}
END_TEST

START_TEST(tells_a_person_to_be_root_where_no_group_may)
{
	if (getuid() != 0)
		return;
	check(PERSON, 0, PERSON, PERSON, " may not read it: run this as root");
	check(0, 0, PERSON, PERSON,
	    " may not enter %s/inner: run this as "
	    "root");
}
END_TEST

/* A number of a service that no service has. */
static uid_t
service_uid(void)
{
	uid_t uid = 999;

	while (getpwuid(uid) != NULL)
		uid--;
	return uid;
}

START_TEST(tells_how_to_give_a_file_to_a_service)
{
	if (getuid() != 0)
		return;
	check(PERSON, 0, service_uid(), PERSON,
	    " may not read it: chgrp 12345 "
	    "%s/inner/file && chmod g+r %s/inner/file");
	check(0, 0, service_uid(), PERSON,
	    " may not enter %s/inner: chgrp 12345 "
	    "%s/inner && chmod g+x %s/inner");
}
END_TEST

START_TEST(adds_nothing_to_other_errors)
{
	struct strbuf err = { 0 };

	rights_explain(&err, "/nonexistent", R_OK, NULL, ENOENT);
	ck_assert_str_eq(strbuf_str(&err), "No such file or directory");
	strbuf_truncate(&err, 0);
	rights_explain(&err, "/", R_OK, NULL, EACCES);
	if (getuid() == 0)
		ck_assert_str_eq(strbuf_str(&err), "Permission denied");
	strbuf_free(&err);
}
END_TEST

static void
set_up(void)
{
	directory = testing_make_dir();
	ck_assert_int_eq(chmod(directory, 0755), 0);
}

static void
tear_down(void)
{
	testing_remove_dir(directory);
}

int
main(void)
{
	Suite *suite = suite_create("rights");
	TCase *tc = tcase_create("rights");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, tells_a_person_how_to_become_one_who_may);
	tcase_add_test(tc, tells_a_person_to_be_root_where_no_group_may);
	tcase_add_test(tc, tells_how_to_give_a_file_to_a_service);
	tcase_add_test(tc, adds_nothing_to_other_errors);
	return testing_run(suite);
}
