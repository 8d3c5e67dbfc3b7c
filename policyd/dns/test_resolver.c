#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "testing.h"
#include "testing_clock.h"
#include "resolver.h"

/*
 * A DNS server in the loop of the test: it gives 127.0.0.N to every question
 * whose name begins with the letter 'a' + N, TTL 60 ("l...": of months);
 * "x..." does not exist, "s..." gets no answer.  The clock stands still: no
 * answer is late unless time_is_over() says so.
 */
struct server {
	struct event_base *base;
	struct event *readable;
	struct sockaddr_in address;
	int fd;
	int nqueries;
	int nsilent; /* "s0", "s1" ... that were asked for */
	bool was_asked[300];
	bool is_silent;
};

static struct server server;
static struct resolver *resolver;

/* The library may ask again. */
static void
note_silent(struct server *s, long number)
{
	if (number >= 300 || s->was_asked[number])
		return;
	s->was_asked[number] = true;
	s->nsilent++;
}

static void
on_query(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	unsigned char packet[600];
	struct sockaddr_in from;
	socklen_t fromlen = sizeof from;
	ssize_t len = recvfrom(fd, packet, 512, 0, (void *)&from, &fromlen);
	unsigned char letter = packet[13];
	static const unsigned char rr[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60,
		0, 4, 127, 0, 0 };

	(void)what;
	if (len < 17)
		return;
	s->nqueries++;
	if (letter == 's')
		note_silent(s, strtol((char *)packet + 14, NULL, 10));
	if (s->is_silent || letter == 's')
		return;
	len = 12;
	while (packet[len] != 0)
		len += packet[len] + 1;
	len += 5;
	packet[2] = 0x81;
	packet[3] = letter == 'x' ? 0x83 : 0x80;
	packet[7] = letter != 'x';
	packet[11] = 0; /* no EDNS */
	if (letter != 'x') {
		memcpy(packet + len, rr, sizeof rr);
		if (letter == 'l')
			packet[len + 6] = 1;
		len += (ssize_t)sizeof rr;
		packet[len++] = letter - 'a';
	}
	sendto(fd, packet, (size_t)len, 0, (void *)&from, fromlen);
}

static char *servers; /* the server, as a value of `resolver` */
static struct resolver_options options;

static int
bind_somewhere(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof *address;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (void *)address, len), 0);
	getsockname(fd, (void *)address, &len);
	return fd;
}

static void
setup(void)
{
	struct strbuf err = { 0 };

	server.base = event_base_new();
	server.fd = bind_somewhere(&server.address);
	server.readable = event_new(server.base, server.fd,
	    EV_READ | EV_PERSIST, on_query, &server);
	event_add(server.readable, NULL);
	servers = xasprintf("127.0.0.1@%d", ntohs(server.address.sin_port));
	testing_clock_begin();
	options = (struct resolver_options){ servers, 50, 1 << 20 };
	resolver = resolver_new(server.base, &options, &err);
	ck_assert_msg(resolver != NULL, "%s", strbuf_str(&err));
	strbuf_free(&err);
}

static void
teardown(void)
{
	resolver_free(resolver);
	event_free(server.readable);
	close(server.fd);
	event_base_free(server.base);
	server = (struct server){ 0 };
	free(servers);
}

struct got {
	struct dns_answer *answer; /* the last one */
	int calls, found;
};

static void
on_answer(void *arg, const struct dns_answer *answer)
{
	struct got *got = arg;

	dns_answer_release(got->answer);
	got->answer = dns_answer_hold(answer);
	got->calls++;
	got->found += answer->status == DNS_FOUND;
}

static void
wait_for(const struct got *got, int calls)
{
	while (got->calls < calls)
		event_base_loop(server.base, EVLOOP_ONCE);
	ck_assert_int_eq(got->calls, calls);
}

static void
wait_for_queries(int n)
{
	while (server.nqueries < n)
		event_base_loop(server.base, EVLOOP_ONCE);
}

/* For all who wait now. */
static void
time_is_over(void)
{
	testing_clock_pass(options.timeout_ms);
}

START_TEST(answers_from_the_net_then_from_the_cache)
{
	struct got got = { 0 };

	ck_assert_ptr_nonnull(
	    resolver_ask(resolver, "b.test", DNS_A, on_answer, &got));
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_FOUND);
	ck_assert_uint_eq(got.answer->records[0].ip.bytes[3], 1);
	ck_assert(!got.answer->from_cache);

	ck_assert_ptr_null(
	    resolver_ask(resolver, "B.Test", DNS_A, on_answer, &got));
	ck_assert_int_eq(got.calls, 2);
	ck_assert(got.answer->from_cache);
	ck_assert_int_eq(server.nqueries, 1);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(a_look_is_neither_counted_nor_kept)
{
	struct strbuf before = { 0 }, after = { 0 };
	struct got got = { 0 };

	resolver_describe(resolver, &before);
	resolver_look(resolver, "b.test", DNS_A, on_answer, &got);
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_FOUND);
	resolver_look(resolver, "x.test", DNS_A, on_answer, &got);
	wait_for(&got, 2);
	resolver_describe(resolver, &after);
	ck_assert_str_eq(after.bytes, before.bytes);
	strbuf_free(&before);
	strbuf_free(&after);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(a_look_that_others_share_is_kept)
{
	struct got got = { 0 };

	resolver_look(resolver, "b.test", DNS_A, on_answer, &got);
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &got);
	wait_for(&got, 2);
	ck_assert_int_eq(server.nqueries, 1);
	/* And a look sees what is cached. */
	ck_assert_ptr_null(
	    resolver_look(resolver, "b.test", DNS_A, on_answer, &got));
	ck_assert(got.answer->from_cache);
	ck_assert_int_eq(server.nqueries, 1);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(knows_what_does_not_exist)
{
	struct got got = { 0 };

	resolver_ask(resolver, "x.test", DNS_A, on_answer, &got);
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_NOT_FOUND);
	ck_assert(got.answer->is_nxdomain);
	ck_assert_ptr_null(
	    resolver_ask(resolver, "x.test", DNS_A, on_answer, &got));
	dns_answer_release(got.answer);
}
END_TEST

static bool
is_idle(void)
{
	struct strbuf text = { 0 };
	bool idle;

	resolver_describe(resolver, &text);
	idle = strstr(strbuf_str(&text), "in flight: 0 ") != NULL;
	strbuf_free(&text);
	return idle;
}

START_TEST(a_failure_is_not_remembered)
{
	struct got got = { 0 };

	server.is_silent = true;
	resolver_ask(resolver, "d.test", DNS_A, on_answer, &got);
	time_is_over();
	wait_for(&got, 1);
	while (!is_idle())
		event_base_loop(server.base, EVLOOP_ONCE);
	server.is_silent = false;
	resolver_ask(resolver, "d.test", DNS_A, on_answer, &got);
	wait_for(&got, 2);
	ck_assert_int_eq(got.answer->status, DNS_FOUND);
	dns_answer_release(got.answer);
}
END_TEST

/* The library hands out the reply to an earlier question then. */
START_TEST(no_answer_is_not_the_answer_before_it)
{
	struct got got = { 0 };

	resolver_ask(resolver, "s.test", DNS_A, on_answer, &got);
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &got);
	wait_for(&got, 1);
	time_is_over();
	wait_for(&got, 2);
	while (!is_idle())
		event_base_loop(server.base, EVLOOP_ONCE);
	resolver_ask(resolver, "s.test", DNS_A, on_answer, &got);
	time_is_over();
	wait_for(&got, 3);
	ck_assert_int_eq(got.answer->status, DNS_FAILED);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(equal_questions_share_a_packet)
{
	struct got got = { 0 };
	struct strbuf text = { 0 };

	for (int i = 0; i < 100; i++)
		resolver_ask(resolver, "c.test", DNS_A, on_answer, &got);
	wait_for(&got, 100);
	ck_assert_int_eq(server.nqueries, 1);
	resolver_describe(resolver, &text);
	ck_assert_ptr_nonnull(strstr(strbuf_str(&text),
	    "questions: 100, from cache 0, joined 99, sent 1\n"));
	strbuf_free(&text);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(gives_up_in_time)
{
	struct got got = { 0 };

	resolver_ask(resolver, "s.test", DNS_A, on_answer, &got);
	wait_for_queries(1);
	ck_assert_int_eq(got.calls, 0);
	time_is_over();
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_FAILED);
	ck_assert_str_eq(got.answer->reason, "no answer in time");
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(each_question_has_its_own_time)
{
	struct got first = { 0 }, second = { 0 };
	struct resolver_question *question;

	resolver_ask(resolver, "s1.test", DNS_A, on_answer, &first);
	testing_clock_pass(options.timeout_ms / 2);
	question = resolver_ask(resolver, "s2.test", DNS_A, on_answer, &second);
	testing_clock_pass(options.timeout_ms / 2);
	wait_for(&first, 1);
	ck_assert_int_eq(second.calls, 0);
	resolver_cancel(question);
	dns_answer_release(first.answer);
}
END_TEST

/* From the cache for so long, and for an hour at most. */
START_TEST(an_answer_is_kept_for_its_time)
{
	static const struct {
		const char *name;
		long ms;
	} cases[] = { { "a.test", 60000 }, { "l.test", 3600000 } };
	struct got got = { 0 };
	int calls = 0;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *name = cases[i].name;

		resolver_ask(resolver, name, DNS_A, on_answer, &got);
		wait_for(&got, ++calls);
		testing_clock_pass(cases[i].ms - 1000);
		resolver_ask(resolver, name, DNS_A, on_answer, &got);
		wait_for(&got, ++calls);
		ck_assert(got.answer->from_cache);
		testing_clock_pass(2000);
		resolver_ask(resolver, name, DNS_A, on_answer, &got);
		wait_for(&got, ++calls);
		ck_assert(!got.answer->from_cache);
	}
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(a_late_answer_serves_the_next_who_asks)
{
	struct got late = { 0 }, next = { 0 };

	server.is_silent = true; /* it is asked again after 0.75 s */
	resolver_ask(resolver, "d.test", DNS_A, on_answer, &late);
	wait_for_queries(1);
	time_is_over();
	wait_for(&late, 1);
	ck_assert_int_eq(late.answer->status, DNS_FAILED);
	server.is_silent = false;
	resolver_ask(resolver, "d.test", DNS_A, on_answer, &next);
	wait_for(&next, 1);
	ck_assert_int_eq(next.answer->status, DNS_FOUND);
	ck_assert_int_eq(late.calls, 1);
	dns_answer_release(late.answer);
	dns_answer_release(next.answer);
}
END_TEST

START_TEST(an_answer_that_nobody_waits_for_is_kept)
{
	struct got got = { 0 };
	struct strbuf text = { 0 };

	server.is_silent = true; /* it is asked again after 0.75 s */
	resolver_ask(resolver, "d.test", DNS_A, on_answer, &got);
	wait_for_queries(1);
	time_is_over();
	wait_for(&got, 1);
	server.is_silent = false;
	do {
		event_base_loop(server.base, EVLOOP_ONCE);
		strbuf_truncate(&text, 0);
		resolver_describe(resolver, &text);
	} while (strstr(strbuf_str(&text), "in flight: 0") == NULL);
	resolver_ask(resolver, "d.test", DNS_A, on_answer, &got);
	wait_for(&got, 2);
	ck_assert_int_eq(got.answer->status, DNS_FOUND);
	ck_assert(got.answer->from_cache);
	strbuf_free(&text);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(a_cancelled_question_is_not_answered)
{
	struct got cancelled = { 0 }, other = { 0 };

	resolver_cancel(
	    resolver_ask(resolver, "e.test", DNS_A, on_answer, &cancelled));
	resolver_ask(resolver, "e.test", DNS_A, on_answer, &other);
	wait_for(&other, 1);
	ck_assert_int_eq(cancelled.calls, 0);
	ck_assert_int_eq(server.nqueries, 1);
	dns_answer_release(other.answer);
}
END_TEST

static void
ask_again(void *arg, const struct dns_answer *answer)
{
	on_answer(arg, answer);
	resolver_ask(resolver, "g.test", DNS_A, on_answer, arg);
}

START_TEST(who_is_answered_may_ask_at_once)
{
	struct got got = { 0 };

	resolver_ask(resolver, "f.test", DNS_A, ask_again, &got);
	wait_for(&got, 2);
	ck_assert_uint_eq(got.answer->records[0].ip.bytes[3], 6);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(forgets_when_told_to)
{
	struct got got = { 0 };
	struct strbuf err = { 0 };

	resolver_ask(resolver, "b.flush.test", DNS_A, on_answer, &got);
	resolver_ask(resolver, "b.keep.test", DNS_A, on_answer, &got);
	wait_for(&got, 2);
	ck_assert_int_eq(resolver_flush(resolver, "flush.test", &err), 0);
	ck_assert_ptr_null(
	    resolver_ask(resolver, "b.keep.test", DNS_A, on_answer, &got));
	ck_assert_ptr_nonnull(
	    resolver_ask(resolver, "b.flush.test", DNS_A, on_answer, &got));
	wait_for(&got, 4);
	ck_assert_int_eq(server.nqueries, 3);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(what_is_no_name_does_not_exist)
{
	char name[300];
	struct got got = { 0 };

	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	resolver_ask(resolver, name, DNS_A, on_answer, &got);
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_NOT_FOUND);
	name[100] = '\0'; /* a label of 100 */
	resolver_ask(resolver, name, DNS_A, on_answer, &got);
	wait_for(&got, 2);
	ck_assert_int_eq(got.answer->status, DNS_NOT_FOUND);
	resolver_ask(resolver, "a..b", DNS_A, on_answer, &got);
	wait_for(&got, 3);
	ck_assert_int_eq(got.answer->status, DNS_NOT_FOUND);
	ck_assert_int_eq(server.nqueries, 0);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(may_be_freed_with_open_questions)
{
	struct got got = { 0 };
	struct strbuf err = { 0 };

	resolver_ask(resolver, "s.test", DNS_A, on_answer, &got);
	wait_for_queries(1);
	ck_assert_int_eq(resolver_flush(resolver, NULL, &err), 0);
	resolver_ask(resolver, "s.test", DNS_A, on_answer, &got);
	wait_for_queries(2);
	ck_assert_int_eq(resolver_flush(resolver, NULL, &err), 0);
	resolver_ask(resolver, "s2.test", DNS_A, on_answer, &got);
	ck_assert_int_eq(got.calls, 0);
}
END_TEST

START_TEST(asks_as_configured_last)
{
	struct got got = { 0 }, next = { 0 };
	struct strbuf err = { 0 };

	server.is_silent = true;
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &got);
	wait_for_queries(1);
	server.is_silent = false;
	options.timeout_ms = 200;
	ck_assert_int_eq(resolver_configure(resolver, &options, &err), 0);
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &next);
	wait_for(&next, 1); /* it does not wait for the silent one */
	ck_assert_int_eq(next.answer->status, DNS_FOUND);
	ck_assert_int_eq(got.calls, 0);
	time_is_over();
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_FAILED);
	ck_assert_uint_eq(got.answer->ms, 200);
	dns_answer_release(got.answer);
	dns_answer_release(next.answer);
}
END_TEST

START_TEST(a_wrong_configuration_changes_nothing)
{
	struct got got = { 0 };
	struct strbuf err = { 0 };

	options.servers = "somewhere";
	ck_assert_int_eq(resolver_configure(resolver, &options, &err), -1);
	ck_assert_str_ne(strbuf_str(&err), "");
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &got);
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_FOUND);
	dns_answer_release(got.answer);
	strbuf_free(&err);
}
END_TEST

START_TEST(what_is_under_way_at_a_flush_is_not_kept)
{
	struct got before = { 0 }, after = { 0 };
	struct strbuf err = { 0 };

	resolver_ask(resolver, "b.test", DNS_A, on_answer, &before);
	wait_for_queries(1);
	ck_assert_int_eq(resolver_flush(resolver, NULL, &err), 0);
	wait_for(&before, 1);
	ck_assert_int_eq(before.answer->status, DNS_FOUND);
	ck_assert_uint_eq(before.answer->ttl, 0); /* nor by who asked */
	ck_assert_ptr_nonnull(
	    resolver_ask(resolver, "b.test", DNS_A, on_answer, &after));
	wait_for(&after, 1);
	ck_assert_int_eq(server.nqueries, 2);
	dns_answer_release(before.answer);
	dns_answer_release(after.answer);
}
END_TEST

START_TEST(what_nobody_waits_for_is_not_sent)
{
	struct got got = { 0 };

	resolver_cancel(
	    resolver_ask(resolver, "b.test", DNS_A, on_answer, &got));
	ck_assert(is_idle());
	resolver_ask(resolver, "c.test", DNS_A, on_answer, &got);
	wait_for(&got, 1);
	ck_assert_int_eq(server.nqueries, 1);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(one_of_two_servers_is_enough)
{
	struct got got = { 0 };
	struct strbuf err = { 0 };
	struct sockaddr_in dead = { 0 };
	int dead_fd = bind_somewhere(&dead);
	char *both =
	    xasprintf("127.0.0.1@%d %s", ntohs(dead.sin_port), servers);

	options.servers = both;
	ck_assert_int_eq(resolver_configure(resolver, &options, &err), 0);
	for (int i = 0; i < 100; i++) {
		char name[20];

		snprintf(name, sizeof name, "b%d.test", i);
		resolver_ask(resolver, name, DNS_A, on_answer, &got);
	}
	wait_for(&got, 100);
	ck_assert_int_eq(got.found, 100);
	close(dead_fd);
	free(both);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(a_crowd_without_reply_does_not_keep_others_waiting)
{
	struct got crowd = { 0 }, got = { 0 };

	for (int i = 0; i < 300; i++) {
		char name[20];

		snprintf(name, sizeof name, "s%d.test", i);
		resolver_ask(resolver, name, DNS_A, on_answer, &crowd);
	}
	wait_for_queries(50);
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &got);
	wait_for(&got, 1);
	ck_assert_int_eq(got.answer->status, DNS_FOUND);
	ck_assert_int_lt(server.nsilent, 150);
	time_is_over();
	wait_for(&crowd, 300);
	ck_assert_int_eq(crowd.answer->status, DNS_FAILED);
	dns_answer_release(crowd.answer);
	dns_answer_release(got.answer);
}
END_TEST

/* As few as the server's socket can take when all are sent again. */
START_TEST(a_reply_opens_the_way_for_others)
{
	struct got crowd = { 0 }, got = { 0 };

	for (int i = 0; i < 300; i++) {
		char name[20];

		snprintf(name, sizeof name, "%c%d.test", i < 100 ? 's' : 'b',
		    i);
		resolver_ask(resolver, name, DNS_A, on_answer,
		    i < 100 ? &crowd : &got);
	}
	wait_for(&got, 200);
	ck_assert_int_eq(got.found, 200);
	time_is_over();
	wait_for(&crowd, 100);
	dns_answer_release(crowd.answer);
	dns_answer_release(got.answer);
}
END_TEST

START_TEST(what_goes_beyond_all_lookups_fails_at_once)
{
	struct got got = { 0 }, later = { 0 };
	int n = 0;

	while (got.calls == 0) {
		char name[20];

		snprintf(name, sizeof name, "s%d.test", n++);
		resolver_ask(resolver, name, DNS_A, on_answer, &got);
	}
	ck_assert_int_eq(got.answer->status, DNS_FAILED);
	ck_assert_int_le(n, 10001);
	time_is_over();
	wait_for(&got, n);
	ck_assert_int_eq(got.found, 0);
	resolver_ask(resolver, "b.test", DNS_A, on_answer, &later);
	wait_for(&later, 1);
	ck_assert_int_eq(later.found, 1);
	dns_answer_release(got.answer);
	dns_answer_release(later.answer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resolver");
	TCase *net = tcase_create("questions");
	TCase *config = tcase_create("config");

	suite_add_tcase(suite, net);
	tcase_add_checked_fixture(net, setup, teardown);
	tcase_add_test(net, answers_from_the_net_then_from_the_cache);
	tcase_add_test(net, a_look_is_neither_counted_nor_kept);
	tcase_add_test(net, a_look_that_others_share_is_kept);
	tcase_add_test(net, knows_what_does_not_exist);
	tcase_add_test(net, a_failure_is_not_remembered);
	tcase_add_test(net, no_answer_is_not_the_answer_before_it);
	tcase_add_test(net, equal_questions_share_a_packet);
	tcase_add_test(net, gives_up_in_time);
	tcase_add_test(net, each_question_has_its_own_time);
	tcase_add_test(net, an_answer_is_kept_for_its_time);
	tcase_add_test(net, a_late_answer_serves_the_next_who_asks);
	tcase_add_test(net, an_answer_that_nobody_waits_for_is_kept);
	tcase_add_test(net, a_cancelled_question_is_not_answered);
	tcase_add_test(net, who_is_answered_may_ask_at_once);
	tcase_add_test(net, forgets_when_told_to);
	tcase_add_test(net, what_is_no_name_does_not_exist);
	tcase_add_test(net, may_be_freed_with_open_questions);
	tcase_add_test(net, asks_as_configured_last);
	tcase_add_test(net, a_wrong_configuration_changes_nothing);
	tcase_add_test(net, what_is_under_way_at_a_flush_is_not_kept);
	tcase_add_test(net, what_nobody_waits_for_is_not_sent);
	tcase_add_test(net, one_of_two_servers_is_enough);
	tcase_add_test(net, a_crowd_without_reply_does_not_keep_others_waiting);
	tcase_add_test(net, a_reply_opens_the_way_for_others);
	tcase_add_test(net, what_goes_beyond_all_lookups_fails_at_once);
	suite_add_tcase(suite, config);
	return testing_run(suite);
}
