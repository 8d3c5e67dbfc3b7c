/*
 * Sockets that are opened in a directory of their own, and what goes wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "listener.h"
#include "log.h"
#include "mem.h"
#include "socket_address.h"
#include "testing.h"

static const struct listener_defaults plain = { .mode = 0600 };

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

/* The text with every @ made the test's directory. */
static struct conf_text
text_of(const char *format)
{
	struct conf_origin origin = { .file = "test.cf", .line = 7 };
	struct strbuf out = { 0 };
	struct conf_text text = { 0 };

	for (; *format != '\0'; format++) {
		if (*format == '@')
			strbuf_adds(&out, dir);
		else
			strbuf_addc(&out, *format);
	}
	conf_text_set(&text, strbuf_str(&out), origin);
	strbuf_free(&out);
	return text;
}

static struct listeners *
open_sockets(const char *format, const struct listener_defaults *defaults)
{
	struct conf_text text = text_of(format);
	struct listeners *ls = listeners_open(&text, defaults, &err);

	conf_text_free(&text);
	return ls;
}

static int
check_value(const char *format, const struct listener_defaults *defaults)
{
	struct conf_text text = text_of(format);
	int result = listeners_check(&text, defaults, &err);

	conf_text_free(&text);
	return result;
}

/* Whether err is this text, @ made the test's directory. */
static void
eat_err(const char *format)
{
	struct conf_text text = text_of(format);

	testing_eat(&err, conf_text_str(&text));
	conf_text_free(&text);
}

static struct socket_address
address_of(const char *format)
{
	struct conf_text text = text_of(format);
	struct socket_address address;

	ck_assert_int_eq(
	    socket_address_parse(&address, conf_text_str(&text), &err), 0);
	conf_text_free(&text);
	return address;
}

static int
try_connect(const char *format)
{
	struct socket_address address = address_of(format);
	int fd = socket(address.sockaddr.ss_family, SOCK_STREAM, 0);

	ck_assert_int_ne(fd, -1);
	if (connect(fd, (struct sockaddr *)&address.sockaddr, address.len) ==
	    -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static struct stat
stat_of(const char *format)
{
	struct conf_text text = text_of(format);
	struct stat st;

	ck_assert_int_eq(lstat(conf_text_str(&text), &st), 0);
	conf_text_free(&text);
	return st;
}

START_TEST(opens_what_a_value_names)
{
	struct listeners *ls = open_sockets(
	    "unix:@/a, { unix:@/b, mode = 0666 }\n {unix:@/c,mode=600}",
	    &plain);
	int fd;

	ck_assert_ptr_nonnull(ls);
	ck_assert_uint_eq(stat_of("@/a").st_mode, S_IFSOCK | 0600);
	ck_assert_uint_eq(stat_of("@/b").st_mode, S_IFSOCK | 0666);
	ck_assert_uint_eq(stat_of("@/c").st_mode, S_IFSOCK | 0600);
	fd = try_connect("unix:@/b");
	ck_assert_int_ne(fd, -1);
	close(fd);
	listeners_free(ls);
	ck_assert_uint_eq(stat_of("@/a").st_mode, S_IFSOCK | 0600);
}
END_TEST

START_TEST(gives_the_first_address_of_a_value)
{
	static const struct {
		const char *value, *address;
	} cases[] = {
		{ "unix:/run/a", "unix:/run/a" },
		{ "unix:/run/a, unix:/run/b", "unix:/run/a" },
		{ "{ unix:/run/a , mode = 0600 }, unix:/b", "unix:/run/a" },
	};
	struct conf_text text = { 0 };

	ck_assert_ptr_null(listeners_first_address(&text));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *address;

		text = text_of(cases[i].value);
		address = listeners_first_address(&text);
		ck_assert_str_eq(address, cases[i].address);
		free(address);
		conf_text_free(&text);
	}
}
END_TEST

START_TEST(an_empty_value_opens_nothing)
{
	struct listeners *ls = open_sockets("", &plain);

	ck_assert_ptr_nonnull(ls);
	listeners_free(ls);
}
END_TEST

START_TEST(root_gives_sockets_to_their_owner)
{
	const struct listener_defaults defaults = { "nobody", "mail", 0660,
		LISTENER_ANYWHERE };
	struct listeners *ls;

	if (geteuid() != 0)
		return;
	ls = open_sockets("unix:@/a {unix:@/b, owner = daemon, group=adm}",
	    &defaults);
	ck_assert_ptr_nonnull(ls);
	ck_assert_uint_eq(stat_of("@/a").st_uid, getpwnam("nobody")->pw_uid);
	ck_assert_uint_eq(stat_of("@/a").st_gid, getgrnam("mail")->gr_gid);
	ck_assert_uint_eq(stat_of("@/a").st_mode, S_IFSOCK | 0660);
	ck_assert_uint_eq(stat_of("@/b").st_uid, getpwnam("daemon")->pw_uid);
	ck_assert_uint_eq(stat_of("@/b").st_gid, getgrnam("adm")->gr_gid);
	listeners_free(ls);
}
END_TEST

START_TEST(a_default_owner_that_is_missing_leaves_the_socket_to_root)
{
	const struct listener_defaults defaults = { "nosuch1", "nosuch2", 0660,
		LISTENER_ANYWHERE };
	struct listeners *ls = open_sockets("unix:@/a", &defaults);

	ck_assert_ptr_nonnull(ls);
	ck_assert_uint_eq(stat_of("@/a").st_uid, geteuid());
	listeners_free(ls);
}
END_TEST

START_TEST(names_all_errors_of_a_value)
{
	const struct listener_defaults loopback = { .inet = LISTENER_LOOPBACK };

	ck_assert_int_eq(check_value("/a, {unix:@/b, mode = 9, ower = x},\n"
				     "{unix:@/c mode = 0600} {unix:@/d, mode}, "
				     "{inet:127.0.0.1:9, mode = 0600}, "
				     "inet:192.0.2.1:9 unix:@/e unix:@/e",
			     &loopback),
	    -1);
	eat_err("test.cf:7: /a: write unix:/a\n"
		"test.cf:7: unix:@/b: mode = 9: not an octal mode like 0660\n"
		"test.cf:7: unix:@/b: unknown option ower (known: owner, "
		"group, mode), did you mean owner?\n"
		"test.cf:7: unix:@/c mode = 0600: write a comma between "
		"address and options\n"
		"test.cf:7: unix:@/d: mode: not NAME = VALUE\n"
		"test.cf:7: inet:127.0.0.1:9: mode: only a unix socket has "
		"one\n"
		"test.cf:7: inet:192.0.2.1:9: only a loopback address is "
		"allowed here (inet:127.0.0.1:PORT, inet:[::1]:PORT)\n"
		"test.cf:7: unix:@/e: named twice\n");
	ck_assert_int_eq(check_value("inet:192.0.2.1:9", &plain), 0);
	eat_err("");
}
END_TEST

START_TEST(who_judges_by_the_peer_takes_no_inet_address)
{
	const struct listener_defaults judging = { .inet = LISTENER_UNIX };

	ck_assert_int_eq(
	    check_value("unix:@/a inet:127.0.0.1:9 inet:[::1]:9", &judging),
	    -1);
	eat_err("test.cf:7: inet:127.0.0.1:9: only a unix socket is allowed "
		"here (unix:PATH), which tells who asks\n"
		"test.cf:7: inet:[::1]:9: only a unix socket is allowed here "
		"(unix:PATH), which tells who asks\n");
	ck_assert_int_eq(check_value("unix:@/a", &judging), 0);
}
END_TEST

START_TEST(only_root_needs_the_owner_to_exist)
{
	int result =
	    check_value("{unix:@/a, owner = nosuch1, group=nosuch2}", &plain);

	if (geteuid() != 0) {
		ck_assert_int_eq(result, 0);
		return;
	}
	ck_assert_int_eq(result, -1);
	eat_err("test.cf:7: unix:@/a: owner = nosuch1: no such user: create "
		"it or name another\n"
		"test.cf:7: unix:@/a: group = nosuch2: no such group: create "
		"it or name another\n");
}
END_TEST

START_TEST(replaces_a_dead_socket)
{
	struct listeners *ls = open_sockets("unix:@/a", &plain);
	int fd;

	ck_assert_ptr_nonnull(ls);
	listeners_free(ls);
	ck_assert_int_eq(try_connect("unix:@/a"), -1);
	ls = open_sockets("unix:@/a", &plain);
	ck_assert_ptr_nonnull(ls);
	fd = try_connect("unix:@/a");
	ck_assert_int_ne(fd, -1);
	close(fd);
	listeners_free(ls);
}
END_TEST

START_TEST(leaves_a_live_socket_and_other_files_alone)
{
	struct listeners *ls = open_sockets("unix:@/a", &plain);
	struct conf_text path = text_of("@/file");
	int fd = creat(conf_text_str(&path), 0600);

	ck_assert_ptr_nonnull(ls);
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert_ptr_null(open_sockets("unix:@/a unix:@/file", &plain));
	eat_err("unix:@/a: another process listens there: stop it or name "
		"another path (ss -xlp shows which)\n"
		"unix:@/file: there is a file that is not a socket: remove it "
		"or name another path\n");
	fd = try_connect("unix:@/a");
	ck_assert_int_ne(fd, -1);
	close(fd);
	ck_assert(S_ISREG(stat_of("@/file").st_mode));
	listeners_free(ls);
	conf_text_free(&path);
}
END_TEST

START_TEST(says_how_to_mend_a_directory)
{
	ck_assert_ptr_null(open_sockets("unix:@/no/a", &plain));
	eat_err("unix:@/no/a: no directory @/no: create it (mkdir -p @/no)\n");
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(getpwnam("nobody")->pw_uid), 0);
	else
		ck_assert_int_eq(chmod(dir, 0500), 0);
	ck_assert_ptr_null(open_sockets("unix:@/a", &plain));
	ck_assert_ptr_nonnull(
	    strstr(strbuf_str(&err), ": start as root or name another path"));
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(chmod(dir, 0700), 0);
}
END_TEST

/* Bind a port that is free, and give its number. */
static int
bind_free_port(int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

START_TEST(says_that_a_port_is_in_use)
{
	char *address, *want;
	int port, fd = bind_free_port(&port);

	address = xasprintf("inet:127.0.0.1:%d", port);
	want = xasprintf("%s: the port is in use: stop what listens there (ss "
			 "-ltnp shows it) or name another port\n"
			 "inet:192.0.2.1:%d: this machine has no such address "
			 "(ip address shows them)\n",
	    address, port);
	ck_assert_ptr_null(open_sockets(address, &plain));
	free(address);
	address = xasprintf("inet:192.0.2.1:%d", port);
	ck_assert_ptr_null(open_sockets(address, &plain));
	eat_err(want);
	close(fd);
	free(address);
	free(want);
}
END_TEST

struct accepted {
	struct event_base *base;
	int fds[200];
	int count, stop_at;
};

static void
on_accepted(int fd, void *arg)
{
	struct accepted *a = arg;

	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	a->fds[a->count++] = fd;
	if (a->count == a->stop_at)
		event_base_loopbreak(a->base);
}

static void
close_all(struct accepted *a)
{
	while (a->count > 0)
		close(a->fds[--a->count]);
}

START_TEST(accepts_on_all_its_sockets)
{
	struct accepted a = { .base = event_base_new(), .stop_at = 2 };
	int port, clients[2];
	struct listeners *ls;
	char *both, *inet;

	close(bind_free_port(&port));
	inet = xasprintf("inet:127.0.0.1:%d", port);
	both = xasprintf("unix:@/a %s", inet);
	ls = open_sockets(both, &plain);
	ck_assert_ptr_nonnull(ls);
	clients[0] = try_connect("unix:@/a");
	clients[1] = try_connect(inet);
	listeners_start(ls, a.base, on_accepted, &a);
	event_base_dispatch(a.base);
	ck_assert_int_eq(a.count, 2);
	close_all(&a);
	close(clients[0]);
	close(clients[1]);
	listeners_free(ls);
	event_base_free(a.base);
	free(inet);
	free(both);
}
END_TEST

START_TEST(pauses_when_descriptors_are_few_and_goes_on)
{
	enum { LIMIT = 64, CLIENTS = 30 };
	struct accepted a = { .base = event_base_new(), .stop_at = CLIENTS };
	struct rlimit limit, few = { LIMIT, LIMIT };
	struct timeval short_time = { .tv_usec = 300 * 1000 };
	struct listeners *ls = open_sockets("unix:@/a", &plain);
	int clients[CLIENTS], served, turns = 0;

	ck_assert_ptr_nonnull(ls);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few.rlim_max = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (int i = 0; i < CLIENTS; i++)
		ck_assert_int_ne(clients[i] = try_connect("unix:@/a"), -1);
	listeners_start(ls, a.base, on_accepted, &a);
	event_base_loopexit(a.base, &short_time);
	while (!event_base_got_exit(a.base) && turns < 1000) {
		event_base_loop(a.base, EVLOOP_ONCE);
		turns++;
	}
	ck_assert_int_lt(turns, 10); /* it sleeps */
	served = a.count;
	ck_assert_int_gt(served, 0);
	ck_assert_int_lt(served, CLIENTS);
	ck_assert_int_lt(a.fds[served - 1], LIMIT - 1); /* some are kept */
	for (int i = 0; i < served; i++)
		close(a.fds[i]);
	a.stop_at = CLIENTS;
	event_base_dispatch(a.base);
	ck_assert_int_eq(a.count, CLIENTS);
	for (int i = 0; i < CLIENTS; i++) {
		close(clients[i]);
		if (i >= served)
			close(a.fds[i]);
	}
	setrlimit(RLIMIT_NOFILE, &limit);
	listeners_free(ls);
	event_base_free(a.base);
}
END_TEST

static int descriptor_3 = -1; /* what was there before pass_socket */

/* A socket as the service manager leaves it, on descriptor 3. */
static void
pass_socket(const char *format)
{
	struct socket_address address = address_of(format);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char pid[30];

	descriptor_3 = fcntl(3, F_DUPFD_CLOEXEC, 10);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address.sockaddr, address.len), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	ck_assert_int_eq(dup2(fd, 3), 3);
	if (fd != 3)
		close(fd);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
}

static void
put_back_descriptor_3(void)
{
	if (descriptor_3 == -1)
		return;
	ck_assert_int_eq(dup2(descriptor_3, 3), 3);
	close(descriptor_3);
	descriptor_3 = -1;
}

START_TEST(takes_the_socket_that_the_service_manager_opened)
{
	struct accepted a = { .stop_at = 1 };
	struct listeners *ls;
	int client;

	pass_socket("unix:@/a");
	a.base = event_base_new();
	client = try_connect("unix:@/a");
	ls = open_sockets("unix:@/b unix:@/a", &plain);
	ck_assert_ptr_nonnull(ls);
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	ck_assert_int_ne(fcntl(3, F_GETFD) & FD_CLOEXEC, 0);
	listeners_start(ls, a.base, on_accepted, &a);
	event_base_dispatch(a.base);
	ck_assert_int_eq(a.count, 1);
	close_all(&a);
	close(client);
	listeners_free(ls);
	event_base_free(a.base);
	put_back_descriptor_3();
}
END_TEST

START_TEST(closes_a_passed_socket_that_nobody_wants)
{
	struct event_base *base;
	struct listeners *ls;

	pass_socket("unix:@/other");
	base = event_base_new();
	ls = open_sockets("unix:@/a", &plain);
	listeners_start(ls, base, on_accepted, NULL);
	ck_assert_int_eq(fcntl(3, F_GETFD), -1);
	ck_assert_int_eq(try_connect("unix:@/other"), -1);
	listeners_free(ls);
	event_base_free(base);
	put_back_descriptor_3();
}
END_TEST

START_TEST(leaves_alone_what_a_wrong_count_takes_in)
{
	struct listeners *ls;
	struct event_base *base = event_base_new();
	int pipe_ends[2];

	pass_socket("unix:@/a");
	setenv("LISTEN_FDS", "20", 1);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ls = open_sockets("unix:@/a", &plain);
	ck_assert_ptr_nonnull(ls);
	listeners_start(ls, base, on_accepted, NULL);
	ck_assert_int_ne(fcntl(pipe_ends[0], F_GETFD), -1);
	ck_assert_int_ne(fcntl(pipe_ends[1], F_GETFD), -1);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
	listeners_free(ls);
	event_base_free(base);
	put_back_descriptor_3();
}
END_TEST

START_TEST(root_gives_a_passed_socket_to_its_owner)
{
	const struct listener_defaults defaults = { "nobody", "mail", 0660,
		LISTENER_ANYWHERE };
	struct listeners *ls;

	if (geteuid() != 0)
		return;
	pass_socket("unix:@/a");
	ls = open_sockets("unix:@/a", &defaults);
	ck_assert_ptr_nonnull(ls);
	ck_assert_uint_eq(stat_of("@/a").st_uid, getpwnam("nobody")->pw_uid);
	ck_assert_uint_eq(stat_of("@/a").st_gid, getgrnam("mail")->gr_gid);
	ck_assert_uint_eq(stat_of("@/a").st_mode, S_IFSOCK | 0660);
	listeners_free(ls);
	put_back_descriptor_3();
}
END_TEST

START_TEST(ignores_sockets_passed_to_another_process)
{
	struct listeners *ls;

	pass_socket("unix:@/a");
	setenv("LISTEN_PID", "1", 1);
	ls = open_sockets("unix:@/a", &plain);
	ck_assert_ptr_null(ls);
	ck_assert_int_ne(fcntl(3, F_GETFD), -1);
	put_back_descriptor_3();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener");
	TCase *tc = tcase_create("listener");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, opens_what_a_value_names);
	tcase_add_test(tc, gives_the_first_address_of_a_value);
	tcase_add_test(tc, an_empty_value_opens_nothing);
	tcase_add_test(tc, root_gives_sockets_to_their_owner);
	tcase_add_test(tc,
	    a_default_owner_that_is_missing_leaves_the_socket_to_root);
	tcase_add_test(tc, names_all_errors_of_a_value);
	tcase_add_test(tc, who_judges_by_the_peer_takes_no_inet_address);
	tcase_add_test(tc, only_root_needs_the_owner_to_exist);
	tcase_add_test(tc, replaces_a_dead_socket);
	tcase_add_test(tc, leaves_a_live_socket_and_other_files_alone);
	tcase_add_test(tc, says_how_to_mend_a_directory);
	tcase_add_test(tc, says_that_a_port_is_in_use);
	tcase_add_test(tc, accepts_on_all_its_sockets);
	tcase_add_test(tc, pauses_when_descriptors_are_few_and_goes_on);
	tcase_add_test(tc, takes_the_socket_that_the_service_manager_opened);
	tcase_add_test(tc, closes_a_passed_socket_that_nobody_wants);
	tcase_add_test(tc, leaves_alone_what_a_wrong_count_takes_in);
	tcase_add_test(tc, root_gives_a_passed_socket_to_its_owner);
	tcase_add_test(tc, ignores_sockets_passed_to_another_process);
	return testing_run(suite);
}
