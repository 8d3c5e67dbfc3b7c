#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "watch.h"
#include "control.h"
#include "listener.h"
#include "mem.h"
#include "socket_address.h"
#include "testing.h"

static struct lab {
	struct event_base *base;
	char *dir, *address;
	struct control *control;
	struct watch *watch;
	int present; /* events */
} lab;

static void
run_watch(void *ctx, struct control_request *request, const char *args)
{
	(void)ctx;
	watch_run(lab.watch, request, args);
}

static const struct control_command commands[] = {
	{ "watch", WATCH_ARGS, false, run_watch, WATCH_DOC },
};

static void
tell(enum watch_event event, const char *user)
{
	if (!watch_wants(lab.watch, event))
		return;
	json_string(watch_begin(lab.watch, event), "user", user);
	watch_end(lab.watch);
}

static void
tell_present(void *arg)
{
	(void)arg;
	for (int i = 0; i < lab.present; i++)
		tell(WATCH_SUSPENDED, "joe");
}

static void
setup(void)
{
	static const struct listener_defaults defaults = { .mode = 0600 };
	struct conf_origin origin = { .file = "test.cf", .line = 1 };
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	lab.base = event_base_new();
	lab.dir = testing_make_dir();
	lab.address = xasprintf("unix:%s/ctl", lab.dir);
	lab.present = 1;
	lab.watch = watch_new(lab.base, tell_present, NULL);
	conf_text_set(&text, lab.address, origin);
	lab.control = control_new(lab.base,
	    listeners_open(&text, &defaults, &err), commands, 1, NULL);
	conf_text_free(&text);
}

static void
teardown(void)
{
	control_free(lab.control);
	watch_free(lab.watch);
	event_base_free(lab.base);
	free(lab.address);
	testing_remove_dir(lab.dir);
}

static int
begin(const char *command)
{
	struct socket_address sa;
	struct strbuf err = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(socket_address_parse(&sa, lab.address, &err), 0);
	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)&sa.sockaddr, sa.len), 0);
	ck_assert_int_eq(send(fd, command, strlen(command), 0),
	    (ssize_t)strlen(command));
	return fd;
}

/* Read until the text ends so; "" for its end: until there is no more. */
static void
read_until(int fd, struct strbuf *text, const char *end)
{
	char buffer[4096];
	ssize_t n = -1;

	while (n != 0 &&
	    (end[0] == '\0' || text->len < strlen(end) ||
		strcmp(text->bytes + text->len - strlen(end), end) != 0)) {
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
		n = recv(fd, buffer, sizeof buffer, 0);
		if (n > 0)
			strbuf_add(text, buffer, (size_t)n);
		else
			ck_assert(n == 0 || errno == EAGAIN);
	}
}

/* What comes next. */
static void
expect(int fd, const char *text)
{
	struct strbuf out = { 0 };
	char byte;

	while (out.len < strlen(text)) {
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
		if (recv(fd, &byte, 1, 0) == 1)
			strbuf_addc(&out, byte);
	}
	testing_eat(&out, text);
}

#define SUSPENDED "{\"event\":\"suspended\",\"user\":\"joe\"}\n"
#define PRESENT   "{\"event\":\"present\"}\n"

START_TEST(tells_what_is_so_and_then_what_changes)
{
	int fd = begin("watch\n");

	expect(fd, SUSPENDED PRESENT);
	tell(WATCH_RESUMED, "joe\n");
	tell(WATCH_LOGIN, "\x80");
	expect(fd,
	    "{\"event\":\"resumed\",\"user\":\"joe\\u000a\"}\n"
	    "{\"event\":\"login\",\"user\":\"\xEF\xBF\xBD\"}\n");
	close(fd);
}
END_TEST

START_TEST(tells_what_is_so_to_who_begins_alone)
{
	int one = begin("watch\n"), two;

	expect(one, SUSPENDED PRESENT);
	two = begin("watch\n");
	expect(two, SUSPENDED PRESENT);
	tell(WATCH_LOGIN, "joe");
	expect(one, "{\"event\":\"login\",\"user\":\"joe\"}\n");
	close(one);
	close(two);
}
END_TEST

START_TEST(tells_each_reader_what_it_wants)
{
	int one = begin("watch login\n"), two = begin("watch later lock\n");

	expect(one, PRESENT);
	expect(two, PRESENT);
	ck_assert(watch_wants(lab.watch, WATCH_LOGIN));
	ck_assert(watch_wants(lab.watch, WATCH_LOCK));
	ck_assert(!watch_wants(lab.watch, WATCH_SUSPENDED));
	tell(WATCH_LOCK, "ann");
	tell(WATCH_LOGIN, "joe");
	expect(one, "{\"event\":\"login\",\"user\":\"joe\"}\n");
	expect(two, "{\"event\":\"lock\",\"user\":\"ann\"}\n");
	close(one);
	while (watch_wants(lab.watch, WATCH_LOGIN))
		event_base_loop(lab.base, EVLOOP_ONCE);
	ck_assert(watch_wants(lab.watch, WATCH_LOCK));
	close(two);
}
END_TEST

/* What it had not read before is there, in order, and nothing after. */
START_TEST(cuts_a_reader_that_sleeps)
{
	int sleeps = begin("watch\n"), reads = begin("watch login\n");
	struct strbuf text = { 0 };
	int n = 0;

	expect(sleeps, SUSPENDED PRESENT);
	expect(reads, PRESENT);
	while (watch_wants(lab.watch, WATCH_LIST)) {
		for (int i = 0; i < 200; i++, n++)
			tell(WATCH_LOGIN, "joe");
		for (int i = 0; i < 200; i++)
			expect(reads,
			    "{\"event\":\"login\",\"user\":\"joe\"}\n");
	}
	ck_assert_int_gt(n, WATCH_QUEUE_MAX / 40);
	read_until(sleeps, &text, "");
	ck_assert_uint_lt(text.len, 8 * WATCH_QUEUE_MAX);
	ck_assert_ptr_nonnull(strstr(text.bytes,
	    "joe\"}\n{\"event\":\"cut\",\"reason\":\"the reader is too "
	    "slow\"}\n\n"));
	tell(WATCH_LOGIN, "ann");
	expect(reads, "{\"event\":\"login\",\"user\":\"ann\"}\n");
	strbuf_free(&text);
	close(sleeps);
	close(reads);
}
END_TEST

/* The present may be more than a reader may be behind afterwards. */
START_TEST(waits_for_a_reader_of_much_that_is_present)
{
	struct strbuf text = { 0 };
	int fd;

	lab.present = 3 * WATCH_QUEUE_MAX / (int)strlen(SUSPENDED);
	fd = begin("watch\n");
	read_until(fd, &text, PRESENT);
	ck_assert_uint_eq(text.len,
	    strlen(SUSPENDED) * (size_t)lab.present + strlen(PRESENT));
	strbuf_free(&text);
	close(fd);
}
END_TEST

START_TEST(cuts_when_the_present_is_too_much)
{
	struct strbuf text = { 0 };
	int fd;

	lab.present = 2 * WATCH_PRESENT_MAX / (int)strlen(SUSPENDED);
	fd = begin("watch\n");
	read_until(fd, &text, "");
	ck_assert_ptr_nonnull(strstr(text.bytes, "{\"event\":\"cut\""));
	ck_assert_ptr_null(strstr(text.bytes, PRESENT));
	ck_assert(!watch_wants(lab.watch, WATCH_SUSPENDED));
	strbuf_free(&text);
	close(fd);
}
END_TEST

/* A client that has heard that it is logged in is not faster. */
START_TEST(has_told_of_a_login_when_that_goes_on)
{
	static const char line[] = "{\"event\":\"login\",\"user\":\"fred\"}\n";
	int fd = begin("watch peer login\n");
	char text[sizeof line] = "";

	expect(fd, "{\"event\":\"present\"}\n");
	tell(WATCH_LOGIN, "fred");
	watch_flush(lab.watch);
	ck_assert_int_eq(recv(fd, text, sizeof text - 1, 0), sizeof line - 1);
	ck_assert_str_eq(text, line);
	close(fd);
}
END_TEST

START_TEST(lets_gather_what_people_read)
{
	static const char line[] = "{\"event\":\"login\",\"user\":\"fred\"}\n";
	int fd = begin("watch login\n"), peer = begin("watch peer login\n");
	char text[sizeof line] = "";

	expect(fd, PRESENT);
	expect(peer, PRESENT);
	tell(WATCH_LOGIN, "fred");
	watch_flush(lab.watch);
	ck_assert_int_eq(recv(peer, text, sizeof line, 0), sizeof line - 1);
	ck_assert_int_eq(recv(fd, text, sizeof line, 0), -1);
	expect(fd, line);
	close(fd);
	close(peer);
}
END_TEST

/* It is told so, and takes nobody else's place at the socket. */
static void
expect_no_place(int fd)
{
	struct strbuf text = { 0 };

	read_until(fd, &text, "");
	testing_eat(&text, "error: too many watch already\n\n");
}

START_TEST(has_a_place_for_the_other_daemon)
{
	int fds[WATCH_READERS_MAX + WATCH_PEERS_MAX + 1];
	size_t n = 0;

	while (n < WATCH_READERS_MAX + WATCH_PEERS_MAX) {
		fds[n] = begin(n < WATCH_READERS_MAX ? "watch lock\n"
						     : "watch peer lock\n");
		expect(fds[n++], PRESENT);
	}
	fds[n] = begin("watch peer lock\n");
	expect_no_place(fds[n++]);
	while (n > 0)
		close(fds[--n]);
	while (watch_wants(lab.watch, WATCH_LOCK))
		event_base_loop(lab.base, EVLOOP_ONCE);
}
END_TEST

START_TEST(has_so_many_readers_at_most)
{
	int fds[WATCH_READERS_MAX + 1];

	for (size_t i = 0; i < WATCH_READERS_MAX; i++) {
		fds[i] = begin("watch lock\n");
		expect(fds[i], PRESENT);
	}
	fds[WATCH_READERS_MAX] = begin("watch\n");
	expect_no_place(fds[WATCH_READERS_MAX]);
	for (size_t i = 0; i <= WATCH_READERS_MAX; i++)
		close(fds[i]);
	while (watch_wants(lab.watch, WATCH_LOCK))
		event_base_loop(lab.base, EVLOOP_ONCE);
}
END_TEST

/* `printf 'watch\n' | nc` closes its half. */
START_TEST(goes_on_for_who_has_said_all)
{
	int fd = begin("watch");

	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	expect(fd, SUSPENDED PRESENT);
	tell(WATCH_LOGIN, "joe");
	expect(fd, "{\"event\":\"login\",\"user\":\"joe\"}\n");
	close(fd);
	while (watch_wants(lab.watch, WATCH_LOGIN)) {
		tell(WATCH_LOGIN, "joe");
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tcase = tcase_create("watch");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, tells_what_is_so_and_then_what_changes);
	tcase_add_test(tcase, tells_what_is_so_to_who_begins_alone);
	tcase_add_test(tcase, tells_each_reader_what_it_wants);
	tcase_add_test(tcase, cuts_a_reader_that_sleeps);
	tcase_add_test(tcase, waits_for_a_reader_of_much_that_is_present);
	tcase_add_test(tcase, cuts_when_the_present_is_too_much);
	tcase_add_test(tcase, has_told_of_a_login_when_that_goes_on);
	tcase_add_test(tcase, lets_gather_what_people_read);
	tcase_add_test(tcase, has_a_place_for_the_other_daemon);
	tcase_add_test(tcase, has_so_many_readers_at_most);
	tcase_add_test(tcase, goes_on_for_who_has_said_all);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
