#include <sys/stat.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "testing.h"
#include "mem.h"
#include "userdb.h"
#include "userdb_edit.h"

static char directory[] = "/tmp/test_userdb.XXXXXX";
static char *path;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	path = xasprintf("%s/users.gdbm", directory);
}

static void
teardown(void)
{
	char *lock = xasprintf("%s.lock", path);

	unlink(path);
	unlink(lock);
	rmdir(directory);
	free(lock);
	free(path);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
}

/* A database with these names, NULL-terminated. */
static void
put_users(const char *const *names)
{
	struct strbuf err = { 0 };
	struct userdb_edit *edit =
	    userdb_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);

	ck_assert_msg(edit != NULL, "%s", strbuf_str(&err));
	for (; *names != NULL; names++) {
		struct user_record record = { .created = 1 };

		ck_assert_int_eq(userdb_edit_put(edit, *names, &record, &err),
		    0);
	}
	ck_assert_int_eq(userdb_edit_commit(edit, &err), 0);
}

static enum lookup
find(struct userdb *db, const char *name)
{
	struct strbuf err = { 0 };
	struct user_record record;
	enum lookup result = userdb_find(db, name, &record, &err);

	ck_assert_int_eq(result == LOOKUP_TEMPFAIL, err.len > 0);
	user_record_free(&record);
	strbuf_free(&err);
	return result;
}

static void
write_file(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
}

START_TEST(finds_who_is_there)
{
	struct userdb *db = userdb_new(path);

	put_users((const char *const[]){ "a@x", "b@x", NULL });
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	ck_assert_int_eq(find(db, "c@x"), LOOKUP_NOT_FOUND);
	ck_assert_int_eq(find(db, USERDB_SELF_KEY), LOOKUP_NOT_FOUND);
	userdb_free(db);
}
END_TEST

START_TEST(sees_a_replaced_file_at_once)
{
	struct userdb *db = userdb_new(path);

	put_users((const char *const[]){ "a@x", NULL });
	ck_assert_int_eq(find(db, "b@x"), LOOKUP_NOT_FOUND);
	put_users((const char *const[]){ "b@x", NULL });
	ck_assert_int_eq(find(db, "b@x"), LOOKUP_FOUND);
	userdb_free(db);
}
END_TEST

START_TEST(one_look_holds_until_the_next_is_asked_for)
{
	struct userdb *db = userdb_new(path);
	struct strbuf err = { 0 };

	put_users((const char *const[]){ "a@x", NULL });
	userdb_look_once(db);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	put_users((const char *const[]){ "b@x", NULL });
	ck_assert_int_eq(find(db, "b@x"), LOOKUP_NOT_FOUND);
	userdb_look_once(db);
	ck_assert_int_eq(find(db, "b@x"), LOOKUP_FOUND);
	ck_assert_int_eq(find(db, "b@x"), LOOKUP_FOUND);
	put_users((const char *const[]){ "c@x", NULL });
	ck_assert_int_eq(userdb_refresh(db, &err), 0);
	ck_assert_int_eq(find(db, "c@x"), LOOKUP_FOUND);
	userdb_free(db);
}
END_TEST

START_TEST(no_usable_database_is_a_temporary_failure)
{
	static const char junk[8192] = "junk";
	struct userdb *db = userdb_new(path);

	ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
	write_file("", 0);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
	write_file(junk, sizeof junk);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
	unlink(path);
	put_users((const char *const[]){ "a@x", NULL });
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	ck_assert_int_eq(truncate(path, 3000), 0);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
	unlink(path);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
	put_users((const char *const[]){ "a@x", NULL });
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
	unlink(path);
	userdb_free(db);
}
END_TEST

START_TEST(a_file_out_of_reach_leaves_the_old_one_in_use_and_is_reported)
{
	struct userdb *db = userdb_new(path);
	struct strbuf err = { 0 };

	put_users((const char *const[]){ "a@x", NULL });
	ck_assert_int_eq(userdb_refresh(db, &err), 0);
	ck_assert_uint_eq(err.len, 0);
	unlink(path);
	ck_assert_int_eq(symlink(path, path), 0); /* ELOOP, for root too */
	ck_assert_int_eq(userdb_refresh(db, &err), 0);
	ck_assert_uint_gt(err.len, 0);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	unlink(path);
	strbuf_free(&err);
	userdb_free(db);
}
END_TEST

/* A GDBM file that holds this instead of our entry about ourselves. */
static void
put_self(const char *key, const char *text)
{
	struct strbuf err = { 0 };
	struct store_edit *edit =
	    store_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);

	ck_assert_ptr_nonnull(edit);
	ck_assert_int_eq(
	    store_edit_put(edit, key, strlen(key), text, strlen(text), &err),
	    0);
	ck_assert_int_eq(store_edit_commit(edit, &err), 0);
}

START_TEST(foreign_and_later_databases_are_told_apart)
{
	static const struct {
		const char *key, *text, *why;
	} cases[] = {
		{ "a@x", "b", "not a user database made by authctl" },
		{ USERDB_SELF_KEY, "hello",
		    "not a user database made by authctl" },
		{ USERDB_SELF_KEY, "sekisho-users 2\nfake-key=00\n",
		    "user database of version 2, this program knows only "
		    "version 1" },
		{ USERDB_SELF_KEY, "sekisho-users 1\nfake-key=00\n",
		    "user database: its own entry is damaged" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct userdb *db = userdb_new(path);
		struct strbuf err = { 0 };
		char *text = xasprintf("%s: %s", path, cases[i].why);

		unlink(path);
		put_self(cases[i].key, cases[i].text);
		ck_assert_int_eq(userdb_refresh(db, &err), -1);
		testing_eat(&err, text);
		ck_assert_int_eq(find(db, "a@x"), LOOKUP_TEMPFAIL);
		ck_assert_ptr_null(
		    userdb_edit_begin(path, STORE_EDIT_CREATE, NULL, &err));
		testing_eat(&err, text);
		free(text);
		userdb_free(db);
	}
}
END_TEST

START_TEST(a_damaged_record_is_a_temporary_failure)
{
	struct userdb *db = userdb_new(path);
	struct strbuf err = { 0 };
	struct store_edit *edit;

	put_users((const char *const[]){ "a@x", NULL });
	edit = store_edit_begin(path, STORE_EDIT_EXISTING, NULL, &err);
	ck_assert_ptr_nonnull(edit);
	ck_assert_int_eq(store_edit_put(edit, "b@x", 3, "junk", 4, &err), 0);
	ck_assert_int_eq(store_edit_commit(edit, &err), 0);
	ck_assert_int_eq(find(db, "b@x"), LOOKUP_TEMPFAIL);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	userdb_free(db);
}
END_TEST

START_TEST(the_key_for_fake_secrets_stays)
{
	unsigned char key[USERDB_FAKE_KEY_LEN], again[USERDB_FAKE_KEY_LEN];
	static const unsigned char zero[USERDB_FAKE_KEY_LEN];
	struct userdb *db = userdb_new(path);
	struct strbuf err = { 0 };

	ck_assert_int_eq(userdb_fake_key(db, key, &err), -1);
	strbuf_free(&err);
	put_users((const char *const[]){ NULL });
	ck_assert_int_eq(userdb_fake_key(db, key, &err), 0);
	ck_assert_mem_ne(key, zero, sizeof key);
	put_users((const char *const[]){ "a@x", NULL });
	ck_assert_int_eq(userdb_fake_key(db, again, &err), 0);
	ck_assert_mem_eq(key, again, sizeof key);
	userdb_free(db);
}
END_TEST

static bool
count_user(void *arg, const char *name, const struct user_record *record)
{
	ck_assert_ptr_nonnull(strchr(name, '@'));
	ck_assert_ptr_nonnull(record);
	return ++*(int *)arg < 2;
}

START_TEST(walks_and_counts_users_only)
{
	struct userdb *db = userdb_new(path);
	struct strbuf err = { 0 };
	int n = 0;

	put_users((const char *const[]){ "a@x", NULL });
	ck_assert_int_eq(userdb_count(db, &err), 1);
	ck_assert_int_eq(userdb_each(path, count_user, &n, &err), 0);
	ck_assert_int_eq(n, 1);
	put_users((const char *const[]){ "b@x", "c@x", NULL });
	ck_assert_int_eq(userdb_count(db, &err), 3);
	n = 0;
	ck_assert_int_eq(userdb_each(path, count_user, &n, &err), 0);
	ck_assert_int_eq(n, 2); /* ended early */
	userdb_free(db);
}
END_TEST

START_TEST(an_edit_sees_itself_and_leaves_nothing_when_aborted)
{
	struct userdb *db = userdb_new(path);
	struct strbuf err = { 0 };
	struct user_record record;
	struct userdb_edit *edit;

	put_users((const char *const[]){ "a@x", NULL });
	edit = userdb_edit_begin(path, STORE_EDIT_EXISTING, NULL, &err);
	ck_assert_int_eq(userdb_edit_delete(edit, "a@x", &err), 0);
	ck_assert_int_eq(userdb_edit_delete(edit, "a@x", &err), 1);
	ck_assert_int_eq(userdb_edit_find(edit, "a@x", &record, &err),
	    LOOKUP_NOT_FOUND);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	userdb_edit_abort(edit);
	ck_assert_int_eq(find(db, "a@x"), LOOKUP_FOUND);
	userdb_free(db);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("userdb");
	TCase *tc = tcase_create("userdb");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, finds_who_is_there);
	tcase_add_test(tc, sees_a_replaced_file_at_once);
	tcase_add_test(tc, one_look_holds_until_the_next_is_asked_for);
	tcase_add_test(tc, no_usable_database_is_a_temporary_failure);
	tcase_add_test(tc,
	    a_file_out_of_reach_leaves_the_old_one_in_use_and_is_reported);
	tcase_add_test(tc, foreign_and_later_databases_are_told_apart);
	tcase_add_test(tc, a_damaged_record_is_a_temporary_failure);
	tcase_add_test(tc, the_key_for_fake_secrets_stays);
	tcase_add_test(tc, walks_and_counts_users_only);
	tcase_add_test(tc, an_edit_sees_itself_and_leaves_nothing_when_aborted);
	return testing_run(suite);
}
