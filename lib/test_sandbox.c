/*
 * A child process in the sandbox tries what it may and what it may not.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "log.h"
#include "mem.h"
#include "sandbox.h"
#include "store.h"
#include "testing.h"

static char *dir, *readable, *writable, *other;
static struct strbuf err;

static void
make_file(const char *in, const char *name)
{
	char *path = xasprintf("%s/%s", in, name);
	int fd = creat(path, 0600);

	ck_assert_int_ne(fd, -1);
	close(fd);
	free(path);
}

static void
setup(void)
{
	char **dirs[] = { &readable, &writable, &other };

	dir = testing_make_dir();
	for (size_t i = 0; i < 3; i++) {
		*dirs[i] = xasprintf("%s/%zu", dir, i);
		ck_assert_int_eq(mkdir(*dirs[i], 0700), 0);
		make_file(*dirs[i], "file");
	}
	log_set_level(LOG_LEVEL_ERROR);
}

static void
teardown(void)
{
	testing_remove_dir(dir);
	free(readable);
	free(writable);
	free(other);
	strbuf_free(&err);
}

/* A build with a sanitizer has no sandbox. */
static bool
has_sandbox(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#else
	return true;
#endif
}

static bool
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		   LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

/* Run try in a child that is in the sandbox; what it returns. */
static bool
succeeds(bool (*try)(void))
{
	const char *read[] = { readable, "/nonexistent", NULL };
	const char *write[] = { writable, NULL };
	struct sandbox_paths paths = { read, write };
	pid_t child = fork();
	int status;

	ck_assert_int_ne(child, -1);
	if (child == 0) {
		if (sandbox_enter(&paths, &err) == -1)
			_exit(2);
		_exit(try() ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), 2);
	return WEXITSTATUS(status) == 0;
}

/* Whether a file can be opened; else errno is EACCES. */
static bool
opens(const char *in, const char *name, int flags)
{
	char *path = xasprintf("%s/%s", in, name);
	int fd = open(path, flags, 0600);

	free(path);
	if (fd == -1 && errno != EACCES)
		_exit(3);
	if (fd != -1)
		close(fd);
	return fd != -1;
}

static bool
only_reads_what_is_readable(void)
{
	return opens(readable, "file", O_RDONLY) &&
	    !opens(readable, "file", O_WRONLY) &&
	    !opens(readable, "new", O_WRONLY | O_CREAT) &&
	    !opens(other, "file", O_RDONLY) &&
	    !opens(other, "new", O_WRONLY | O_CREAT) &&
	    !opens(dir, "new", O_WRONLY | O_CREAT);
}

static bool
may_replace_files(void)
{
	char *from = xasprintf("%s/new", writable);
	char *to = xasprintf("%s/file", writable);

	return opens(writable, "new", O_RDWR | O_CREAT) &&
	    opens(writable, "file", O_WRONLY | O_TRUNC) &&
	    rename(from, to) == 0 && unlink(to) == 0;
}

START_TEST(files_elsewhere_are_out_of_reach)
{
	if (!has_sandbox() || !has_landlock())
		return;
	ck_assert(succeeds(only_reads_what_is_readable));
	ck_assert(succeeds(may_replace_files));
}
END_TEST

static bool
has_no_processes(void)
{
	static char path[] = "/bin/true";
	char *argv[] = { path, NULL }, *envp[] = { NULL };

	if (fork() != -1 || vfork() != -1)
		return false;
	return execve(path, argv, envp) == -1 &&
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 &&
	    kill(getppid(), 0) == -1 && setuid(getuid()) == -1;
}

static bool
has_no_odd_sockets(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return socket(AF_PACKET, SOCK_DGRAM, 0) == -1 && errno == ENOSYS &&
	    bind(fd, (struct sockaddr *)&in, sizeof in) == 0 &&
	    listen(fd, 1) == -1;
}

START_TEST(processes_programs_and_odd_sockets_are_refused)
{
	if (!has_sandbox())
		return;
	ck_assert(succeeds(has_no_processes));
	ck_assert(succeeds(has_no_odd_sockets));
}
END_TEST

static void *
count(void *arg)
{
	++*(int *)arg;
	return NULL;
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static bool
runs_a_loop(void)
{
	struct event_base *base = event_base_new();
	struct timeval soon = { .tv_usec = 1000 };

	return base != NULL &&
	    event_base_once(base, -1, EV_TIMEOUT, on_timeout, base, &soon) ==
	    0 &&
	    event_base_dispatch(base) == 0;
}

static bool
runs_threads(void)
{
	pthread_t thread;
	int counter = 0;

	return pthread_create(&thread, NULL, count, &counter) == 0 &&
	    pthread_join(thread, NULL) == 0 && counter == 1;
}

static bool
resolves_and_connects(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int fds[2], fd = socket(AF_INET, SOCK_DGRAM, 0);
	time_t now = clock_now();
	struct tm tm;

	if (getaddrinfo("localhost", "25", &hints, &list) != 0)
		return false;
	freeaddrinfo(list);
	return fd != -1 && localtime_r(&now, &tm) != NULL &&
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0 &&
	    send(fds[0], "x", 1, MSG_NOSIGNAL) == 1;
}

START_TEST(what_a_daemon_does_goes_on)
{
	ck_assert(succeeds(runs_a_loop));
	ck_assert(succeeds(runs_threads));
	ck_assert(succeeds(resolves_and_connects));
}
END_TEST

static char *database;

static bool
reads_and_replaces_a_database(void)
{
	struct store_edit *edit =
	    store_edit_begin(database, STORE_EDIT_EXISTING, NULL, &err);
	struct store *store;
	struct value value;

	if (edit == NULL ||
	    store_edit_put(edit, "k", 1, "new", 3, &err) == -1 ||
	    store_edit_commit(edit, &err) == -1)
		return false;
	store = store_open(database, &err);
	return store != NULL &&
	    store_find(store, "k", 1, &value, &err) == LOOKUP_FOUND &&
	    strcmp(value.bytes, "new") == 0;
}

START_TEST(databases_can_be_read_and_replaced)
{
	struct store_edit *edit;

	database = xasprintf("%s/db", writable);
	edit = store_edit_begin(database, STORE_EDIT_CREATE, NULL, &err);
	ck_assert_ptr_nonnull(edit);
	ck_assert_int_eq(store_edit_commit(edit, &err), 0);
	ck_assert(succeeds(reads_and_replaces_a_database));
	free(database);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tc = tcase_create("sandbox");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_a_daemon_does_goes_on);
	tcase_add_test(tc, databases_can_be_read_and_replaced);
	tcase_add_test(tc, files_elsewhere_are_out_of_reach);
	tcase_add_test(tc, processes_programs_and_odd_sockets_are_refused);
	return testing_run(suite);
}
