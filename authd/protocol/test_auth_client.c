#include <fcntl.h>

#include "testing_auth_client.h"

START_TEST(greets_at_once_in_the_order_that_all_clients_take)
{
	static const char *const lines[] = {
		"VERSION\t1\t2",
		"MECH\tPLAIN\tplaintext",
		"MECH\tLOGIN\tplaintext",
		"MECH\tCRAM-MD5\tdictionary\tactive",
		"MECH\tSCRAM-SHA-1\tmutual-auth",
		"MECH\tSCRAM-SHA-256\tmutual-auth",
		"MECH\tSCRAM-SHA-512\tmutual-auth",
	};
	unsigned pid, cuid;
	char cookie[64];

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		ck_assert_str_eq(hear(), lines[i]);
	ck_assert_int_eq(sscanf(hear(), "SPID\t%u", &pid), 1);
	ck_assert_int_eq(sscanf(hear(), "CUID\t%u", &cuid), 1);
	ck_assert_int_eq(sscanf(hear(), "COOKIE\t%63s", cookie), 1);
	ck_assert_uint_eq(strlen(cookie), 32);
	ck_assert_str_eq(hear(), "DONE");
	expect_silence();
}
END_TEST

/* Handshakes that clients are known to make, and the request after it. */
static const char *const handshakes[] = {
	"VERSION\t1\t0\nCPID\t1\n",          /* Postfix, Exim */
	"VERSION\t1\t1\nCPID\t4294967295\n", /* chasquid */
	"VERSION\t1\t2\nCPID\t1\n",
	"VERSION\t1\t3\nCPID\t1\n", /* Dovecot 2.4 */
	"VERSION\t1\t0\r\nCPID\t1\r\n",
	"VERSION\t1\t0\tmore\nCPID\t1\tmore\n",
	/* odd ones that cost nothing */
	"VERSION\t1\t0\n",
	"VERSION\t1\t0\nCPID\t0\nCPID\n",
	"VERSION\t1\t0\nNOOP\n\n\t\nVERSION\t1\t0\nCPID\t1\n",
};

START_TEST(takes_every_handshake)
{
	greet(handshakes[_i]);
	say_plain(1, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
}
END_TEST

static const char *const strangers[] = { "\n", "GET / HTTP/1.0\n",
	"AUTH\t1\tPLAIN\n", "version\t1\t1\n", "VERSION\n", "VERSION\t1\n",
	"VERSION\t2\t0\n", "VERSION\t-1\t0\n", "VERSION\t4294967297\t0\n",
	"CPID\t1\nVERSION\t1\t0\n" };

START_TEST(closes_on_strangers)
{
	skip_greeting();
	say(strangers[_i]);
	expect_close();
}
END_TEST

START_TEST(takes_a_request_in_pieces_and_many_in_one)
{
	const char *line =
	    "AUTH\t1\tplain\tservice=smtp\tresp=AGZyZWQAc2VjcmV0\n"
	    "AUTH\t2\tPlain\tresp=AGZyZWQAc2VjcmV0\n"
	    "AUTH\t3\tPLAIN\tprotocol=smtp\tresp=AGZyZWQAc2VjcmV0\n";

	greet(HELLO);
	for (const char *p = line; *p != '\0'; p++)
		say_bytes(p, 1);
	for (int i = 0; i < 3; i++)
		ck_assert(strncmp(hear(), "OK\t", 3) == 0);
	say(line);
	for (int i = 0; i < 3; i++)
		ck_assert(strncmp(hear(), "OK\t", 3) == 0);
}
END_TEST

START_TEST(initial_responses_given_or_not)
{
	greet(HELLO);
	say("AUTH\t1\tPLAIN\tservice=smtp\n");
	ck_assert_str_eq(hear(), "CONT\t1\t");
	say("CONT\t1\tAGZyZWQAc2VjcmV0\n");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
	say("AUTH\t2\tPLAIN\tservice=smtp\tresp=\n"); /* Exim */
	ck_assert_str_eq(hear(), "CONT\t2\t");
	say("CONT\t2\t\n");
	ck_assert_str_eq(hear(), "FAIL\t2\t" FAILED);
	say("AUTH\t3\tPLAIN\tresp==\n");
	ck_assert_str_eq(hear(), "FAIL\t3\t" FAILED);
	say("AUTH\t4\tLOGIN\tresp==\n");
	ck_assert_str_eq(hear(), "CONT\t4\tVXNlcm5hbWU6");
	say("CANCEL\t4\n");
	say("AUTH\t4\tLOGIN\tresp=ZnJlZA==\n");
	ck_assert_str_eq(hear(), "CONT\t4\tUGFzc3dvcmQ6");
	say("CONT\t4\tc2VjcmV0\n");
	ck_assert_str_eq(hear(), "OK\t4\tuser=fred@example.org");
}
END_TEST

START_TEST(an_empty_response_counts_since_version_1_2)
{
	greet("VERSION\t1\t2\nCPID\t1\n");
	say("AUTH\t1\tPLAIN\tservice=smtp\tresp=\n");
	ck_assert_str_eq(hear(), "FAIL\t1\t" FAILED);
}
END_TEST

START_TEST(odd_requests_do_not_cost_the_connection)
{
	greet(HELLO);
	say("AUTH\t1\tNTLM\tservice=smtp\n");
	ck_assert_str_eq(hear(), "FAIL\t1\t" FAILED);
	say("AUTH\t2\n");
	ck_assert_str_eq(hear(), "FAIL\t2\t" FAILED);
	say("AUTH\t3\tSCRAM-SHA-256-PLUS\tresp=biws\n");
	ck_assert_str_eq(hear(), "FAIL\t3\t" FAILED);
	say("CONT\t99\tabcd\n");
	ck_assert_str_eq(hear(), "FAIL\t99\t" FAILED);
	say("CANCEL\t99\n");
	say("FROB\t1\n");
	expect_silence();
	say_plain(0, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t0\tuser=fred@example.org");
	say_plain(4294967295U, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t4294967295\tuser=fred@example.org");
}
END_TEST

static void
say_and_retire(evutil_socket_t fd, short what, void *arg)
{
	char *line = xasprintf("AUTH\t1\tPLAIN\tresp=%s\n",
	    plain_response("fred", "secret"));

	(void)fd;
	(void)what;
	(void)arg;
	ck_assert_int_eq(write(peer, line, strlen(line)),
	    (ssize_t)strlen(line));
	auth_clients_retire(clients);
	free(line);
}

START_TEST(a_retired_connection_hears_what_was_said_before)
{
	const struct timeval now = { 0 };

	greet(HELLO);
	listen_for(5);
	event_base_once(login.service.base, -1, EV_TIMEOUT, say_and_retire,
	    NULL, &now);
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
	expect_close();
}
END_TEST

static const char *const broken[] = { "AUTH\n", "AUTH\t-1\tPLAIN\n",
	"AUTH\t4294967296\tPLAIN\n", "AUTH\tx\tPLAIN\n", "CONT\tx\t\n",
	"CANCEL\n", "AUTH\t1\tLOGIN\nAUTH\t1\tLOGIN\n" };

START_TEST(closes_on_requests_without_a_number_of_their_own)
{
	greet(HELLO);
	say(broken[_i]);
	while (*hear() != '\0') /* perhaps the first one's challenge */
		;
	ck_assert(is_closed);
}
END_TEST

START_TEST(a_number_is_free_again_after_the_answer)
{
	greet(HELLO);
	for (int i = 0; i < 3; i++) {
		say_plain(1, "fred", "secret");
		ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
		say("AUTH\t1\tLOGIN\n");
		ck_assert_str_eq(hear(), "CONT\t1\tVXNlcm5hbWU6");
		say("CANCEL\t1\n");
	}
}
END_TEST

START_TEST(a_hundred_in_flight_are_answered_once_each)
{
	bool answered[101] = { false };
	unsigned id;

	greet(HELLO);
	for (unsigned i = 1; i <= 100; i++)
		say_plain(i, "fred", i % 2 == 0 ? "secret" : "wrong");
	for (unsigned i = 1; i <= 100; i++) {
		const char *line = hear();

		if (sscanf(line, "OK\t%u\t", &id) == 1)
			ck_assert_uint_eq(id % 2, 0);
		else if (sscanf(line, "FAIL\t%u\t", &id) == 1)
			ck_assert_uint_eq(id % 2, 1);
		else
			ck_abort_msg("%s", line);
		ck_assert(id >= 1 && id <= 100 && !answered[id]);
		answered[id] = true;
	}
	expect_silence();
}
END_TEST

START_TEST(cancel_in_the_middle_is_never_answered)
{
	greet(HELLO);
	for (unsigned i = 1; i <= 50; i++)
		say_plain(i, "fred", "wrong");
	for (unsigned i = 1; i <= 50; i++) {
		char line[32];

		snprintf(line, sizeof line, "CANCEL\t%u\n", i);
		say(line);
	}
	listen_for(100);
	strbuf_truncate(&heard, 0); /* some may have been quicker */
	expect_silence();
	ck_assert_uint_eq(login.stats.open_conversations, 0);
	say_plain(1, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
}
END_TEST

START_TEST(long_lines)
{
	char *response = xmalloc(12289), *line;

	greet(HELLO);
	memset(response, 'A', 12288);
	response[12288] = '\0';
	line = xasprintf("AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=2001:db8:"
			 ":1\trip=2001:db8::2\tsecured\tresp=%s\n",
	    response);
	say(line);
	ck_assert_str_eq(hear(), "FAIL\t1\t" FAILED);
	free(line);
	say("AUTH\t1\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t1\tVXNlcm5hbWU6");
	line = xasprintf("CONT\t1\t%s\n", response);
	say(line);
	free(line);
	/* LOGIN's plugin has its own limit for names. */
	ck_assert(strncmp(hear(), "FAIL\t1\t", 7) == 0);
	say_plain(2, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t2\tuser=fred@example.org");
	for (int i = 0; i < 2; i++) /* 24 kB without an end */
		say(response);
	listen_for(100); /* not until its time is over */
	ck_assert(is_closed);
	free(response);
}
END_TEST

START_TEST(at_a_thousand_the_oldest_that_waits_for_the_client_goes)
{
	char line[64];

	greet(HELLO);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(line, sizeof line, "AUTH\t%u\tLOGIN\n", i);
		say(line);
		snprintf(line, sizeof line, "CONT\t%u\tVXNlcm5hbWU6", i);
		ck_assert_str_eq(hear(), line);
	}
	say("AUTH\t1000\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t1000\tVXNlcm5hbWU6");
	say("CONT\t0\tZnJlZA==\n");
	ck_assert_str_eq(hear(), "FAIL\t0\t" FAILED);
	say("CONT\t1\tZnJlZA==\n");
	ck_assert_str_eq(hear(), "CONT\t1\tUGFzc3dvcmQ6");
}
END_TEST

START_TEST(half_a_connection_gets_its_answers)
{
	greet(HELLO);
	say_plain(1, "fred", "secret");
	say_plain(2, "fred", "wrong");
	shutdown(peer, SHUT_WR);
	ck_assert_str_ne(hear(), "");
	ck_assert_str_ne(hear(), "");
	expect_close();
}
END_TEST

START_TEST(who_is_not_read_and_goes_takes_his_logins_along)
{
	end();
	begin("auth_failure_delay = 1h\n");
	greet(HELLO);
	for (int i = 0; i < 1000; i++)
		say_plain(i, "nobody", "wrong");
	ck_assert_uint_eq(login.stats.open_conversations, 1000);
	/* no room, and none is made */
	say_plain(1000, "nobody", "wrong");
	expect_silence();
	ck_assert_uint_eq(login.stats.open_conversations, 1000);
	ck_assert_uint_eq(login.stats.dropped, 0);
	close(peer);
	peer = open("/dev/null", O_RDONLY);
	while (login.stats.open_connections > 0)
		event_base_loop(login.service.base, EVLOOP_ONCE);
	ck_assert_uint_eq(login.stats.open_conversations, 0);
}
END_TEST

START_TEST(who_hangs_up_takes_his_queued_jobs_along)
{
	struct workers *before = login.service.workers;
	struct workers_stats stats;

	/* Without threads, what is queued stays there. */
	login.service.workers = workers_new(login.service.base, 0, 1000, 0);
	greet(HELLO);
	for (unsigned i = 0; i < 10; i++)
		say_plain(i, "fred", "secret");
	listen_for(5);
	workers_stats(login.service.workers, &stats);
	ck_assert_uint_eq(stats.waiting, 10);
	close(peer);
	peer = open("/dev/null", O_RDONLY);
	while (login.stats.open_connections > 0)
		event_base_loop(login.service.base, EVLOOP_ONCE);
	workers_stats(login.service.workers, &stats);
	ck_assert_uint_eq(stats.waiting, 0);
	workers_free(login.service.workers);
	login.service.workers = before;
}
END_TEST

START_TEST(who_reads_no_answers_is_not_read)
{
	static const char line[] = "AUTH\t1\tNTLM\n";
	size_t sent = 0;

	greet(HELLO);
	for (int refused = 0; refused < 100;) {
		ssize_t n = write(peer, line, strlen(line));

		event_base_loop(login.service.base, EVLOOP_NONBLOCK);
		refused = n == -1 ? refused + 1 : 0;
		sent += n > 0 ? (size_t)n : 0;
		ck_assert_uint_lt(sent, 8 << 20);
	}
	for (size_t i = 0; i < sent / strlen(line); i++)
		ck_assert_str_eq(hear(), "FAIL\t1\t" FAILED);
	say_plain(2, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t2\tuser=fred@example.org");
}
END_TEST

#define REFUSALS 1000

START_TEST(answers_that_leave_in_pieces_arrive_whole)
{
	struct strbuf lines = { 0 };
	int pair[2], small = 4096;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	close(peer);
	peer = pair[1];
	strbuf_free(&heard);
	auth_clients_accept(clients, pair[0]);
	strbuf_adds(&lines, HELLO);
	for (unsigned i = 0; i < REFUSALS; i++)
		strbuf_addf(&lines, "AUTH\t%u\tNTLM\n", i);
	greet(strbuf_str(&lines));
	for (unsigned i = 0; i < REFUSALS; i++) {
		char *line = xasprintf("FAIL\t%u\t" FAILED, i);

		ck_assert_str_eq(hear(), line);
		free(line);
	}
	strbuf_free(&lines);
}
END_TEST

START_TEST(all_connections_together_have_a_limit)
{
	int others[6], last;

	greet(HELLO);
	say("AUTH\t1\tLOGIN\n");
	for (int i = 0; i < 6; i++) {
		others[i] = peer;
		peer = -1;
		connect_peer();
		greet(HELLO);
		for (int n = 0; n < 900; n++) {
			char line[40];

			snprintf(line, sizeof line, "AUTH\t%d\tLOGIN\n", n);
			say(line);
		}
		ck_assert_uint_le(login.stats.open_conversations, 5000);
	}
	/* Who has few keeps them. */
	last = peer;
	peer = others[0];
	strbuf_free(&heard);
	ck_assert_str_eq(hear(), "CONT\t1\tVXNlcm5hbWU6");
	say("CONT\t1\tZnJlZA==\n");
	ck_assert_str_eq(hear(), "CONT\t1\tUGFzc3dvcmQ6");
	for (int i = 1; i < 6; i++)
		close(others[i]);
	close(last);
}
END_TEST

START_TEST(retired_connections_close_when_nothing_goes_on)
{
	greet(HELLO);
	listen_for(5);
	auth_clients_retire(clients);
	expect_close();
	connect_peer();
	greet(HELLO);
	say("AUTH\t1\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t1\tVXNlcm5hbWU6");
	auth_clients_retire(clients);
	expect_silence();
	say("CONT\t1\tZnJlZA==\n");
	ck_assert_str_eq(hear(), "CONT\t1\tUGFzc3dvcmQ6");
	say("CONT\t1\tc2VjcmV0\n");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
	expect_close();
}
END_TEST

START_TEST(what_is_ready_together_leaves_in_one_write)
{
	char bytes[4096];
	ssize_t n;
	int lines = 0;

	connect_peer_by(SOCK_SEQPACKET); /* keeps writes apart */
	greet(HELLO);
	say("AUTH\t1\tCRAM-MD5\nAUTH\t2\tCRAM-MD5\nAUTH\t3\tCRAM-MD5\n");
	n = read(peer, bytes, sizeof bytes);
	for (ssize_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	ck_assert_int_eq(lines, 3);
}
END_TEST

START_TEST(survives_garbage)
{
	char bytes[512];

	srandom((unsigned)_i);
	for (int round = 0; round < 50; round++) {
		connect_peer();
		greet(HELLO);
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] =
			    "\t\n\001=0AUTHCON1PL IN\rresp"[random() % 24];
		if (write(peer, bytes, sizeof bytes) == -1)
			continue;
		listen_for(2);
	}
	connect_peer();
	greet(HELLO);
	say_plain(1, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
}
END_TEST

#define COUNT(array) (int)(sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("auth_client");
	TCase *quick = tcase_create("quick");

	suite_add_tcase(suite, quick);
	tcase_add_checked_fixture(quick, begin_quick, end);
	tcase_add_test(quick,
	    greets_at_once_in_the_order_that_all_clients_take);
	tcase_add_loop_test(quick, takes_every_handshake, 0, COUNT(handshakes));
	tcase_add_loop_test(quick, closes_on_strangers, 0, COUNT(strangers));
	tcase_add_test(quick, takes_a_request_in_pieces_and_many_in_one);
	tcase_add_test(quick, initial_responses_given_or_not);
	tcase_add_test(quick, an_empty_response_counts_since_version_1_2);
	tcase_add_test(quick, odd_requests_do_not_cost_the_connection);
	tcase_add_loop_test(quick,
	    closes_on_requests_without_a_number_of_their_own, 0, COUNT(broken));
	tcase_add_test(quick, a_number_is_free_again_after_the_answer);
	tcase_add_test(quick, a_hundred_in_flight_are_answered_once_each);
	tcase_add_test(quick, cancel_in_the_middle_is_never_answered);
	tcase_add_test(quick, long_lines);
	tcase_add_test(quick,
	    at_a_thousand_the_oldest_that_waits_for_the_client_goes);
	tcase_add_test(quick, half_a_connection_gets_its_answers);
	tcase_add_test(quick, who_is_not_read_and_goes_takes_his_logins_along);
	tcase_add_test(quick, who_hangs_up_takes_his_queued_jobs_along);
	tcase_add_test(quick, who_reads_no_answers_is_not_read);
	tcase_add_test(quick, answers_that_leave_in_pieces_arrive_whole);
	tcase_add_test(quick, all_connections_together_have_a_limit);
	tcase_add_test(quick, retired_connections_close_when_nothing_goes_on);
	tcase_add_test(quick, a_retired_connection_hears_what_was_said_before);
	tcase_add_test(quick, what_is_ready_together_leaves_in_one_write);
	tcase_add_loop_test(quick, survives_garbage, 0, 4);
	return testing_run(suite);
}
