#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "journal.h"
#include "store.h"
#include "testing_log.h"
#include "state_report.h"
#include "testing_state.h"

/* A disk that stalls: what is synced meanwhile waits. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_stalled;
	unsigned waiting;
} disk = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };

/* In place of that of libc. */
int
fdatasync(int fd)
{
	pthread_mutex_lock(&disk.lock);
	disk.waiting++;
	pthread_cond_broadcast(&disk.changed);
	while (disk.is_stalled)
		pthread_cond_wait(&disk.changed, &disk.lock);
	disk.waiting--;
	pthread_mutex_unlock(&disk.lock);
	return (int)syscall(SYS_fdatasync, fd);
}

static unsigned threads_refused; /* the next ones */

/* In place of that of libc. */
int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);

	if (threads_refused > 0) {
		threads_refused--;
		return EAGAIN;
	}
	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return create(thread, attr, fn, arg);
}

static void
disk_stall(bool is_stalled)
{
	pthread_mutex_lock(&disk.lock);
	disk.is_stalled = is_stalled;
	pthread_cond_broadcast(&disk.changed);
	pthread_mutex_unlock(&disk.lock);
}

static bool
disk_is_awaited(void)
{
	bool is_awaited;

	pthread_mutex_lock(&disk.lock);
	is_awaited = disk.waiting > 0;
	pthread_mutex_unlock(&disk.lock);
	return is_awaited;
}

/* Until somebody waits for the disk. */
static void
disk_await(void)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.waiting == 0)
		pthread_cond_wait(&disk.changed, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

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

/* How many lines with text the log has had. */
static unsigned
count_logged(const char *text)
{
	static char lines[65536];
	unsigned count = 0;
	ssize_t n = pread(testing_log_file, lines, sizeof lines - 1, 0);

	lines[n > 0 ? n : 0] = '\0';
	for (const char *p = lines; (p = strstr(p, text)) != NULL; p++)
		count++;
	return count;
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
		unsigned lines = count_logged("are cut off");
		bool is_torn = len > head && len != first && len < content.len;

		write_file(path, content.bytes, len);
		lab_open(&lab);
		lab_expect(&lab, KIND_KEEPS, "a", len >= first ? "1" : "");
		lab_expect(&lab, KIND_KEEPS, "b",
		    len == content.len ? "2" : "");
		ck_assert_uint_eq(count_logged("are cut off"), lines + is_torn);
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
	unsigned lines = count_logged("state_database: ");
	char *failure;

	read_file(path, &before);
	lab_open(lab);
	ck_assert_uint_eq(count_logged("state_database: "), lines + 1);
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
	ck_assert_uint_eq(count_logged("memory only"), 1);
	ck_assert_ptr_null(lab_sync(&lab));
	ck_assert_uint_eq(count_logged("memory only"), 1);
	ck_assert_uint_eq(count_logged("on disk again"), 1);
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

START_TEST(nobody_waits_for_a_disk_that_stalls)
{
	struct lab lab;
	struct lab_sync sync = { .lab = &lab };
	char key[32];

	lab_begin(&lab);
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	disk_stall(true);
	state_sync(lab.state, lab_on_synced, &sync);
	disk_await();
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof key, "%d", i);
		lab_put(&lab, KIND_GIVES_WAY, key, key, 0);
		lab_expect(&lab, KIND_GIVES_WAY, key, key);
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
	}
	ck_assert(!sync.is_done);
	disk_stall(false);
	while (!sync.is_done)
		event_base_loop(lab.base, EVLOOP_ONCE);
	ck_assert_ptr_null(sync.failure);
	lab_restart(&lab);
	lab_expect(&lab, KIND_KEEPS, "a", "1");
	lab_expect(&lab, KIND_GIVES_WAY, key, key);
	lab_end(&lab);
}
END_TEST

static unsigned
count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned count = 0;

	ck_assert_ptr_nonnull(tasks);
	for (struct dirent *task; (task = readdir(tasks)) != NULL;)
		count += task->d_name[0] != '.';
	closedir(tasks);
	return count;
}

/* Its time for a stop is over at once: it stands still, long ago. */
static int
stopped_clock(clockid_t id, struct timespec *now)
{
	(void)id;
	*now = (struct timespec){ 0 };
	return 0;
}

/* What a stop leaves to a thread that is stuck is no leak: the process ends. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

/* A stop does not wait for ever; who waits is told, and the thread that does
 * not end finds all that it needs when the disk goes on. */
START_TEST(a_stop_leaves_a_disk_that_is_stuck)
{
	struct lab lab;
	struct lab_sync sync = { .lab = &lab };
	unsigned threads; /* with the stuck one; a sanitizer has some, too */

	testing_log_begin("test");
	__lsan_disable();
	lab_begin(&lab);
	__lsan_enable();
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	disk_stall(true);
	state_sync(lab.state, lab_on_synced, &sync);
	disk_await();
	threads = count_threads();
	clock_set_source(stopped_clock);
	state_free(lab.state);
	clock_set_source(testing_wall_clock);
	ck_assert(sync.is_done);
	ck_assert_str_eq(sync.failure, "policyd ends");
	free(sync.failure);
	disk_stall(false);
	while (count_threads() >= threads)
		sched_yield();
	ck_assert_uint_eq(count_logged("eventfd"), 0);
	lab.state = NULL;
	lab_end(&lab);
	testing_log_end();
}
END_TEST

static void
on_changes(void *arg)
{
	*(bool *)arg = true;
}

static void
on_synced(void *arg, const char *failure)
{
	ck_assert_ptr_null(failure);
	*(bool *)arg = true;
}

static void
on_record(void *arg, const struct state_record *record)
{
	(void)arg;
	(void)record;
}

static void
loop_until(struct event_base *base, const bool *is_done)
{
	while (!*is_done)
		event_base_loop(base, EVLOOP_ONCE);
}

/* A thread costs each system call: none stays for the time of a sync. */
START_TEST(has_a_thread_only_for_its_work)
{
	const struct state_record record = { .kind = 'k',
		.key = "a",
		.keylen = 1,
		.value = "1",
		.len = 1 };
	bool has_turned = false, is_synced = false;
	const struct journal_source source = { .changes = on_changes,
		.arg = &has_turned };
	struct lab lab;
	struct journal *journal;
	unsigned threads; /* with the writer's */

	lab_begin(&lab);
	state_free(lab.state);
	journal = journal_new(lab.base, lab.path, &source);
	ck_assert_int_eq(journal_open(journal, on_record, NULL, NULL), 0);
	disk_stall(true);
	journal_sync(journal, on_synced, &is_synced);
	disk_await();
	threads = count_threads();
	disk_stall(false);
	loop_until(lab.base, &is_synced);
	has_turned = false;
	disk_stall(true);
	journal_add(journal, &record);
	loop_until(lab.base, &has_turned);
	while (count_threads() >= threads)
		sched_yield();
	disk_stall(false);
	journal_free(journal);
	lab.state = NULL;
	lab_end(&lab);
}
END_TEST

/* Memory is short when it is to be written, and when it is to be synced. */
START_TEST(tries_to_sync_until_there_is_a_thread)
{
	struct lab lab;

	lab_begin(&lab);
	disk_stall(true);
	threads_refused = 2;
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	while (!disk_is_awaited())
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
	disk_stall(false);
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
	tcase_add_test(tcase, nobody_waits_for_a_disk_that_stalls);
	tcase_add_test(tcase, a_stop_leaves_a_disk_that_is_stuck);
	tcase_add_test(tcase, has_a_thread_only_for_its_work);
	tcase_add_test(tcase, tries_to_sync_until_there_is_a_thread);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
