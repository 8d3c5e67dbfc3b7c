/*
 * What a daemon does once: each test in a process of its own.
 */
#include <fcntl.h>
#include <poll.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "daemon.h"
#include "log.h"
#include "mem.h"
#include "testing.h"

static char *dir;
static struct strbuf err;

static void
setup(void)
{
	dir = testing_make_dir();
	log_set_level(LOG_LEVEL_ERROR);
}

static void
teardown(void)
{
	testing_remove_dir(dir);
	strbuf_free(&err);
}

/* Run fn in a child process; returns its wait status. */
static int
in_child(void (*fn)(int fd), int fd)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ne(child, -1);
	if (child == 0) {
		fn(fd);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static void
end_before_ready(int fd)
{
	(void)fd;
	daemon_detach();
	_exit(78);
}

static void
die_before_ready(int fd)
{
	(void)fd;
	daemon_detach();
	raise(SIGKILL);
}

static void
serve(int fd)
{
	struct stat in, out, null;
	char cwd[100];

	daemon_detach();
	daemon_ready();
	if (stat("/dev/null", &null) == 0 && fstat(0, &in) == 0 &&
	    fstat(2, &out) == 0 && in.st_rdev == null.st_rdev &&
	    out.st_rdev == null.st_rdev && getsid(0) == getpid() &&
	    getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd, "/") == 0)
		dprintf(fd, "serving\n");
	_exit(0);
}

START_TEST(the_parent_ends_when_the_daemon_is_ready)
{
	int fds[2];
	char text[100];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(in_child(serve, fds[1]), 0);
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], text, sizeof text), 8);
	close(fds[0]);
}
END_TEST

START_TEST(the_parent_hands_on_the_exit_code_of_a_failed_start)
{
	ck_assert_int_eq(WEXITSTATUS(in_child(end_before_ready, -1)), 78);
	ck_assert_int_eq(WEXITSTATUS(in_child(die_before_ready, -1)), 70);
}
END_TEST

static char *pid_path;

static void
take_pid_file(int fd)
{
	(void)fd;
	exit(daemon_pid_file(pid_path, &err) == 0 ? 0 : 1);
}

START_TEST(the_pid_file_is_locked_and_emptied_at_exit)
{
	struct strbuf want = { 0 };
	char text[100] = "";
	struct stat st;
	int fd;

	pid_path = xasprintf("%s/pid", dir);
	ck_assert_int_eq(in_child(take_pid_file, -1), 0);
	ck_assert_int_eq(stat(pid_path, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	ck_assert_int_eq(daemon_pid_file(pid_path, &err), 0);
	fd = open(pid_path, O_RDONLY);
	ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
	close(fd);
	ck_assert_int_eq(strtol(text, NULL, 10), getpid());
	ck_assert_int_eq(WEXITSTATUS(in_child(take_pid_file, -1)), 1);
	ck_assert_int_eq(daemon_pid_file(pid_path, &err), -1);
	strbuf_addf(&want,
	    "%s: already running, process %d: stop it, or name another "
	    "pid_file",
	    pid_path, (int)getpid());
	testing_eat(&err, want.bytes);
	strbuf_free(&want);
	free(pid_path);
}
END_TEST

/* As long as a process takes to end that had much memory. */
static void __attribute__((noreturn)) end_slowly(int fd)
{
	ck_assert_int_eq(daemon_pid_file(pid_path, &err), 0);
	ck_assert_int_eq(truncate(pid_path, 0), 0);
	ck_assert_int_eq(write(fd, "", 1), 1);
	poll(NULL, 0, 300);
	_exit(0);
}

START_TEST(the_pid_file_of_one_who_is_ending_is_waited_for)
{
	int fds[2];
	char byte;
	pid_t child;

	pid_path = xasprintf("%s/pid", dir);
	ck_assert_int_eq(pipe(fds), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0)
		end_slowly(fds[1]);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	ck_assert_int_eq(daemon_pid_file(pid_path, &err), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	close(fds[0]);
	close(fds[1]);
	free(pid_path);
}
END_TEST

START_TEST(says_why_there_is_no_pid_file)
{
	ck_assert_int_eq(daemon_pid_file("/nonexistent/pid", &err), -1);
	testing_eat(&err,
	    "pid_file /nonexistent/pid: No such file or "
	    "directory: create its directory");
}
END_TEST

static void
become_nobody(int fd)
{
	const struct passwd *pw = getpwnam("nobody");
	gid_t groups[10];

	(void)fd;
	if (daemon_become("nobody", &err) == -1)
		_exit(1);
	if (getuid() != pw->pw_uid || geteuid() != pw->pw_uid ||
	    getgid() != pw->pw_gid || getegid() != pw->pw_gid)
		_exit(2);
	if (getgroups(10, groups) != 1 || groups[0] != pw->pw_gid)
		_exit(3);
	_exit(setuid(0) == -1 && setgid(0) == -1 ? 0 : 4);
}

START_TEST(root_becomes_the_user_for_good)
{
	if (geteuid() == 0)
		ck_assert_int_eq(in_child(become_nobody, -1), 0);
}
END_TEST

START_TEST(the_user_stays_when_none_is_named)
{
	ck_assert_int_eq(daemon_become("", &err), 0);
	ck_assert_int_eq(daemon_check_user("", &err), 0);
	ck_assert_int_eq(daemon_check_user("nobody", &err), 0);
	ck_assert_uint_eq(geteuid(), getuid());
}
END_TEST

START_TEST(a_user_that_is_missing_gets_the_useradd_line)
{
	int result = daemon_check_user("sekisho-nosuch", &err);

	if (geteuid() != 0) {
		ck_assert_int_eq(result, 0);
		return;
	}
	ck_assert_int_eq(result, -1);
	strbuf_free(&err);
	result = daemon_become("sekisho-nosuch", &err);
	ck_assert_int_eq(result, -1);
	ck_assert_ptr_nonnull(
	    strstr(err.bytes, "user = sekisho-nosuch: no such user: "));
	ck_assert_ptr_nonnull(strstr(err.bytes,
	    "useradd --system --user-group --groups sekisho "
	    "--no-create-home --shell /usr/sbin/nologin sekisho-nosuch"));
}
END_TEST

/* A service manager's socket: "@name" or a path. */
static int
listen_for_words(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	setenv("NOTIFY_SOCKET", name, 1);
	memcpy(un.sun_path, name, strlen(name));
	if (name[0] == '@')
		un.sun_path[0] = '\0';
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
		    strlen(name))),
	    0);
	return fd;
}

static const char *
next_word(int fd)
{
	static char text[200];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(tells_the_service_manager)
{
	char *names[] = { xasprintf("%s/notify", dir),
		xasprintf("@sekisho-test-%d", (int)getpid()) };

	for (int i = 0; i < 2; i++) {
		int fd = listen_for_words(names[i]);
		long long usec;

		daemon_ready();
		ck_assert_str_eq(next_word(fd), "READY=1");
		daemon_reloading();
		ck_assert_int_eq(sscanf(next_word(fd),
				     "RELOADING=1\nMONOTONIC_USEC=%lld", &usec),
		    1);
		ck_assert_int_gt(usec, 0);
		daemon_stopping();
		ck_assert_str_eq(next_word(fd), "STOPPING=1");
		close(fd);
		free(names[i]);
	}
	unsetenv("NOTIFY_SOCKET");
	daemon_ready();
}
END_TEST

struct heard {
	struct event_base *base;
	int stops, reloads;
};

static void
on_stop(void *arg)
{
	struct heard *heard = arg;

	if (++heard->stops == 2)
		event_base_loopbreak(heard->base);
}

static void
on_reload(void *arg)
{
	((struct heard *)arg)->reloads++;
}

START_TEST(signals_arrive_in_the_loop)
{
	struct heard heard = { .base = event_base_new() };

	daemon_signals(heard.base, on_stop, on_reload, &heard);
	raise(SIGPIPE);
	raise(SIGHUP);
	raise(SIGTERM);
	raise(SIGINT);
	ck_assert_int_eq(heard.stops + heard.reloads, 0);
	event_base_dispatch(heard.base);
	ck_assert_int_eq(heard.stops, 2);
	ck_assert_int_eq(heard.reloads, 1);
	event_base_free(heard.base);
}
END_TEST

START_TEST(raises_the_limit_of_descriptors)
{
	struct rlimit before, limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 100;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	daemon_raise_descriptor_limit();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
	setrlimit(RLIMIT_NOFILE, &before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("daemon");
	TCase *tc = tcase_create("daemon");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_parent_ends_when_the_daemon_is_ready);
	tcase_add_test(tc, the_parent_hands_on_the_exit_code_of_a_failed_start);
	tcase_add_test(tc, the_pid_file_is_locked_and_emptied_at_exit);
	tcase_add_test(tc, the_pid_file_of_one_who_is_ending_is_waited_for);
	tcase_add_test(tc, says_why_there_is_no_pid_file);
	tcase_add_test(tc, root_becomes_the_user_for_good);
	tcase_add_test(tc, the_user_stays_when_none_is_named);
	tcase_add_test(tc, a_user_that_is_missing_gets_the_useradd_line);
	tcase_add_test(tc, tells_the_service_manager);
	tcase_add_test(tc, signals_arrive_in_the_loop);
	tcase_add_test(tc, raises_the_limit_of_descriptors);
	return testing_run(suite);
}
