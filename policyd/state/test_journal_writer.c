/* Tests of journal_writer.c, as journals have it. */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "journal.h"
#include "testing_log.h"
#include "testing_state.h"
#include "testing_thread.h"

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
	ck_assert_uint_eq(testing_log_count("eventfd"), 0);
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
	testing_threads_refused = 2;
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	while (!disk_is_awaited())
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
	disk_stall(false);
	lab_end(&lab);
}
END_TEST

/* What was changed, and could be written by nobody. */
START_TEST(a_stop_says_what_is_lost)
{
	struct lab lab;

	testing_log_begin("test");
	lab_begin(&lab);
	testing_threads_refused = 1000;
	lab_put(&lab, KIND_KEEPS, "a", "1", 0);
	lab_put(&lab, KIND_KEEPS, "b", "1", 0);
	state_free(lab.state);
	testing_threads_refused = 0;
	ck_assert_uint_eq(testing_log_count("error: journal: 2 changes are "
					    "lost: no thread to write them"),
	    1);
	lab.state = NULL;
	lab_end(&lab);
	testing_log_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal_writer");
	TCase *tcase = tcase_create("journal_writer");

	tcase_add_test(tcase, nobody_waits_for_a_disk_that_stalls);
	tcase_add_test(tcase, a_stop_leaves_a_disk_that_is_stuck);
	tcase_add_test(tcase, has_a_thread_only_for_its_work);
	tcase_add_test(tcase, tries_to_sync_until_there_is_a_thread);
	tcase_add_test(tcase, a_stop_says_what_is_lost);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
