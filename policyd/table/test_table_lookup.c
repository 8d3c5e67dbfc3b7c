/*
 * Lookups by a server that is played here: what waits, what is shared and
 * kept, and what becomes of it when the server fails.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "table_lookup.h"
#include "table_service.h"
#include "testing.h"
#include "testing_clock.h"

#define CLIENTS_MAX 32

static const struct conf_origin here = { "test", 1 };

/* The server: it reads questions, and answers when it is told to. */
struct client {
	int fd; /* -1: closed */
	struct strbuf asked;
	struct event *on_read;
};

static char *dir;
static struct event_base *base;
static struct event *on_client_event;
static int listener;
static struct client clients[CLIENTS_MAX];
static size_t nclients;

static struct tables *tables;
static struct tables_snapshot *snapshot;
static const struct table *table, *other;
static struct table_lookups *lookups;

static void
on_question(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof bytes);

	(void)what;
	if (n > 0) {
		strbuf_add(&client->asked, bytes, (size_t)n);
		return;
	}
	event_free(client->on_read);
	close(fd);
	client->fd = -1;
}

static void
on_client(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = &clients[nclients++];

	(void)what;
	(void)arg;
	ck_assert_uint_le(nclients, CLIENTS_MAX);
	client->fd = accept(fd, NULL, NULL);
	client->on_read = event_new(base, client->fd, EV_READ | EV_PERSIST,
	    on_question, client);
	event_add(client->on_read, NULL);
}

static void
listen_here(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char *path = xasprintf("%s/socket", dir);

	memcpy(un.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    bind(listener, (const struct sockaddr *)&un, sizeof un), 0);
	ck_assert_int_eq(listen(listener, CLIENTS_MAX), 0);
	on_client_event =
	    event_new(base, listener, EV_READ | EV_PERSIST, on_client, NULL);
	event_add(on_client_event, NULL);
	free(path);
}

static void
stop_listening(void)
{
	char *path = xasprintf("%s/socket", dir);

	event_free(on_client_event);
	on_client_event = NULL;
	close(listener);
	unlink(path);
	free(path);
}

static void
setup(void)
{
	static const struct table_lookup_options options = { 60000, 5000 };
	struct strbuf err = { 0 };

	log_set_level(LOG_LEVEL_ERROR);
	testing_clock_begin();
	dir = testing_make_dir();
	base = event_base_new();
	listen_here();
	tables = tables_new();
	table = tables_add(tables, "socketmap:unix:socket:map", here, &err);
	other = tables_add(tables, "socketmap:unix:socket:other", here, &err);
	ck_assert_int_eq(tables_load(tables, &err), CONF_OK);
	snapshot = tables_hold(tables);
	lookups = table_lookups_new(base, NULL, dir);
	table_lookups_configure(lookups, &options);
}

/* Let everything happen that can happen now. */
static void
run(void)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
teardown(void)
{
	table_lookups_free(lookups);
	run(); /* the clients are gone */
	for (size_t i = 0; i < nclients; i++)
		strbuf_free(&clients[i].asked);
	nclients = 0;
	if (on_client_event != NULL)
		stop_listening();
	tables_release(snapshot);
	tables_free(tables);
	event_base_free(base);
	testing_remove_dir(dir);
}

struct heard {
	bool is_there, from_cache;
	enum lookup result;
	char text[100];
};

static void
on_answer(void *arg, const struct table_lookup_answer *answer)
{
	struct heard *heard = arg;

	ck_assert(!heard->is_there);
	heard->is_there = true;
	heard->from_cache = answer->from_cache;
	heard->result = answer->result;
	snprintf(heard->text, sizeof heard->text, "%s", answer->text);
}

static struct table_lookup *
ask_of(const struct table *asked, const char *key, struct heard *heard)
{
	struct table_lookup *lookup;

	*heard = (struct heard){ 0 };
	lookup =
	    table_lookup_start(lookups, snapshot, asked, key, on_answer, heard);
	run();
	return lookup;
}

static struct table_lookup *
ask(const char *key, struct heard *heard)
{
	return ask_of(table, key, heard);
}

/* Keys "0" to "7", which all connections wait for. */
static void
ask_eight(struct heard heard[8])
{
	char key[] = "0";

	for (size_t i = 0; i < 8; i++, key[0]++)
		ask(key, &heard[i]);
	ck_assert_uint_eq(nclients, 8);
}

static void
say(struct client *client, const char *bytes)
{
	strbuf_truncate(&client->asked, 0);
	ck_assert_int_eq(write(client->fd, bytes, strlen(bytes)),
	    (ssize_t)strlen(bytes));
	run();
}

static void
check_heard(const struct heard *heard, enum lookup result, const char *text)
{
	ck_assert(heard->is_there);
	ck_assert_int_eq(heard->result, result);
	ck_assert_str_eq(heard->text, text);
}

START_TEST(an_answer_is_waited_for_and_then_kept)
{
	struct heard first, second;

	ck_assert_ptr_nonnull(ask("a", &first));
	ck_assert(!first.is_there);
	ck_assert_str_eq(strbuf_str(&clients[0].asked), "5:map a,");
	say(&clients[0], "6:OK yes,");
	check_heard(&first, LOOKUP_FOUND, "yes");
	ck_assert(!first.from_cache);
	ck_assert_ptr_null(ask("a", &second));
	check_heard(&second, LOOKUP_FOUND, "yes");
	ck_assert(second.from_cache);
	testing_clock_pass(61000);
	ck_assert_ptr_nonnull(ask("a", &second));
	say(&clients[0], "9:NOTFOUND ,");
	check_heard(&second, LOOKUP_NOT_FOUND, "");
	ck_assert_ptr_null(ask("a", &first));
	check_heard(&first, LOOKUP_NOT_FOUND, "");
	ck_assert_uint_eq(nclients, 1);
}
END_TEST

START_TEST(who_asks_the_same_shares_the_answer)
{
	struct heard heard[3];

	for (size_t i = 0; i < 3; i++)
		ask("a", &heard[i]);
	ck_assert_uint_eq(nclients, 1);
	ck_assert_str_eq(strbuf_str(&clients[0].asked), "5:map a,");
	say(&clients[0], "4:OK 1,");
	for (size_t i = 0; i < 3; i++)
		check_heard(&heard[i], LOOKUP_FOUND, "1");
}
END_TEST

START_TEST(independent_questions_go_at_once_over_eight_connections)
{
	struct heard heard[10];
	char key[] = "0";

	for (size_t i = 0; i < 10; i++, key[0]++)
		ask(key, &heard[i]);
	ck_assert_uint_eq(nclients, SERVICE_CONNECTIONS_MAX);
	for (size_t i = 0; i < SERVICE_CONNECTIONS_MAX; i++)
		ck_assert_uint_gt(clients[i].asked.len, 0);
	say(&clients[3], "4:OK 3,");
	check_heard(&heard[3], LOOKUP_FOUND, "3");
	ck_assert_str_eq(strbuf_str(&clients[3].asked), "5:map 8,");
	say(&clients[3], "4:OK 8,");
	check_heard(&heard[8], LOOKUP_FOUND, "8");
	ck_assert_str_eq(strbuf_str(&clients[3].asked), "5:map 9,");
}
END_TEST

START_TEST(a_failure_is_kept_for_a_second)
{
	struct heard heard;

	ask("a", &heard);
	say(&clients[0], "9:TEMP busy,");
	check_heard(&heard, LOOKUP_TEMPFAIL, "the server says: TEMP busy");
	ck_assert_ptr_null(ask("a", &heard));
	check_heard(&heard, LOOKUP_TEMPFAIL, "the server says: TEMP busy");
	testing_clock_pass(2000);
	ck_assert_ptr_nonnull(ask("a", &heard));
	say(&clients[0], "4:OK 1,");
	check_heard(&heard, LOOKUP_FOUND, "1");
}
END_TEST

static const char *const garbage[] = { "x", "4:OK a;",
	"200000:", "4:OK a,4:OK b,", "5:OK \xff\xfe," };

START_TEST(what_is_no_answer_has_failed_and_is_not_asked_again)
{
	struct heard heard;

	ask("a", &heard);
	say(&clients[0], garbage[_i]);
	ck_assert(heard.is_there);
	ck_assert_int_eq(heard.result, LOOKUP_TEMPFAIL);
	ck_assert_uint_eq(nclients, 1);
	testing_clock_pass(2000);
	ask("a", &heard);
	say(&clients[nclients - 1], "4:OK 1,");
	check_heard(&heard, LOOKUP_FOUND, "1");
}
END_TEST

START_TEST(a_connection_that_ends_is_replaced_in_silence)
{
	struct heard heard;

	ask("a", &heard);
	shutdown(clients[0].fd, SHUT_RDWR);
	run();
	ck_assert(!heard.is_there);
	ck_assert_uint_eq(nclients, 2);
	ck_assert_str_eq(strbuf_str(&clients[1].asked), "5:map a,");
	say(&clients[1], "4:OK 1,");
	check_heard(&heard, LOOKUP_FOUND, "1");
	shutdown(clients[1].fd, SHUT_RDWR); /* nobody waits */
	run();
	ask("b", &heard);
	say(&clients[2], "4:OK 2,");
	check_heard(&heard, LOOKUP_FOUND, "2");
}
END_TEST

START_TEST(a_server_that_always_hangs_up_has_failed)
{
	struct heard heard;

	ask("a", &heard);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(!heard.is_there);
		ck_assert_uint_eq(nclients, i + 1);
		shutdown(clients[i].fd, SHUT_RDWR);
		run();
	}
	check_heard(&heard, LOOKUP_TEMPFAIL,
	    "socketmap:unix:socket: it closed the connection");
	ck_assert_uint_eq(nclients, 3);
}
END_TEST

START_TEST(a_server_that_is_not_there_has_failed_at_once)
{
	struct heard heard;

	stop_listening();
	ask("a", &heard);
	check_heard(&heard, LOOKUP_TEMPFAIL,
	    "socketmap:unix:socket: No such file or directory");
	listen_here();
	ask("b", &heard); /* not tried again within a second */
	ck_assert_int_eq(heard.result, LOOKUP_TEMPFAIL);
	ck_assert_uint_eq(nclients, 0);
	testing_clock_pass(2000);
	ask("a", &heard);
	say(&clients[0], "4:OK 1,");
	check_heard(&heard, LOOKUP_FOUND, "1");
}
END_TEST

START_TEST(what_nobody_waits_for_is_not_asked)
{
	struct heard heard[9];
	struct table_lookup *last = NULL;
	char key[] = "0";

	for (size_t i = 0; i < 9; i++, key[0]++)
		last = ask(key, &heard[i]);
	table_lookup_cancel(last); /* it is in line */
	say(&clients[0], "4:OK 0,");
	ck_assert_uint_eq(clients[0].asked.len, 0);
	ck_assert(!heard[8].is_there);
}
END_TEST

START_TEST(a_late_answer_is_kept)
{
	struct heard heard;

	table_lookup_cancel(ask("a", &heard));
	testing_clock_pass(7000);
	say(&clients[0], "4:OK 1,");
	ck_assert(!heard.is_there);
	ck_assert_ptr_null(ask("a", &heard));
	check_heard(&heard, LOOKUP_FOUND, "1");
}
END_TEST

START_TEST(what_is_overdue_is_asked_again_elsewhere)
{
	struct heard first, second;

	ask("a", &first);
	testing_clock_pass(6000);
	ask("a", &second);
	ck_assert_uint_eq(nclients, 2);
	say(&clients[1], "4:OK 2,");
	check_heard(&second, LOOKUP_FOUND, "2");
	ck_assert(!first.is_there);
	say(&clients[0], "4:OK 1,");
	check_heard(&first, LOOKUP_FOUND, "1");
}
END_TEST

/* All connections hang: one new a second finds out how long. */
START_TEST(when_all_hang_one_new_connection_a_second_tries)
{
	struct heard heard[8], late;

	ask_eight(heard);
	testing_clock_pass(6000);
	ask("x", &late);
	ck_assert_uint_eq(nclients, 9);
	check_heard(&heard[0], LOOKUP_TEMPFAIL,
	    "socketmap:unix:socket: no answer in time");
	ask("y", &heard[0]);
	ck_assert_uint_eq(nclients, 9);
	ck_assert_int_eq(clients[0].fd, -1);
	testing_clock_pass(1000);
	ask("z", &heard[1]);
	ck_assert_uint_eq(nclients, 10);
	ck_assert_str_eq(strbuf_str(&clients[9].asked), "5:map y,");
	say(&clients[8], "4:OK x,");
	check_heard(&late, LOOKUP_FOUND, "x");
	ck_assert_str_eq(strbuf_str(&clients[8].asked), "5:map z,");
}
END_TEST

/* Each leaves a process of proxymap(8) behind that hangs. */
START_TEST(after_sixteen_it_tries_rarely)
{
	struct heard heard[8], more[19];
	char key[] = "a";

	ask_eight(heard);
	for (size_t i = 0; i < 16; i++, key[0]++) {
		testing_clock_pass(6000);
		ask(key, &more[i]);
	}
	ck_assert_uint_eq(nclients, 8 + 16);
	testing_clock_pass(6000);
	ask("x", &more[16]);
	ck_assert_uint_eq(nclients, 8 + 16);
	testing_clock_pass(20000);
	ask("y", &more[17]);
	ck_assert_uint_eq(nclients, 8 + 17);
	say(&clients[24], "4:OK x,"); /* so it is back */
	check_heard(&more[16], LOOKUP_FOUND, "x");
	ck_assert_str_eq(strbuf_str(&clients[24].asked), "5:map y,");
	testing_clock_pass(6000);
	ask("z", &more[18]);
	ck_assert_uint_eq(nclients, 8 + 18);
}
END_TEST

/* Of eight connections that a table holds, it keeps four when it is slow. */
START_TEST(a_slow_table_leaves_half_of_the_connections)
{
	struct heard heard[8], first, second;

	ask_eight(heard);
	ask_of(other, "a", &first);
	ck_assert(!first.is_there);
	testing_clock_pass(300);
	ask_of(other, "b", &second);
	ck_assert_uint_eq(nclients, 10);
	ck_assert_str_eq(strbuf_str(&clients[8].asked), "7:other a,");
	ck_assert_str_eq(strbuf_str(&clients[9].asked), "7:other b,");
	say(&clients[8], "4:OK 1,");
	check_heard(&first, LOOKUP_FOUND, "1");
	/* what had to give way is not lost: it is in line again */
	for (size_t i = 0; i < 8; i++)
		ck_assert(!heard[i].is_there);
	ck_assert_int_ne(clients[0].fd, -1);
	say(&clients[0], "4:OK 0,");
	check_heard(&heard[0], LOOKUP_FOUND, "0");
	ck_assert_uint_gt(clients[0].asked.len, 0);
	ask_of(other, "c", &second);
	ck_assert_str_eq(strbuf_str(&clients[8].asked), "7:other c,");
	ck_assert_uint_eq(nclients, 10);
}
END_TEST

START_TEST(tables_are_asked_by_turns)
{
	struct heard heard[8], more, others;

	ask_eight(heard);
	ask("8", &more);
	ask("9", &more);
	ask_of(other, "a", &others);
	say(&clients[0], "4:OK 0,");
	say(&clients[1], "4:OK 1,");
	ck_assert_str_eq(strbuf_str(&clients[0].asked), "5:map 8,");
	ck_assert_str_eq(strbuf_str(&clients[1].asked), "7:other a,");
}
END_TEST

/* Its process may have a question of another table, and does not get to it. */
START_TEST(what_hangs_behind_another_table_is_asked_once_more)
{
	struct heard slow, stuck, next;

	ask("a", &slow);
	testing_clock_pass(10);
	ask_of(other, "b", &stuck);
	testing_clock_pass(300);
	ask_of(other, "c", &next);
	ck_assert_int_eq(clients[1].fd, -1);
	ck_assert_str_eq(strbuf_str(&clients[2].asked), "7:other b,");
	say(&clients[2], "4:OK 1,");
	check_heard(&stuck, LOOKUP_FOUND, "1");
	say(&clients[3], "4:OK 2,");
	check_heard(&next, LOOKUP_FOUND, "2");
	ck_assert(!slow.is_there);
	ck_assert_int_ne(clients[0].fd, -1);
	testing_clock_pass(1000);
	ask_of(other, "d", &stuck);
	ck_assert_uint_eq(nclients, 4);
}
END_TEST

START_TEST(a_slow_table_shares_its_connections_with_none)
{
	struct heard first, second, third;

	ask("a", &first);
	testing_clock_pass(10);
	ask("b", &second);
	testing_clock_pass(300);
	say(&clients[0], "4:OK 1,");
	ask_of(other, "c", &third);
	ck_assert_uint_eq(nclients, 3);
	ck_assert_str_eq(strbuf_str(&clients[2].asked), "7:other c,");
	ask("d", &first);
	ck_assert_uint_eq(nclients, 3);
	ck_assert_str_eq(strbuf_str(&clients[0].asked), "5:map d,");
}
END_TEST

START_TEST(a_thousand_that_wait_for_a_table_leave_others_alone)
{
	static struct heard heard[1000];
	struct heard more;
	char key[8];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "%d", i);
		ck_assert_ptr_nonnull(table_lookup_start(lookups, snapshot,
		    table, key, on_answer, &heard[i]));
	}
	ask("more", &more);
	check_heard(&more, LOOKUP_TEMPFAIL, "too many lookups wait already");
	ck_assert_ptr_nonnull(ask_of(other, "a", &more));
	ck_assert(!more.is_there);
}
END_TEST

START_TEST(what_explain_asks_is_not_kept)
{
	struct heard heard = { 0 };

	table_lookup_look(lookups, snapshot, table, "a", on_answer, &heard);
	run();
	say(&clients[0], "4:OK 1,");
	check_heard(&heard, LOOKUP_FOUND, "1");
	ck_assert_ptr_nonnull(ask("a", &heard));
}
END_TEST

static void
check_described(const char *lines)
{
	struct strbuf out = { 0 };

	table_lookups_describe(lookups, &out);
	ck_assert_msg(strstr(strbuf_str(&out), lines) != NULL, "%s", out.bytes);
	strbuf_free(&out);
}

START_TEST(what_came_is_told_by_table)
{
	struct heard heard;

	ask("a", &heard);
	say(&clients[0], "4:OK 1,");
	ask("a", &heard);
	ask("b", &heard);
	say(&clients[0], "9:NOTFOUND ,");
	ask("c", &heard);
	say(&clients[0], "6:TEMP x,");
	check_described("socketmap:unix:socket:map: found 1, not found 1, "
			"failed 1, kept 1, waiting 0, the last one failed: the "
			"server says: TEMP x\n"
			"socketmap:unix:socket: asked 3, failed 1, "
			"connections 1\n");
	stop_listening();
	shutdown(clients[0].fd, SHUT_RDWR);
	run();
	ask("d", &heard);
	check_described("failed 2, kept 1, waiting 0\n"
			"socketmap:unix:socket: asked 4, failed 2, "
			"connections 0, cannot be reached: No such file or "
			"directory\n");
	listen_here();
	testing_clock_pass(2000);
	ask("d", &heard);
	check_described("failed 2, kept 1, waiting 1, the last one failed: ");
	say(&clients[1], "4:OK 1,");
	check_described("found 2, not found 1, failed 2, kept 1, waiting 0\n"
			"socketmap:unix:socket: asked 5, failed 2, "
			"connections 1\n");
}
END_TEST

#define OF_MAP "{table=\"socketmap:unix:socket:map\""

static const char *const series[] = {
	"table_lookups_total" OF_MAP ",result=\"found\"} 1\n",
	"table_lookups_total" OF_MAP ",result=\"not_found\"} 0\n",
	"table_lookups_total" OF_MAP ",result=\"failed\"} 1\n",
	"table_cache_hits_total" OF_MAP "} 1\n",
	"table_lookups_open" OF_MAP "} 1\n",
	"table_lookup_seconds_bucket" OF_MAP ",le=\"1\"} 1\n",
	"table_lookup_seconds_count" OF_MAP "} 2\n",
};

START_TEST(what_came_is_counted_by_table)
{
	struct strbuf out = { 0 };
	struct metrics metrics = { .out = &out, .program = "x" };
	struct heard heard;

	ask("a", &heard);
	testing_clock_pass(700);
	say(&clients[0], "4:OK 1,");
	ask("a", &heard);
	ask("b", &heard);
	testing_clock_pass(3000);
	say(&clients[0], "6:TEMP x,");
	ask("c", &heard);
	table_lookups_metrics(lookups, &metrics);
	for (size_t i = 0; i < sizeof series / sizeof series[0]; i++)
		ck_assert_msg(strstr(strbuf_str(&out), series[i]) != NULL,
		    "%s: %s", series[i], out.bytes);
	strbuf_free(&out);
}
END_TEST

START_TEST(answers_can_be_forgotten)
{
	struct heard heard;

	ask("a", &heard);
	say(&clients[0], "4:OK 1,");
	ask("b", &heard);
	say(&clients[0], "4:OK 2,");
	table_lookups_flush(lookups, "A");
	ck_assert_ptr_null(ask("b", &heard));
	ck_assert_ptr_nonnull(ask("a", &heard));
	say(&clients[0], "4:OK 3,");
	table_lookups_flush(lookups, NULL);
	ck_assert_ptr_nonnull(ask("b", &heard));
	say(&clients[0], "4:OK 4,");
	check_heard(&heard, LOOKUP_FOUND, "4");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("table_lookup");
	TCase *tc = tcase_create("table_lookup");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_is_waited_for_and_then_kept);
	tcase_add_test(tc, who_asks_the_same_shares_the_answer);
	tcase_add_test(tc,
	    independent_questions_go_at_once_over_eight_connections);
	tcase_add_test(tc, a_failure_is_kept_for_a_second);
	tcase_add_loop_test(tc,
	    what_is_no_answer_has_failed_and_is_not_asked_again, 0,
	    sizeof garbage / sizeof garbage[0]);
	tcase_add_test(tc, a_connection_that_ends_is_replaced_in_silence);
	tcase_add_test(tc, a_server_that_always_hangs_up_has_failed);
	tcase_add_test(tc, a_server_that_is_not_there_has_failed_at_once);
	tcase_add_test(tc, what_nobody_waits_for_is_not_asked);
	tcase_add_test(tc, a_late_answer_is_kept);
	tcase_add_test(tc, what_is_overdue_is_asked_again_elsewhere);
	tcase_add_test(tc, when_all_hang_one_new_connection_a_second_tries);
	tcase_add_test(tc, after_sixteen_it_tries_rarely);
	tcase_add_test(tc, a_slow_table_leaves_half_of_the_connections);
	tcase_add_test(tc, tables_are_asked_by_turns);
	tcase_add_test(tc, what_hangs_behind_another_table_is_asked_once_more);
	tcase_add_test(tc, a_slow_table_shares_its_connections_with_none);
	tcase_add_test(tc, a_thousand_that_wait_for_a_table_leave_others_alone);
	tcase_add_test(tc, what_explain_asks_is_not_kept);
	tcase_add_test(tc, answers_can_be_forgotten);
	tcase_add_test(tc, what_came_is_told_by_table);
	tcase_add_test(tc, what_came_is_counted_by_table);
	return testing_run(suite);
}
