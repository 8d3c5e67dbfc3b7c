#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth_client.h"
#include "encoding.h"
#include "testing_login.h"

#define HELLO      "VERSION\t1\t0\nCPID\t77\n"
#define FAILED     "reason=credentials not accepted"
#define NAMED_FAIL "user=fred@example.org\t" FAILED

static struct testing_login login;
static struct auth_clients *clients;

/* The other end of a connection. */
static int peer = -1;
static struct strbuf heard;
static bool is_closed;

static void
connect_peer(void)
{
	int pair[2];

	if (peer != -1)
		close(peer);
	strbuf_free(&heard);
	is_closed = false;
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	auth_clients_accept(clients, pair[0]);
	peer = pair[1];
}

static void
begin(const char *config)
{
	testing_login_begin(&login, config);
	testing_add_user(&login, "fred@example.org", "secret");
	clients = auth_clients_new(&login.service);
	connect_peer();
}

static void
end(void)
{
	auth_clients_free(clients);
	close(peer);
	peer = -1;
	strbuf_free(&heard);
	testing_login_end(&login);
}

static void
begin_quick(void)
{
	begin("auth_failure_delay = 0\n");
}

static void
say_bytes(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(peer, bytes, len);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
		event_base_loop(login.service.base, EVLOOP_NONBLOCK);
	}
}

static void
say(const char *text)
{
	say_bytes(text, strlen(text));
}

/* Let happen what can happen, and take what was said. */
static void
listen_once(void)
{
	struct pollfd pollfd = { .fd = peer, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	event_base_loop(login.service.base, EVLOOP_NONBLOCK);
	poll(&pollfd, 1, 1);
	while ((n = read(peer, bytes, sizeof bytes)) > 0)
		strbuf_add(&heard, bytes, (size_t)n);
	if (n == 0)
		is_closed = true;
}

static void
listen_for(int ms)
{
	for (int i = 0; i < ms; i++)
		listen_once();
}

/* The next line, without its LF; "" when the connection was closed. */
static const char *
hear(void)
{
	static char line[32768];
	const char *end_of_line;
	size_t len;

	for (int i = 0; i < 10000; i++) {
		end_of_line = heard.len == 0
		    ? NULL
		    : memchr(heard.bytes, '\n', heard.len);
		if (end_of_line != NULL) {
			len = (size_t)(end_of_line - heard.bytes);
			ck_assert_uint_lt(len, sizeof line);
			memcpy(line, heard.bytes, len);
			line[len] = '\0';
			memmove(heard.bytes, end_of_line + 1,
			    heard.len - len - 1);
			strbuf_truncate(&heard, heard.len - len - 1);
			return line;
		}
		if (is_closed)
			return "";
		listen_once();
	}
	ck_abort_msg("no answer");
	return NULL;
}

static void
skip_greeting(void)
{
	while (strcmp(hear(), "DONE") != 0)
		ck_assert(!is_closed);
}

static void
greet(const char *hello)
{
	skip_greeting();
	say(hello);
}

/* Nothing more is said, and the connection is still there. */
static void
expect_silence(void)
{
	listen_for(50);
	ck_assert_str_eq(strbuf_str(&heard), "");
	ck_assert(!is_closed);
}

static void
expect_close(void)
{
	ck_assert_str_eq(hear(), "");
	ck_assert(is_closed);
}

/* PLAIN's message (RFC 4616) in base64. */
static const char *
plain(const char *user, const char *password)
{
	static char text[1024];
	struct strbuf message = { 0 }, base64 = { 0 };

	strbuf_addc(&message, '\0');
	strbuf_adds(&message, user);
	strbuf_addc(&message, '\0');
	strbuf_adds(&message, password);
	base64_add(&base64, message.bytes, message.len);
	snprintf(text, sizeof text, "%s", strbuf_str(&base64));
	strbuf_free(&message);
	strbuf_free(&base64);
	return text;
}

static void
say_plain(unsigned id, const char *user, const char *password)
{
	char *line = xasprintf("AUTH\t%u\tPLAIN\tservice=smtp\tnologin\t"
			       "lip=192.0.2.1\trip=192.0.2.2\tresp=%s\n",
	    id, plain(user, password));

	say(line);
	free(line);
}

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

START_TEST(right_and_wrong_passwords)
{
	greet(HELLO);
	say_plain(1, "fred@example.org", "secret");
	ck_assert_str_eq(hear(), "OK\t1\tuser=fred@example.org");
	say_plain(2, "FRED", "secret");
	ck_assert_str_eq(hear(), "OK\t2\tuser=fred@example.org");
	say_plain(3, "fred", "Secret");
	ck_assert_str_eq(hear(), "FAIL\t3\t" NAMED_FAIL);
	say_plain(4, "nobody", "secret");
	ck_assert_str_eq(hear(), "FAIL\t4\tuser=nobody@example.org\t" FAILED);
	say_plain(5, "fr\ted", "secret");
	ck_assert_str_eq(hear(), "FAIL\t5\t" FAILED);
	say_plain(6, "", "secret");
	ck_assert_str_eq(hear(), "FAIL\t6\t" FAILED);
	say_plain(7, "fred", "");
	ck_assert_str_eq(hear(), "FAIL\t7\t" NAMED_FAIL);
	say_plain(8, " fred", "secret");
	ck_assert_str_eq(hear(), "FAIL\t8\t" FAILED);
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

START_TEST(bad_base64_ends_the_request_and_not_the_connection)
{
	static const char *const bad[] = { "*", "A", "====", "a b=", "AGZyZ" };
	char line[128], expected[128];

	greet(HELLO);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(line, sizeof line, "AUTH\t%u\tPLAIN\tresp=%s\n", i,
		    bad[i]);
		say(line);
		snprintf(expected, sizeof expected,
		    "FAIL\t%u\tcode=invalid_base64\t" FAILED, i);
		ck_assert_str_eq(hear(), expected);
	}
	say("AUTH\t9\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t9\tVXNlcm5hbWU6");
	say("CONT\t9\t=\n");
	ck_assert_str_eq(hear(), "FAIL\t9\tcode=invalid_base64\t" FAILED);
	say("AUTH\t9\tLOGIN\n");
	ck_assert_str_eq(hear(), "CONT\t9\tVXNlcm5hbWU6");
	say("CONT\t9\n");
	ck_assert_str_eq(hear(), "FAIL\t9\tcode=invalid_base64\t" FAILED);
	say_plain(9, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t9\tuser=fred@example.org");
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

START_TEST(a_continuation_out_of_turn_is_refused_once)
{
	char line[256];

	greet(HELLO);
	snprintf(line, sizeof line, "AUTH\t1\tPLAIN\tresp=%s\nCONT\t1\tabcd\n",
	    plain("fred", "x"));
	say(line);
	ck_assert_str_eq(hear(), "FAIL\t1\t" FAILED);
	expect_silence();
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
	expect_close();
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

START_TEST(without_a_database_an_old_client_loses_the_connection)
{
	char *path = xasprintf("%s/users", login.dir);

	ck_assert_int_eq(unlink(path), 0);
	free(path);
	greet(HELLO);
	say_plain(1, "fred", "secret");
	expect_close();
}
END_TEST

START_TEST(without_a_database_a_new_client_hears_temp_fail)
{
	char *path = xasprintf("%s/users", login.dir);

	ck_assert_int_eq(unlink(path), 0);
	free(path);
	greet("VERSION\t1\t2\nCPID\t1\n");
	say_plain(1, "fred", "secret");
	ck_assert_str_eq(hear(),
	    "FAIL\t1\tcode=temp_fail\t"
	    "reason=temporary authentication failure");
	say("AUTH\t1\tSCRAM-SHA-256\tresp=biwsbj1mcmVkLHI9YWJjZGVm\n");
	ck_assert(strstr(hear(), "code=temp_fail") != NULL);
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

START_TEST(a_refusal_takes_its_time_and_an_acceptance_none)
{
	struct timespec before, after;
	double seconds;

	begin("auth_failure_delay = 1s\n");
	greet(HELLO);
	clock_gettime(CLOCK_MONOTONIC, &before);
	say_plain(1, "fred", "wrong");
	say_plain(2, "fred", "secret");
	ck_assert_str_eq(hear(), "OK\t2\tuser=fred@example.org");
	ck_assert_str_eq(hear(), "FAIL\t1\t" NAMED_FAIL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	seconds = (double)(after.tv_sec - before.tv_sec) +
	    (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	ck_assert_double_ge(seconds, 0.99);
	ck_assert_double_le(seconds, 1.5);
	end();
}
END_TEST

/* What a wrong password hears, with what may differ taken out. */
static void
hear_refusal(struct strbuf *heard_all, enum mechanism mechanism,
    const char *name, unsigned id)
{
	struct strbuf say_it = { 0 }, base64 = { 0 }, decoded = { 0 };
	char user[64], prefix[32];
	const char *line;
	bool is_first = true;

	snprintf(user, sizeof user, "user=%s@example.org", name);
	strbuf_addf(&say_it, "AUTH\t%u\t%s\tservice=smtp", id,
	    mechanism_name(mechanism));
	if (mechanism == MECHANISM_PLAIN)
		strbuf_addf(&say_it, "\tresp=%s", plain(name, "wrong"));
	for (;;) {
		strbuf_addc(&say_it, '\n');
		say(strbuf_str(&say_it));
		strbuf_free(&say_it);
		line = hear();
		snprintf(prefix, sizeof prefix, "CONT\t%u\t", id);
		if (strncmp(line, prefix, strlen(prefix)) != 0)
			break;
		line += strlen(prefix);
		ck_assert(base64_decode(&decoded, line, strlen(line)));
		if (mechanism == MECHANISM_LOGIN)
			strbuf_addf(heard_all, "%s|", strbuf_str(&decoded));
		else /* nonces, salts: of one length */
			strbuf_addf(heard_all, "%zu|", decoded.len);
		if (mechanism == MECHANISM_CRAM_MD5)
			strbuf_addf(&base64,
			    "%s 0123456789abcdef0123456789abcdef", name);
		else if (mechanism == MECHANISM_LOGIN)
			strbuf_adds(&base64, is_first ? name : "wrong");
		else if (decoded.len == 0)
			strbuf_addf(&base64, "n,,n=%s,r=abcdef", name);
		else
			strbuf_addf(&base64, "c=biws,%.*s,p=%s",
			    (int)strcspn(decoded.bytes, ","), decoded.bytes,
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
		strbuf_addf(&say_it, "CONT\t%u\t", id);
		base64_add(&say_it, base64.bytes, base64.len);
		strbuf_free(&base64);
		strbuf_free(&decoded);
		is_first = false;
	}
	snprintf(prefix, sizeof prefix, "FAIL\t%u\t", id);
	ck_assert(strncmp(line, prefix, strlen(prefix)) == 0);
	line += strlen(prefix);
	ck_assert(strncmp(line, user, strlen(user)) == 0);
	strbuf_adds(heard_all, line + strlen(user));
}

START_TEST(a_stranger_hears_what_a_user_hears)
{
	static const enum mechanism mechanisms[] = { MECHANISM_PLAIN,
		MECHANISM_LOGIN, MECHANISM_CRAM_MD5, MECHANISM_SCRAM_SHA_256 };
	enum mechanism mechanism = mechanisms[_i];
	struct strbuf known = { 0 }, unknown = { 0 };

	greet(HELLO);
	for (unsigned i = 0; i < 200; i++) {
		hear_refusal(&known, mechanism, "fred", i);
		hear_refusal(&unknown, mechanism, "derf", i);
		if (mechanism == MECHANISM_CRAM_MD5) {
			/* the length of its random number differs */
			ck_assert_str_eq(strchr(known.bytes, '|'),
			    strchr(unknown.bytes, '|'));
		} else {
			ck_assert_str_eq(known.bytes, unknown.bytes);
		}
		strbuf_truncate(&known, 0);
		strbuf_truncate(&unknown, 0);
	}
	strbuf_free(&known);
	strbuf_free(&unknown);
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

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int
main(void)
{
	Suite *suite = suite_create("auth_client");
	TCase *quick = tcase_create("quick"), *slow = tcase_create("slow");

	suite_add_tcase(suite, quick);
	suite_add_tcase(suite, slow);
	tcase_set_timeout(quick, 30);
	tcase_add_checked_fixture(quick, begin_quick, end);
	tcase_add_test(quick,
	    greets_at_once_in_the_order_that_all_clients_take);
	tcase_add_loop_test(quick, takes_every_handshake, 0, COUNT(handshakes));
	tcase_add_loop_test(quick, closes_on_strangers, 0, COUNT(strangers));
	tcase_add_test(quick, right_and_wrong_passwords);
	tcase_add_test(quick, takes_a_request_in_pieces_and_many_in_one);
	tcase_add_test(quick, initial_responses_given_or_not);
	tcase_add_test(quick, an_empty_response_counts_since_version_1_2);
	tcase_add_test(quick,
	    bad_base64_ends_the_request_and_not_the_connection);
	tcase_add_test(quick, odd_requests_do_not_cost_the_connection);
	tcase_add_loop_test(quick,
	    closes_on_requests_without_a_number_of_their_own, 0, COUNT(broken));
	tcase_add_test(quick, a_number_is_free_again_after_the_answer);
	tcase_add_test(quick, a_hundred_in_flight_are_answered_once_each);
	tcase_add_test(quick, cancel_in_the_middle_is_never_answered);
	tcase_add_test(quick, a_continuation_out_of_turn_is_refused_once);
	tcase_add_test(quick, long_lines);
	tcase_add_test(quick,
	    at_a_thousand_the_oldest_that_waits_for_the_client_goes);
	tcase_add_test(quick,
	    without_a_database_an_old_client_loses_the_connection);
	tcase_add_test(quick, without_a_database_a_new_client_hears_temp_fail);
	tcase_add_test(quick, half_a_connection_gets_its_answers);
	tcase_add_test(quick, retired_connections_close_when_nothing_goes_on);
	tcase_add_loop_test(quick, a_stranger_hears_what_a_user_hears, 0, 4);
	tcase_add_loop_test(quick, survives_garbage, 0, 4);
	tcase_add_test(slow, a_refusal_takes_its_time_and_an_acceptance_none);
	return testing_run(suite);
}
