#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "last_logins.h"
#include "testing_log.h"
#include "testing_thread.h"

static char *dir, *path;

static void
begin(void)
{
	log_open("test", LOG_TARGET_STDERR);
	log_set_level(LOG_LEVEL_ERROR);
	dir = testing_make_dir();
	path = xasprintf("%s/last", dir);
}

static void
end(void)
{
	free(path);
	testing_remove_dir(dir);
}

static struct last_login
login_at(time_t when, const char *ip, const char *label)
{
	struct last_login login = { .when = when,
		.mechanism = MECHANISM_CRAM_MD5 };

	ip_parse(&login.ip, ip);
	strcpy(login.label, label);
	return login;
}

static void
put(struct last_login_file *file, const struct last_login_key *key, time_t when)
{
	const struct last_login login = login_at(when, "192.0.2.1", "");
	struct strbuf err = { 0 };

	ck_assert_msg(last_login_put(file, key, &login, &err) == 0, "%s",
	    strbuf_str(&err));
}

/* 0: there is none. */
static time_t
when_of(const struct last_login_file *file, const struct last_login_key *key)
{
	struct last_login login;
	struct strbuf err = { 0 };

	if (last_login_find(file, key, &login, &err) != LOOKUP_FOUND)
		return 0;
	return login.when;
}

static void
open_file(struct last_login_file *file)
{
	struct strbuf err = { 0 };

	ck_assert_msg(last_login_file_open(file, path, &err) == 0, "%s",
	    strbuf_str(&err));
}

static void
look(struct last_login_file *file)
{
	struct strbuf err = { 0 };

	ck_assert_msg(last_login_file_look(file, path, &err) == 0, "%s",
	    strbuf_str(&err));
}

START_TEST(keeps_all_of_a_login)
{
	const struct last_login_key key = { LAST_USE, "u@r", "scanner-3" };
	const struct last_login login =
	    login_at(4000000000, "2001:db8::1", "scanner-3");
	struct last_login_file file;
	struct last_login found;
	struct strbuf err = { 0 }, ip = { 0 };

	open_file(&file);
	ck_assert_int_eq(last_login_put(&file, &key, &login, &err), 0);
	last_login_file_close(&file);
	look(&file);
	ck_assert_int_eq(last_login_find(&file, &key, &found, &err),
	    LOOKUP_FOUND);
	ck_assert(found.when == 4000000000);
	ck_assert_int_eq(found.mechanism, MECHANISM_CRAM_MD5);
	ck_assert_str_eq(found.label, "scanner-3");
	ip_print(&found.ip, &ip);
	testing_eat(&ip, "2001:db8::1");
	last_login_file_close(&file);
}
END_TEST

START_TEST(tells_keys_apart)
{
	const struct last_login_key keys[] = {
		{ LAST_LOGIN, "u@r", NULL },
		{ LAST_FAILURE, "u@r", NULL },
		{ LAST_LOGIN, "v@r", NULL },
		{ LAST_USE, "u@r", "a" },
		{ LAST_USE, "u@r", "b" },
	};
	const size_t n = sizeof keys / sizeof keys[0];
	struct last_login_file file;

	open_file(&file);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(when_of(&file, &keys[i]), 0);
		put(&file, &keys[i], (time_t)i + 1);
	}
	put(&file, &keys[0], 9);
	ck_assert_int_eq(when_of(&file, &keys[0]), 9);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_eq(when_of(&file, &keys[i]), (time_t)i + 1);
	last_login_file_close(&file);
}
END_TEST

static struct last_login_key
number(char name[16], int i)
{
	snprintf(name, 16, "u%d@r", i);
	return (struct last_login_key){ LAST_LOGIN, name, NULL };
}

START_TEST(grows_and_loses_nobody)
{
	struct last_login_file file;
	struct last_login_key key;
	char name[16];

	open_file(&file);
	for (int i = 1; i <= 20000; i++) {
		key = number(name, i);
		put(&file, &key, i);
	}
	last_login_file_close(&file);
	look(&file);
	for (int i = 1; i <= 20000; i++) {
		key = number(name, i);
		ck_assert_int_eq(when_of(&file, &key), i);
	}
	ck_assert_int_gt(file.pages, 1);
	last_login_file_close(&file);
}
END_TEST

START_TEST(is_bounded_and_the_oldest_goes)
{
	struct last_login_file file;
	struct last_login_key key;
	char name[16];
	struct stat st;
	int kept = 0;

	open_file(&file);
	file.pages_max = 4;
	for (int i = 1; i <= 20000; i++) {
		key = number(name, i);
		put(&file, &key, i);
	}
	fstat(file.fd, &st);
	ck_assert_int_le(st.st_size, 5 * LAST_LOGIN_PAGE);
	for (int i = 1; i <= 20000; i++) {
		key = number(name, i);
		if (when_of(&file, &key) != 0) {
			ck_assert_int_gt(i, 19000);
			kept++;
		}
	}
	ck_assert_int_gt(kept, 300);
	last_login_file_close(&file);
}
END_TEST

static void
spoil(off_t offset, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(pwrite(fd, bytes, len, offset), len);
	close(fd);
}

START_TEST(a_torn_page_is_an_empty_one)
{
	const struct last_login_key key = { LAST_LOGIN, "u@r", NULL };
	struct last_login_file file;

	open_file(&file);
	put(&file, &key, 1);
	spoil(LAST_LOGIN_PAGE + 30, "torn", 4);
	ck_assert_int_eq(when_of(&file, &key), 0);
	spoil(LAST_LOGIN_PAGE + 8, "\377\377\377\377", 4);
	ck_assert_int_eq(when_of(&file, &key), 0);
	put(&file, &key, 2);
	ck_assert_int_eq(when_of(&file, &key), 2);
	last_login_file_close(&file);
}
END_TEST

START_TEST(what_cannot_be_used_is_begun_anew)
{
	const struct last_login_key key = { LAST_LOGIN, "u@r", NULL };
	static const off_t sizes[] = { 0, 10, 4096, 8000, 4 * 4096, 1 << 20 };
	struct last_login_file file;
	struct strbuf err = { 0 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

		ck_assert_int_eq(ftruncate(fd, sizes[i]), 0);
		close(fd);
		ck_assert_int_eq(last_login_file_look(&file, path, &err), -1);
		open_file(&file);
		put(&file, &key, 1);
		ck_assert_int_eq(when_of(&file, &key), 1);
		last_login_file_close(&file);
	}
	strbuf_free(&err);
}
END_TEST

START_TEST(belongs_to_the_group_of_its_directory)
{
	struct last_login_file file;
	struct stat st, of_dir;

	open_file(&file);
	fstat(file.fd, &st);
	stat(dir, &of_dir);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	ck_assert_int_eq(st.st_gid, of_dir.st_gid);
	last_login_file_close(&file);
}
END_TEST

START_TEST(what_is_added_is_written_at_the_end)
{
	struct event_base *base = event_base_new();
	struct last_logins *last = last_logins_new(base, path);
	struct last_login login = login_at(1, "192.0.2.1", "phone");
	struct last_login_file file;
	struct last_login_key key;
	char name[16];

	ck_assert_ptr_nonnull(last);
	for (int i = 1; i <= 2 * LAST_LOGINS_MAX; i++) {
		key = number(name, i);
		login.when = i;
		last_logins_add(last, &key, &login);
		key.kind = LAST_USE;
		key.label = login.label;
		if (i <= 10)
			last_logins_add(last, &key, &login);
	}
	key = number(name, 1);
	login.when = 77;
	last_logins_add(last, &key, &login);
	last_logins_free(last);
	event_base_free(base);
	look(&file);
	ck_assert_int_eq(when_of(&file, &key), 77);
	for (int i = 2; i <= LAST_LOGINS_MAX / 2; i++) {
		key = number(name, i);
		ck_assert_int_eq(when_of(&file, &key), i);
	}
	key = (struct last_login_key){ LAST_USE, "u7@r", "phone" };
	ck_assert_int_eq(when_of(&file, &key), 7);
	last_login_file_close(&file);
}
END_TEST

START_TEST(keeps_them_until_there_is_a_thread)
{
	const struct last_login_key key = { LAST_LOGIN, "u@r", NULL };
	const struct last_login login = login_at(7, "192.0.2.1", "");
	struct event_base *base = event_base_new();
	struct last_logins *last = last_logins_new(base, path);
	struct last_login_file file;

	testing_threads_refused = 1;
	last_logins_add(last, &key, &login);
	while (testing_threads_refused > 0)
		event_base_loop(base, EVLOOP_ONCE);
	last_logins_free(last);
	event_base_free(base);
	look(&file);
	ck_assert_int_eq(when_of(&file, &key), 7);
	last_login_file_close(&file);
}
END_TEST

START_TEST(a_stop_says_how_many_are_lost)
{
	const struct last_login_key key = { LAST_LOGIN, "u@r", NULL },
				    other = { LAST_LOGIN, "v@r", NULL };
	const struct last_login login = login_at(7, "192.0.2.1", "");
	struct event_base *base = event_base_new();
	struct last_logins *last = last_logins_new(base, path);

	testing_log_begin("test");
	testing_threads_refused = 1000;
	last_logins_add(last, &key, &login);
	last_logins_add(last, &other, &login);
	last_logins_free(last);
	testing_threads_refused = 0;
	ck_assert_uint_eq(testing_log_count("2 last logins are lost"), 1);
	testing_log_end();
	event_base_free(base);
}
END_TEST

START_TEST(goes_on_without_a_place)
{
	const struct last_login_key key = { LAST_LOGIN, "u@r", NULL };
	const struct last_login login = login_at(1, "192.0.2.1", "");
	struct event_base *base = event_base_new();
	struct last_logins *last;

	last = last_logins_new(base, "");
	ck_assert_ptr_null(last);
	last_logins_add(last, &key, &login);
	last_logins_free(last);
	last = last_logins_new(base, "/nonexistent/last");
	ck_assert_ptr_null(last);
	event_base_free(base);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("last_logins");
	TCase *tc = tcase_create("last_logins");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, keeps_all_of_a_login);
	tcase_add_test(tc, tells_keys_apart);
	tcase_add_test(tc, grows_and_loses_nobody);
	tcase_add_test(tc, is_bounded_and_the_oldest_goes);
	tcase_add_test(tc, a_torn_page_is_an_empty_one);
	tcase_add_test(tc, what_cannot_be_used_is_begun_anew);
	tcase_add_test(tc, belongs_to_the_group_of_its_directory);
	tcase_add_test(tc, what_is_added_is_written_at_the_end);
	tcase_add_test(tc, keeps_them_until_there_is_a_thread);
	tcase_add_test(tc, a_stop_says_how_many_are_lost);
	tcase_add_test(tc, goes_on_without_a_place);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
