/*
 * Databases that are replaced as a whole, also by writers that get killed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "store.h"
#include "testing.h"

static char *dir, *path;
static struct strbuf err;

static void
setup(void)
{
	dir = testing_make_dir();
	path = xasprintf("%s/db", dir);
	log_set_level(LOG_LEVEL_ERROR);
}

static void
teardown(void)
{
	testing_remove_dir(dir);
	free(path);
	strbuf_free(&err);
}

static struct store_edit *
begin(void)
{
	struct store_edit *edit =
	    store_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);

	ck_assert_msg(edit != NULL, "%s", strbuf_str(&err));
	return edit;
}

static void
put(struct store_edit *edit, const char *key, const char *value)
{
	ck_assert_int_eq(
	    store_edit_put(edit, key, strlen(key), value, strlen(value), &err),
	    0);
}

static void
commit(struct store_edit *edit)
{
	int result = store_edit_commit(edit, &err);

	ck_assert_msg(result == 0, "%s", strbuf_str(&err));
}

static struct store *
open_store(void)
{
	struct store *store = store_open(path, &err);

	ck_assert_msg(store != NULL, "%s", strbuf_str(&err));
	return store;
}

/* The value of a key in the file, or NULL; the caller frees it. */
static char *
get(const char *key)
{
	struct store *store = open_store();
	struct value value;
	enum lookup result = store_find(store, key, strlen(key), &value, &err);

	ck_assert_int_ne(result, LOOKUP_TEMPFAIL);
	store_close(store);
	return value.bytes;
}

static void
check_value(const char *key, const char *want)
{
	char *value = get(key);

	ck_assert_ptr_nonnull(value);
	ck_assert_str_eq(value, want);
	free(value);
}

static size_t
count_files(void)
{
	DIR *d = opendir(dir);
	size_t count = 0;

	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count - 2;
}

START_TEST(finds_what_was_committed)
{
	struct store_edit *edit = begin();
	struct value value;
	struct store *store;

	put(edit, "anna", "1");
	put(edit, "anna", "2");
	ck_assert_int_eq(store_edit_put(edit, "\0key", 4, "a\0b", 3, &err), 0);
	put(edit, "empty", "");
	commit(edit);
	check_value("anna", "2");
	check_value("empty", "");
	ck_assert_ptr_null(get("ann"));
	store = open_store();
	ck_assert_int_eq(store_find(store, "\0key", 4, &value, &err),
	    LOOKUP_FOUND);
	ck_assert_uint_eq(value.len, 3);
	ck_assert_mem_eq(value.bytes, "a\0b", 4);
	secret_free(value.bytes, value.len);
	ck_assert_int_eq(store_count(store), 3);
	store_close(store);
}
END_TEST

START_TEST(an_edit_sees_its_own_changes_and_nobody_else_does)
{
	struct store_edit *edit = begin();
	struct value value;

	put(edit, "a", "1");
	put(edit, "b", "1");
	commit(edit);
	edit = begin();
	put(edit, "a", "2");
	ck_assert_int_eq(store_edit_delete(edit, "b", 1, &err), 0);
	ck_assert_int_eq(store_edit_delete(edit, "b", 1, &err), 1);
	ck_assert_int_eq(store_edit_find(edit, "a", 1, &value, &err),
	    LOOKUP_FOUND);
	ck_assert_str_eq(value.bytes, "2");
	free(value.bytes);
	ck_assert_int_eq(store_edit_find(edit, "b", 1, &value, &err),
	    LOOKUP_NOT_FOUND);
	check_value("a", "1");
	check_value("b", "1");
	store_edit_abort(edit);
	check_value("a", "1");
	ck_assert_uint_eq(count_files(), 2); /* db, db.lock */
}
END_TEST

START_TEST(a_snapshot_stays_as_it_was_and_gets_stale)
{
	struct store_edit *edit = begin();
	struct store *store;
	struct value value;

	put(edit, "a", "1");
	commit(edit);
	store = open_store();
	ck_assert(!store_is_stale(store, path));
	edit = begin();
	put(edit, "a", "2");
	ck_assert(!store_is_stale(store, path));
	commit(edit);
	ck_assert(store_is_stale(store, path));
	ck_assert_int_eq(store_find(store, "a", 1, &value, &err), LOOKUP_FOUND);
	ck_assert_str_eq(value.bytes, "1");
	free(value.bytes);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(store_is_stale(store, path));
	store_close(store);
}
END_TEST

static bool
add_value(void *arg, const char *key, size_t keylen, const struct value *value)
{
	long *left = arg;

	ck_assert_uint_eq(keylen, value->len);
	ck_assert_mem_eq(key, value->bytes, keylen);
	return --*left > 0;
}

START_TEST(walks_over_all_records_or_until_told)
{
	enum { RECORDS = 5000 };
	struct store_edit *edit = begin();
	struct store *store;
	char key[20];
	long left;

	for (int i = 0; i < RECORDS; i++) {
		snprintf(key, sizeof key, "user%d", i);
		put(edit, key, key);
	}
	commit(edit);
	store = open_store();
	ck_assert_int_eq(store_count(store), RECORDS);
	left = RECORDS + 1;
	ck_assert_int_eq(store_each(store, add_value, &left, &err), 0);
	ck_assert_int_eq(left, 1);
	left = 7;
	ck_assert_int_eq(store_each(store, add_value, &left, &err), 0);
	ck_assert_int_eq(left, 0);
	store_close(store);
}
END_TEST

START_TEST(walks_over_nothing)
{
	struct store *store;
	long left = 1;

	commit(begin());
	store = open_store();
	ck_assert_int_eq(store_count(store), 0);
	ck_assert_int_eq(store_each(store, add_value, &left, &err), 0);
	ck_assert_int_eq(left, 1);
	store_close(store);
}
END_TEST

static void
write_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

/* Neither a reader nor a writer takes the file, for this reason. */
static void
check_refused(const char *reason)
{
	struct stat before, after;
	char *want = xasprintf("%s: %s", path, reason);

	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_ptr_null(store_open(path, &err));
	testing_eat(&err, want);
	ck_assert_ptr_null(
	    store_edit_begin(path, STORE_EDIT_CREATE, NULL, &err));
	testing_eat(&err, want);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(access(path, F_OK), 0);
	free(want);
}

START_TEST(refuses_what_is_no_database)
{
	char text[5000];

	memset(text, 'x', sizeof text);
	write_file("", 0);
	check_refused("empty file, not a database");
	write_file("hello\n", 6);
	check_refused("not a GDBM database");
	write_file(text, sizeof text);
	check_refused("not a GDBM database");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	check_refused("not a file");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	check_refused("not a file");
}
END_TEST

START_TEST(refuses_a_file_of_another_kind_of_machine)
{
	struct store_edit *edit = begin();
	int fd;

	put(edit, "a", "1");
	commit(edit);
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(write(fd, "\x13\x57\x9a\xcf", 4), 4);
	close(fd);
	check_refused("made on another kind of machine: use gdbm_dump there "
		      "and gdbm_load here");
}
END_TEST

START_TEST(refuses_a_truncated_file_of_any_length)
{
	struct store_edit *edit = begin();
	struct stat st;

	for (int i = 0; i < 300; i++) {
		char key[20];

		snprintf(key, sizeof key, "user%d", i);
		put(edit, key, "some value of some length");
	}
	commit(edit);
	ck_assert_int_eq(stat(path, &st), 0);
	for (off_t len = st.st_size - 1; len >= 40; len -= 611) {
		char *reason =
		    xasprintf("truncated: %lld bytes are left of %lld",
			(long long)len, (long long)st.st_size);

		ck_assert_int_eq(truncate(path, len), 0);
		check_refused(reason);
		free(reason);
	}
}
END_TEST

START_TEST(says_what_is_missing)
{
	char *want = xasprintf("open %s: No such file or directory", path);

	ck_assert_ptr_null(store_open(path, &err));
	testing_eat(&err, want);
	ck_assert_ptr_null(
	    store_edit_begin(path, STORE_EDIT_EXISTING, NULL, &err));
	testing_eat(&err, want);
	free(want);
	ck_assert_ptr_null(
	    store_edit_begin("/nonexistent/db", STORE_EDIT_CREATE, NULL, &err));
	testing_eat(&err,
	    "lock /nonexistent/db.lock: No such file or directory: create its "
	    "directory");
}
END_TEST

START_TEST(keeps_owner_and_mode)
{
	struct stat st;

	commit(begin());
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(chmod(path, 0604), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(path, 65534, 8), 0);
	commit(begin());
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0604);
	ck_assert_uint_eq(st.st_uid, geteuid() == 0 ? 65534 : geteuid());
	ck_assert_uint_eq(st.st_gid, geteuid() == 0 ? 8 : getegid());
}
END_TEST

START_TEST(a_new_file_goes_to_the_group)
{
	struct store_edit *edit;
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_ptr_null(
	    store_edit_begin(path, STORE_EDIT_CREATE, "sekisho-no", &err));
	ck_assert_ptr_nonnull(strstr(err.bytes, "no such group sekisho-no"));
	strbuf_free(&err);
	edit = store_edit_begin(path, STORE_EDIT_CREATE, "mail", &err);
	ck_assert_ptr_nonnull(edit);
	commit(edit);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_uint_eq(st.st_gid, getgrnam("mail")->gr_gid);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(replaces_the_file_behind_a_symbolic_link)
{
	char *link = xasprintf("%s/link", dir);
	struct store_edit *edit;
	struct stat st;

	commit(begin());
	ck_assert_int_eq(symlink(path, link), 0);
	edit = store_edit_begin(link, STORE_EDIT_EXISTING, NULL, &err);
	put(edit, "a", "1");
	commit(edit);
	check_value("a", "1");
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	free(link);
}
END_TEST

/* Add one to the number under a key. */
static void
count_up(const char *key)
{
	struct store_edit *edit = begin();
	struct value value;
	char number[30];

	if (store_edit_find(edit, key, strlen(key), &value, &err) ==
	    LOOKUP_TEMPFAIL)
		ck_abort_msg("%s", strbuf_str(&err));
	snprintf(number, sizeof number, "%ld",
	    value.bytes != NULL ? strtol(value.bytes, NULL, 10) + 1 : 1);
	free(value.bytes);
	put(edit, key, number);
	commit(edit);
}

START_TEST(writers_wait_for_each_other)
{
	enum { WRITERS = 4, CHANGES = 10 };
	int status;

	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			for (int j = 0; j < CHANGES; j++)
				count_up("n");
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++)
		ck_assert_int_ne(wait(&status), -1);
	check_value("n", "40");
}
END_TEST

#define GENERATION_KEYS 200

/*
 * Write generation after generation, each into every record.  Without
 * ck_assert, which writes down where it is, into the file that check reads: a
 * writer that is killed there leaves half a message.
 */
static void
write_generations(long generation)
{
	for (;; generation++) {
		struct store_edit *edit =
		    store_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);
		char key[20], value[30];

		snprintf(value, sizeof value, "%ld", generation);
		for (int i = 0; i < GENERATION_KEYS; i++) {
			snprintf(key, sizeof key, "k%d", i);
			if (edit == NULL ||
			    store_edit_put(edit, key, strlen(key), value,
				strlen(value), &err) == -1)
				_exit(1);
		}
		if (store_edit_commit(edit, &err) == -1)
			_exit(1);
	}
}

/* The generation that every record has. */
static long
read_generation(void)
{
	struct store *store = open_store();
	long generation = -1;

	for (int i = 0; i < GENERATION_KEYS; i++) {
		struct value value;
		char key[20];

		snprintf(key, sizeof key, "k%d", i);
		ck_assert_int_eq(
		    store_find(store, key, strlen(key), &value, &err),
		    LOOKUP_FOUND);
		if (generation == -1)
			generation = strtol(value.bytes, NULL, 10);
		ck_assert_int_eq(strtol(value.bytes, NULL, 10), generation);
		free(value.bytes);
	}
	ck_assert_int_eq(store_count(store), GENERATION_KEYS);
	store_close(store);
	return generation;
}

/* The file never goes back to an older generation. */
static void
check_generation(long *generation)
{
	long now;

	if (access(path, F_OK) == -1)
		return;
	now = read_generation();
	ck_assert_int_ge(now, *generation);
	*generation = now;
}

START_TEST(a_killed_writer_leaves_the_old_or_the_new_file)
{
	long generation = 0, patience = 20000; /* microseconds */

	for (int round = 0; round < 100; round++) {
		long before = generation, us = random() % patience;
		const struct timespec pause = { .tv_sec = us / 1000000,
			.tv_nsec = us % 1000000 * 1000 };
		pid_t writer = fork();
		int status;

		if (writer == 0)
			write_generations(generation + 1);
		nanosleep(&pause, NULL);
		check_generation(&generation);
		kill(writer, SIGKILL);
		ck_assert_int_eq(waitpid(writer, &status, 0), writer);
		ck_assert(WIFSIGNALED(status));
		ck_assert_uint_le(count_files(), 3);
		check_generation(&generation); /* the next one starts here */
		/* A busy machine lets no writer come to its end so soon. */
		patience = generation > before ? 20000 : 2 * patience;
	}
	ck_assert_int_gt(generation, 3);
	commit(begin());
	ck_assert_int_ge(read_generation(), generation);
	ck_assert_uint_eq(count_files(), 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *tc = tcase_create("store");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_what_was_committed);
	tcase_add_test(tc, an_edit_sees_its_own_changes_and_nobody_else_does);
	tcase_add_test(tc, a_snapshot_stays_as_it_was_and_gets_stale);
	tcase_add_test(tc, walks_over_all_records_or_until_told);
	tcase_add_test(tc, walks_over_nothing);
	tcase_add_test(tc, refuses_what_is_no_database);
	tcase_add_test(tc, refuses_a_file_of_another_kind_of_machine);
	tcase_add_test(tc, refuses_a_truncated_file_of_any_length);
	tcase_add_test(tc, says_what_is_missing);
	tcase_add_test(tc, keeps_owner_and_mode);
	tcase_add_test(tc, a_new_file_goes_to_the_group);
	tcase_add_test(tc, replaces_the_file_behind_a_symbolic_link);
	tcase_add_test(tc, writers_wait_for_each_other);
	tcase_add_test(tc, a_killed_writer_leaves_the_old_or_the_new_file);
	return testing_run(suite);
}
