#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "watch_link.h"
#include "log.h"
#include "mem.h"
#include "socket_address.h"
#include "testing.h"
#include "testing_clock.h"

#define LOCK "{\"event\":\"lock\"}\n"

/* The other daemon, played by hand. */
static struct lab {
	struct event_base *base;
	char *dir, *address;
	int listener, peer;
	struct watch_link *link;
	struct strbuf seen;
	bool has_more; /* to say, whenever a lock is taken */
} lab;

static void
take_login(void *arg, const struct json_line *line)
{
	strbuf_addf(arg, "login %s;", json_line_string(line, "user"));
}

static void
take_lock(void *arg, const struct json_line *line)
{
	(void)line;
	strbuf_adds(arg, "lock;");
	if (lab.has_more)
		send(lab.peer, LOCK, strlen(LOCK), MSG_NOSIGNAL);
}

static void
begins(void *arg)
{
	strbuf_adds(arg, "begins;");
}

static void
present(void *arg)
{
	strbuf_adds(arg, "present;");
}

static const struct watch_link_handler handlers[] = {
	{ "login", take_login },
	{ "lock", take_lock },
};

static int
listen_there(void)
{
	struct socket_address sa;
	struct strbuf err = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(socket_address_parse(&sa, lab.address, &err), 0);
	unlink(socket_address_path(&sa));
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&sa.sockaddr, sa.len), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	return fd;
}

static void
setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	lab.base = event_base_new();
	event_base_priority_init(lab.base, 2);
	lab.has_more = false;
	lab.dir = testing_make_dir();
	lab.address = xasprintf("unix:%s/ctl", lab.dir);
	lab.peer = -1;
	lab.listener = listen_there();
}

static void
begin_that(bool catches_up)
{
	const struct watch_link_options options = { "peer", lab.address,
		handlers, 2, begins, present, &lab.seen, catches_up };
	struct strbuf err = { 0 };

	lab.link = watch_link_new(lab.base, &options, &err);
	ck_assert_ptr_nonnull(lab.link);
}

static void
begin(void)
{
	begin_that(false);
}

static void
teardown(void)
{
	watch_link_free(lab.link);
	lab.link = NULL;
	event_base_free(lab.base);
	close(lab.listener);
	close(lab.peer);
	strbuf_free(&lab.seen);
	free(lab.address);
	testing_remove_dir(lab.dir);
}

/* Until it connects, and asks. */
static void
accept_it(void)
{
	struct strbuf asked = { 0 };
	char buffer[100];

	close(lab.peer);
	do {
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
		lab.peer = accept4(lab.listener, NULL, NULL, SOCK_NONBLOCK);
	} while (lab.peer == -1);
	while (asked.len == 0 || asked.bytes[asked.len - 1] != '\n') {
		ssize_t n;

		event_base_loop(lab.base, EVLOOP_NONBLOCK);
		n = recv(lab.peer, buffer, sizeof buffer, 0);
		if (n > 0)
			strbuf_add(&asked, buffer, (size_t)n);
	}
	testing_eat(&asked, "watch peer login lock\n");
}

static void
say(const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(lab.peer, text, len, MSG_NOSIGNAL);

		if (n == -1 && errno != EAGAIN)
			break; /* it has hung up */
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
	}
}

/* Until it has hung up by itself. */
static void
expect_end(void)
{
	char byte;

	while (recv(lab.peer, &byte, 1, 0) == -1 && errno == EAGAIN)
		event_base_loop(lab.base, EVLOOP_NONBLOCK);
}

/* Until it has taken so much; it takes no other. */
static void
expect(const char *seen)
{
	while (lab.seen.len < strlen(seen))
		event_base_loop(lab.base, EVLOOP_ONCE);
	testing_eat(&lab.seen, seen);
}

START_TEST(takes_events)
{
	begin();
	accept_it();
	ck_assert(!watch_link_is_up(lab.link));
	say("{\"event\":\"login\",\"user\":\"joe\"}\n{\"event\":\"pre");
	say("sent\"}\n{\"event\":\"of later versions\"}\n"
	    "{\"event\":\"lock\"}\n");
	expect("begins;login joe;present;lock;");
	ck_assert(watch_link_is_up(lab.link));
}
END_TEST

/* The clock stands still: all of it is said at once, and the link rests. */
static void
begin_rested(void)
{
	testing_clock_begin();
	begin_that(true);
	accept_it();
	say("{\"event\":\"present\"}\n");
	expect("begins;present;");
	say(LOCK);
	expect("lock;");
}

START_TEST(catches_up_while_it_rests)
{
	begin_rested();
	send(lab.peer, LOCK, strlen(LOCK), 0);
	watch_link_catch_up(lab.link);
	testing_eat(&lab.seen, "lock;");
	send(lab.peer, LOCK, strlen(LOCK), 0);
	expect("lock;");
}
END_TEST

START_TEST(hears_of_the_end_when_it_catches_up)
{
	begin_rested();
	send(lab.peer, LOCK, strlen(LOCK), 0);
	shutdown(lab.peer, SHUT_RDWR);
	watch_link_catch_up(lab.link);
	testing_eat(&lab.seen, "lock;");
	ck_assert(!watch_link_is_up(lab.link));
	watch_link_catch_up(lab.link);
	watch_link_catch_up(NULL);
	accept_it();
	expect("begins;");
}
END_TEST

/* A peer that says the next thing whenever one is taken. */
START_TEST(does_not_wait_for_who_goes_on)
{
	begin_rested();
	lab.has_more = true;
	send(lab.peer, LOCK, strlen(LOCK), 0);
	watch_link_catch_up(lab.link);
	testing_eat(&lab.seen, "lock;lock;");
}
END_TEST

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* There is always more to read. */
START_TEST(leaves_others_their_turn)
{
	bool had_turn = false;
	struct event *turn = evtimer_new(lab.base, on_turn, &had_turn);

	begin();
	accept_it();
	lab.has_more = true;
	send(lab.peer, LOCK, strlen(LOCK), 0);
	while (strstr(strbuf_str(&lab.seen), "lock;") == NULL)
		event_base_loop(lab.base, EVLOOP_ONCE);
	event_active(turn, EV_TIMEOUT, 0);
	while (!had_turn)
		event_base_loop(lab.base, EVLOOP_ONCE);
	event_free(turn);
}
END_TEST

START_TEST(comes_back)
{
	begin();
	for (int i = 0; i < 3; i++) {
		accept_it();
		say("{\"event\":\"present\"}\n");
		expect("begins;present;");
		ck_assert(watch_link_is_up(lab.link));
		shutdown(lab.peer, SHUT_RDWR);
		while (watch_link_is_up(lab.link))
			event_base_loop(lab.base, EVLOOP_ONCE);
	}
}
END_TEST

START_TEST(waits_for_who_is_not_there_yet)
{
	close(lab.listener);
	begin();
	event_base_loop(lab.base, EVLOOP_ONCE);
	ck_assert(!watch_link_is_up(lab.link));
	lab.listener = listen_there();
	accept_it();
	say("{\"event\":\"present\"}\n");
	expect("begins;present;");
}
END_TEST

static const char *const garbage[] = {
	"\n",
	"watch: 1\n",
	"{}\n",
	"{\"event\":1}\n",
	"[\"event\",\"lock\"]\n",
	"{\"event\":\"lock\"\n",
	"{\"event\":\"lock\"}}\n",
	"\x80\xff\x01\n",
};

START_TEST(does_not_mind_garbage)
{
	begin();
	accept_it();
	say(garbage[_i]);
	say("{\"event\":\"present\"}\n");
	say(garbage[_i]);
	say(LOCK);
	expect("begins;present;lock;");
}
END_TEST

START_TEST(asks_an_older_peer_again)
{
	begin();
	accept_it();
	say("error: unknown command watch\n\n{\"event\":\"lock\"}\n");
	expect("begins;");
	expect_end();
	accept_it();
	expect("begins;");
}
END_TEST

START_TEST(hangs_up_on_a_line_without_end)
{
	char *much = xcalloc(2 * WATCH_LINK_LINE_MAX + 1, 1);

	memset(much, 'x', 2 * WATCH_LINK_LINE_MAX);
	begin();
	accept_it();
	say(much);
	expect("begins;");
	expect_end();
	accept_it();
	say("{\"event\":\"present\"}\n");
	expect("begins;present;");
	free(much);
}
END_TEST

/* One that has its end, but is as long as it may be, or by one longer. */
START_TEST(a_line_has_a_bound)
{
	static const char head[] = "{\"event\":\"lock\",\"x\":\"",
			  tail[] = "\"}\n";
	struct strbuf line = { 0 };

	strbuf_adds(&line, head);
	while (line.len < WATCH_LINK_LINE_MAX - 2)
		strbuf_addc(&line, 'x');
	strbuf_adds(&line, tail);
	begin();
	accept_it();
	say(line.bytes);
	expect("begins;lock;");
	strbuf_truncate(&line, line.len - strlen(tail));
	strbuf_adds(&line, "x");
	strbuf_adds(&line, tail);
	say(line.bytes);
	expect_end();
	accept_it();
	expect("begins;");
	strbuf_free(&line);
}
END_TEST

START_TEST(is_off_without_an_address)
{
	struct watch_link_options options = { "peer", "", handlers, 2, begins,
		present, &lab.seen, false };
	struct strbuf err = { 0 };

	ck_assert_ptr_null(watch_link_new(lab.base, &options, &err));
	testing_eat(&err, "");
	options.address = "inet:127.0.0.1:25";
	ck_assert_ptr_null(watch_link_new(lab.base, &options, &err));
	testing_eat(&err, "inet:127.0.0.1:25: a control socket is unix:PATH");
	ck_assert(!watch_link_is_up(NULL));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watch_link");
	TCase *tcase = tcase_create("watch_link");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, takes_events);
	tcase_add_test(tcase, catches_up_while_it_rests);
	tcase_add_test(tcase, hears_of_the_end_when_it_catches_up);
	tcase_add_test(tcase, does_not_wait_for_who_goes_on);
	tcase_add_test(tcase, leaves_others_their_turn);
	tcase_add_test(tcase, comes_back);
	tcase_add_test(tcase, waits_for_who_is_not_there_yet);
	tcase_add_loop_test(tcase, does_not_mind_garbage, 0,
	    sizeof garbage / sizeof garbage[0]);
	tcase_add_test(tcase, asks_an_older_peer_again);
	tcase_add_test(tcase, hangs_up_on_a_line_without_end);
	tcase_add_test(tcase, a_line_has_a_bound);
	tcase_add_test(tcase, is_off_without_an_address);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
