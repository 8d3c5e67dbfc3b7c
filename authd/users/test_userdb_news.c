#include <stdio.h>
#include <string.h>

#include "userdb.h"
#include "userdb_edit.h"
#include "mem.h"
#include "testing.h"

static char *dir, *path;
static struct userdb *db;
static unsigned long before;
static struct userdb_news news;

static void
setup(void)
{
	dir = testing_make_dir();
	path = xasprintf("%s/users.gdbm", dir);
	db = userdb_new(path);
	before = 0;
}

static void
teardown(void)
{
	userdb_news_free(&news);
	userdb_free(db);
	free(path);
	testing_remove_dir(dir);
}

static struct userdb_edit *
begin(void)
{
	struct strbuf err = { 0 };
	struct userdb_edit *edit =
	    userdb_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);

	ck_assert_msg(edit != NULL, "%s", strbuf_str(&err));
	return edit;
}

static void
put(struct userdb_edit *edit, const char *name, enum user_status status,
    const char *reason)
{
	struct user_record record = { .status = status };
	struct strbuf err = { 0 };

	record.suspension.reason = reason == NULL ? NULL : xstrdup(reason);
	record.suspension.until = reason == NULL ? 0 : 77;
	record.suspension.only_sending = reason != NULL;
	ck_assert_int_eq(userdb_edit_put(edit, name, &record, &err), 0);
	user_record_free(&record);
}

/* Take what is new; returns false when nothing is. */
static bool
commit(struct userdb_edit *edit)
{
	struct strbuf err = { 0 };

	ck_assert_int_eq(userdb_edit_commit(edit, &err), 0);
	ck_assert_int_eq(userdb_refresh(db, &err), 0);
	userdb_news_free(&news);
	return userdb_news(db, &before, &news);
}

static void
expect(const char *suspended)
{
	struct strbuf out = { 0 };

	for (size_t i = 0; i < news.nsuspended; i++) {
		const struct suspension *s = &news.suspended[i].suspension;

		strbuf_addf(&out, "%s %lld %d %s;", news.suspended[i].name,
		    (long long)s->until, s->only_sending,
		    s->reason != NULL ? s->reason : "-");
	}
	testing_eat(&out, suspended);
}

START_TEST(says_who_was_changed_and_who_is_suspended)
{
	struct userdb_edit *edit = begin();
	struct strbuf err = { 0 };

	put(edit, "joe@x", USER_ACTIVE, NULL);
	put(edit, "zoe@x", USER_SUSPENDED, NULL);
	put(edit, "ann@x", USER_SUSPENDED, "stolen, they say");
	ck_assert(commit(edit));
	ck_assert_uint_eq(news.changes, 3);
	ck_assert_uint_eq(news.known, 3);
	ck_assert_str_eq(news.changed[0], "joe@x");
	ck_assert_str_eq(news.changed[2], "ann@x");
	expect("ann@x 77 1 stolen, they say;zoe@x 0 0 -;");
	ck_assert(!userdb_news(db, &before, &news));

	edit = begin();
	put(edit, "ann@x", USER_ACTIVE, NULL);
	ck_assert_int_eq(userdb_edit_delete(edit, "zoe@x", &err), 0);
	ck_assert_int_eq(userdb_edit_delete(edit, "nobody@x", &err), 1);
	put(edit, "joe@x", USER_SUSPENDED, NULL);
	ck_assert(commit(edit));
	ck_assert_uint_eq(news.changes, 6);
	ck_assert_str_eq(news.changed[4], "zoe@x");
	expect("joe@x 0 0 -;zoe@x 0 0 -;");

	edit = begin();
	put(edit, "zoe@x", USER_ACTIVE, NULL);
	ck_assert(commit(edit));
	expect("joe@x 0 0 -;");
}
END_TEST

START_TEST(knows_the_last_changes_only)
{
	struct userdb_edit *edit = begin();
	char name[32];

	for (int i = 0; i < USERDB_CHANGES_MAX + 10; i++) {
		snprintf(name, sizeof name, "u%d@x", i);
		put(edit, name, USER_ACTIVE, NULL);
	}
	ck_assert(commit(edit));
	ck_assert_uint_eq(news.changes, USERDB_CHANGES_MAX + 10);
	ck_assert_uint_eq(news.known, USERDB_CHANGES_MAX);
	ck_assert_str_eq(news.changed[9], name);
	ck_assert_str_eq(news.changed[10], "u10@x");
}
END_TEST

/* What an older authctl made says nothing of it. */
START_TEST(finds_who_was_suspended_before_there_were_news)
{
	struct userdb_edit *edit = begin();
	struct store_edit *store;
	unsigned char key[USERDB_FAKE_KEY_LEN];
	struct strbuf self = { 0 }, err = { 0 };

	put(edit, "joe@x", USER_SUSPENDED, NULL);
	put(edit, "ann@x", USER_ACTIVE, NULL);
	ck_assert(commit(edit));
	ck_assert_int_eq(userdb_fake_key(db, key, &err), 0);
	store = store_edit_begin(path, STORE_EDIT_EXISTING, NULL, &err);
	userdb_self_encode(key, &self);
	ck_assert_int_eq(store_edit_put(store, USERDB_SELF_KEY,
			     strlen(USERDB_SELF_KEY), self.bytes, self.len,
			     &err),
	    0);
	ck_assert_int_eq(store_edit_commit(store, &err), 0);
	strbuf_free(&self);

	edit = begin();
	put(edit, "zoe@x", USER_ACTIVE, NULL);
	ck_assert(commit(edit));
	ck_assert_uint_eq(news.changes, 1);
	expect("joe@x 0 0 -;");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("userdb_news");
	TCase *tcase = tcase_create("userdb_news");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, says_who_was_changed_and_who_is_suspended);
	tcase_add_test(tcase, knows_the_last_changes_only);
	tcase_add_test(tcase, finds_who_was_suspended_before_there_were_news);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
