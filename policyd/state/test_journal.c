#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"
#include "store.h"
#include "testing_log.h"
#include "state_report.h"
#include "testing_state.h"

static void
read_file(const char *path, struct strbuf *content)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fstat(fd, &st), 0);
	strbuf_truncate(content, 0);
	strbuf_reserve(content, (size_t)st.st_size);
	ck_assert_int_eq(read(fd, content->bytes, (size_t)st.st_size),
	    st.st_size);
	content->len = (size_t)st.st_size;
	close(fd);
}

static void
write_file(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static char *
journal_path(const struct lab *lab)
{
	return xasprintf("%s.journal", lab->path);
}

/* What was written before the crash is there up to the last whole record. */
START_TEST(is_whole_up_to_where_it_was_torn)
{
	struct lab lab;
	char *path;
	struct strbuf content = { 0 };
	size_t head, first;

	testing_log_begin("test");
	lab_begin(&lab);
	path = journal_path(&lab);
	read_file(path, &content);
	head = content.len;
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	ck_assert_ptr_null(lab_sync(&lab));
	read_file(path, &content);
	first = content.len;
	lab_put(&lab, KIND_KEEPS, "b", "2", 0);
	state_free(lab.state);
	read_file(path, &content);
	for (size_t len = 0; len <= content.len; len++) {
		unsigned lines = testing_log_count("are cut off");
		bool is_torn = len > head && len != first && len < content.len;

		write_file(path, content.bytes, len);
		lab_open(&lab);
		lab_expect(&lab, KIND_KEEPS, "a", len >= first ? "1" : "");
		lab_expect(&lab, KIND_KEEPS, "b",
		    len == content.len ? "2" : "");
		ck_assert_uint_eq(testing_log_count("are cut off"),
		    lines + is_torn);
		/* and it goes on behind the cut */
		lab_put(&lab, KIND_KEEPS, "c", "3", 0);
		lab_restart(&lab);
		lab_expect(&lab, KIND_KEEPS, "c", "3");
		state_free(lab.state);
	}
	lab_open(&lab);
	lab_end(&lab);
	strbuf_free(&content);
	free(path);
	testing_log_end();
}
END_TEST

/* Blocks of zeros, as some file systems leave them, and single bits. */
START_TEST(nothing_garbled_is_believed)
{
	struct lab lab;
	char *path;
	struct strbuf content = { 0 };
	size_t first;

	testing_log_begin("test");
	lab_begin(&lab);
	path = journal_path(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	ck_assert_ptr_null(lab_sync(&lab));
	read_file(path, &content);
	first = content.len;
	lab_put(&lab, KIND_KEEPS, "b", "2", 0);
	state_free(lab.state);
	read_file(path, &content);
	for (size_t i = first; i < content.len; i++) {
		content.bytes[i] ^= 1;
		write_file(path, content.bytes, content.len);
		lab_open(&lab);
		lab_expect(&lab, KIND_KEEPS, "a", "1");
		lab_expect(&lab, KIND_KEEPS, "b", "");
		state_free(lab.state);
		content.bytes[i] ^= 1;
	}
	memset(content.bytes + first, 0, content.len - first);
	write_file(path, content.bytes, content.len);
	lab_open(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	lab_end(&lab);
	strbuf_free(&content);
	free(path);
	testing_log_end();
}
END_TEST

/* Changes until the journal has been compacted once.  The snapshot has its name
 * before the journal begins anew, and what is synced then comes behind both. */
static void
fill_until_compacted(struct lab *lab)
{
	struct stat first, now;
	char value[STATE_VALUE_MAX];

	memset(value, 'x', sizeof value);
	if (stat(lab->path, &first) == -1)
		first.st_ino = 0;
	for (int i = 0;; i++) {
		snprintf(value, sizeof value, "%d", i);
		ck_assert(state_put(lab->state, KIND_KEEPS, "large", 5, value,
		    sizeof value, 0));
		ck_assert_ptr_null(lab_sync(lab));
		if (stat(lab->path, &now) == 0 && now.st_ino != first.st_ino)
			break;
	}
	ck_assert_ptr_null(lab_sync(lab));
}

START_TEST(a_long_journal_becomes_a_snapshot)
{
	struct lab lab;
	struct stat st;
	char *path;

	lab_begin(&lab);
	path = journal_path(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	lab_put(&lab, KIND_KEEPS, "b", "2", 0);
	state_forget(lab.state, KIND_KEEPS, "b", 1);
	lab_put(&lab, KIND_GIVES_WAY, "c", "3", testing_now + 1);
	testing_now++;
	fill_until_compacted(&lab);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_lt(st.st_size, 100000);
	lab_put(&lab, KIND_KEEPS, "after", "4", 0);
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	lab_expect(&lab, KIND_KEEPS, "b", "");
	lab_expect(&lab, KIND_GIVES_WAY, "c", "");
	lab_expect(&lab, KIND_KEEPS, "after", "4");
	free(path);
	lab_end(&lab);
}
END_TEST

/* Killed when the snapshot had its name, and the journal was still the old
 * one. */
START_TEST(a_journal_that_the_snapshot_has_is_not_played_again)
{
	struct lab lab;
	char *path;
	struct strbuf old = { 0 };

	lab_begin(&lab);
	path = journal_path(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "old", 0);
	ck_assert_ptr_null(lab_sync(&lab));
	read_file(path, &old);
	lab_put(&lab, KIND_KEEPS, "a", "new", 0);
	fill_until_compacted(&lab);
	state_free(lab.state);
	write_file(path, old.bytes, old.len);
	lab_open(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "new");
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "new");
	free(path);
	strbuf_free(&old);
	lab_end(&lab);
}
END_TEST

/* Killed before the snapshot had its name. */
START_TEST(a_snapshot_that_was_not_finished_is_none)
{
	struct lab lab;
	char *draft;

	testing_log_begin("test");
	lab_begin(&lab);
	draft = xasprintf("%s.new", lab.path);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	state_free(lab.state);
	write_file(draft, "half", 4);
	lab_open(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	free(draft);
	lab_end(&lab);
	testing_log_end();
}
END_TEST

/* Another file than ours is left alone; all goes on in memory, with one line,
 * and who asks for more is told why not. */
static void
expect_refusal(struct lab *lab, const char *path, const char *why)
{
	struct strbuf before = { 0 }, after = { 0 };
	unsigned lines = testing_log_count("state_database: ");
	char *failure;

	read_file(path, &before);
	lab_open(lab);
	ck_assert_uint_eq(testing_log_count("state_database: "), lines + 1);
	lab_expect(lab, KIND_KEEPS, "a", "");
	lab_put(lab, KIND_KEEPS, "a", "2", 0);
	lab_expect(lab, KIND_KEEPS, "a", "2");
	failure = lab_sync(lab);
	ck_assert_ptr_nonnull(failure);
	ck_assert_msg(strstr(failure, why) != NULL, "%s: not %s", failure, why);
	free(failure);
	state_free(lab->state);
	read_file(path, &after);
	ck_assert_uint_eq(after.len, before.len);
	ck_assert_int_eq(memcmp(after.bytes, before.bytes, after.len), 0);
	strbuf_free(&before);
	strbuf_free(&after);
}

START_TEST(what_is_not_ours_is_left_alone)
{
	struct lab lab;
	char *path;
	struct strbuf journal = { 0 }, snapshot = { 0 }, err = { 0 };
	struct store_edit *edit;

	testing_log_begin("test");
	lab_begin(&lab);
	path = journal_path(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	fill_until_compacted(&lab);
	state_free(lab.state);
	read_file(path, &journal);
	read_file(lab.path, &snapshot);

	write_file(path, "From: somebody else\n", 20);
	expect_refusal(&lab, path, "not a journal of policyd");
	write_file(path, "sekisho-journal 2\nwhatever\n", 27);
	expect_refusal(&lab, path, "newer version");
	write_file(path, journal.bytes, journal.len);

	write_file(lab.path, "From: somebody else, a long letter\n", 35);
	expect_refusal(&lab, lab.path, "not a GDBM database");
	write_file(lab.path, "", 0);
	expect_refusal(&lab, lab.path, "empty file");
	write_file(lab.path, snapshot.bytes, snapshot.len / 2);
	expect_refusal(&lab, lab.path, "truncated");

	edit = store_edit_begin(lab.path, STORE_EDIT_ANEW, NULL, &err);
	ck_assert_int_eq(store_edit_put(edit, "a", 1, "1", 1, &err), 0);
	ck_assert_int_eq(store_edit_commit(edit, &err), 0);
	expect_refusal(&lab, lab.path, "not a state database");
	edit = store_edit_begin(lab.path, STORE_EDIT_ANEW, NULL, &err);
	ck_assert_int_eq(
	    store_edit_put(edit, "#sekisho-state", 14, "2 1", 3, &err), 0);
	ck_assert_int_eq(store_edit_commit(edit, &err), 0);
	expect_refusal(&lab, lab.path, "newer version");

	write_file(lab.path, snapshot.bytes, snapshot.len);
	lab_open(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	strbuf_free(&journal);
	strbuf_free(&snapshot);
	free(path);
	lab_end(&lab);
	testing_log_end();
}
END_TEST

START_TEST(goes_on_in_memory_without_a_directory)
{
	struct lab lab;
	char *failure;

	testing_log_begin("test");
	lab_begin(&lab);
	state_free(lab.state);
	free(lab.path);
	lab.path = xasprintf("%s/none/state.gdbm", lab.dir);
	lab_open(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	failure = lab_sync(&lab);
	ck_assert_ptr_nonnull(strstr(failure, "No such file or directory"));
	free(failure);
	lab_end(&lab);
	testing_log_end();
}
END_TEST

static void
limit_files(rlim_t size)
{
	const struct rlimit limit = { size, RLIM_INFINITY };

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* One line, and one when it works again; nothing is lost then, not even what
 * was taken away meanwhile. */
START_TEST(goes_on_in_memory_while_the_disk_is_full)
{
	struct lab lab;
	static char large[32768];
	char *failure;

	signal(SIGXFSZ, SIG_IGN);
	testing_log_begin("test");
	lab_begin(&lab);
	ck_assert(state_put(lab.state, KIND_KEEPS, "large", 5, large,
	    sizeof large, 0));
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	lab_put(&lab, KIND_KEEPS, "b", "2", 0);
	ck_assert_ptr_null(lab_sync(&lab));
	limit_files(20480); /* enough for the log */
	for (int i = 0; i < 3; i++) {
		lab_put(&lab, KIND_KEEPS, "c", "3", 0);
		failure = lab_sync(&lab);
		ck_assert_ptr_nonnull(failure);
		ck_assert_ptr_nonnull(strstr(failure, "File too large"));
		free(failure);
	}
	ck_assert(state_forget(lab.state, KIND_KEEPS, "a", 1));
	lab_expect(&lab, KIND_KEEPS, "c", "3");
	limit_files(RLIM_INFINITY);
	ck_assert_uint_eq(testing_log_count("memory only"), 1);
	ck_assert_ptr_null(lab_sync(&lab));
	ck_assert_uint_eq(testing_log_count("memory only"), 1);
	ck_assert_uint_eq(testing_log_count("on disk again"), 1);
	lab_put(&lab, KIND_KEEPS, "d", "4", 0);
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "");
	lab_expect(&lab, KIND_KEEPS, "b", "2");
	lab_expect(&lab, KIND_KEEPS, "c", "3");
	lab_expect(&lab, KIND_KEEPS, "d", "4");
	lab_end(&lab);
	testing_log_end();
}
END_TEST

START_TEST(a_journal_that_was_removed_is_made_anew)
{
	struct lab lab;
	char *path, *failure;

	testing_log_begin("test");
	lab_begin(&lab);
	path = journal_path(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	ck_assert_int_eq(unlink(path), 0);
	failure = lab_sync(&lab);
	ck_assert_ptr_nonnull(strstr(failure, "was removed"));
	free(failure);
	lab_put(&lab, KIND_KEEPS, "b", "2", 0);
	ck_assert_ptr_null(lab_sync(&lab));
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	lab_expect(&lab, KIND_KEEPS, "b", "2");
	free(path);
	lab_end(&lab);
	testing_log_end();
}
END_TEST

START_TEST(what_changes_again_is_written_once)
{
	struct lab lab;
	char *path, value[8];
	struct strbuf content = { 0 };
	size_t once;

	lab_begin(&lab);
	path = journal_path(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "0000", 0);
	lab_put(&lab, KIND_KEEPS, "b", "0000", 0);
	state_forget(lab.state, KIND_KEEPS, "b", 1);
	ck_assert_ptr_null(lab_sync(&lab));
	read_file(path, &content);
	once = content.len;
	for (int i = 1; i < 10000; i++) {
		snprintf(value, sizeof value, "%04d", i);
		lab_put(&lab, KIND_KEEPS, "a", value, 0);
		lab_put(&lab, KIND_KEEPS, "b", value, 0);
	}
	state_forget(lab.state, KIND_KEEPS, "b", 1);
	ck_assert_ptr_null(lab_sync(&lab));
	read_file(path, &content);
	ck_assert_uint_le(content.len, 2 * once);
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "9999");
	lab_expect(&lab, KIND_KEEPS, "b", "");
	strbuf_free(&content);
	free(path);
	lab_end(&lab);
}
END_TEST

/* Without a command the loop's turn and half a second are enough. */
START_TEST(writes_and_syncs_by_itself)
{
	struct lab lab;

	lab_begin(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	for (struct strbuf out = { 0 };;) {
		event_base_loop(lab.base, EVLOOP_ONCE);
		strbuf_truncate(&out, 0);
		state_describe_json(lab.state, &out);
		if (strstr(strbuf_str(&out), "\"last_sync\":null") == NULL) {
			strbuf_free(&out);
			break;
		}
	}
	lab_end(&lab);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal");
	TCase *tcase = tcase_create("journal");

	tcase_add_test(tcase, is_whole_up_to_where_it_was_torn);
	tcase_add_test(tcase, nothing_garbled_is_believed);
	tcase_add_test(tcase, a_long_journal_becomes_a_snapshot);
	tcase_add_test(tcase,
	    a_journal_that_the_snapshot_has_is_not_played_again);
	tcase_add_test(tcase, a_snapshot_that_was_not_finished_is_none);
	tcase_add_test(tcase, what_is_not_ours_is_left_alone);
	tcase_add_test(tcase, goes_on_in_memory_without_a_directory);
	tcase_add_test(tcase, goes_on_in_memory_while_the_disk_is_full);
	tcase_add_test(tcase, a_journal_that_was_removed_is_made_anew);
	tcase_add_test(tcase, what_changes_again_is_written_once);
	tcase_add_test(tcase, writes_and_syncs_by_itself);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
