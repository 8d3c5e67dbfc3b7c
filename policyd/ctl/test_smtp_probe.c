/*
 * Replies of SMTP servers, good ones and others; forms of addresses.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay_form.h"
#include "smtp_probe.h"
#include "testing.h"
#include "testing_clock.h"

static struct smtp_probe probe;
static struct strbuf err;
static int server;

static void
connect_probe(void)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	testing_clock_begin();
	probe.fd = fds[0];
	server = fds[1];
}

static void
hang_up(void)
{
	smtp_probe_close(&probe);
	close(server);
	strbuf_free(&err);
}

static void
answer(const char *text)
{
	ck_assert_int_eq(write(server, text, strlen(text)), strlen(text));
}

static const struct {
	const char *reply;
	int code;
	const char *shown;
} replies[] = {
	{ "250 2.1.5 Ok\r\n", 250, "250 2.1.5 Ok" },
	{ "250\r\n", 250, "250" },
	{ "550-5.7.1 no\r\n550 5.7.1 never\r\n", 550,
	    "550-5.7.1 no / 550 5.7.1 never" },
	{ "250 without CR\n", 250, "250 without CR" },
	{ "554 \033[2Jred\r\n", 554, "554 \\x1b[2Jred" },
	{ "\r\n", -1, "what answers there speaks no SMTP" },
	{ "25\r\n", -1, "what answers there speaks no SMTP" },
	{ "2500 Ok\r\n", -1, "what answers there speaks no SMTP" },
	{ "SSH-2.0-OpenSSH\r\n", -1, "what answers there speaks no SMTP" },
	{ "250-half\r\nnonsense\r\n", -1, "what answers there speaks no SMTP" },
};

START_TEST(reads_replies)
{
	int code;

	answer(replies[_i].reply);
	code = smtp_probe_ask(&probe, "RSET", &err);
	ck_assert_int_eq(code, replies[_i].code);
	ck_assert_str_eq(strbuf_str(code == -1 ? &err : &probe.reply),
	    replies[_i].shown);
}
END_TEST

START_TEST(sends_a_line)
{
	char line[64] = "";

	answer("250 Ok\r\n");
	smtp_probe_ask(&probe, "MAIL FROM:<>", &err);
	ck_assert_int_eq(read(server, line, sizeof line - 1), 14);
	ck_assert_str_eq(line, "MAIL FROM:<>\r\n");
}
END_TEST

START_TEST(keeps_a_reply_for_the_next_question)
{
	answer("250 first\r\n550 second\r\n");
	ck_assert_int_eq(smtp_probe_ask(&probe, "RSET", &err), 250);
	ck_assert_int_eq(smtp_probe_ask(&probe, "RSET", &err), 550);
}
END_TEST

START_TEST(sees_smtputf8)
{
	answer("250-mail.example.org\r\n250-SMTPUTF8\r\n250 HELP\r\n");
	smtp_probe_ask(&probe, "EHLO x", &err);
	ck_assert(probe.has_utf8);
}
END_TEST

START_TEST(is_somebody_else_where_that_is_believed)
{
	char lines[128] = "";

	answer("220 mail.example.org\r\n250-mail\r\n250 XCLIENT NAME\r\n");
	ck_assert_int_eq(smtp_probe_pretend(&probe, " NAME=x", "me", &err), 0);
	ck_assert_int_gt(read(server, lines, sizeof lines - 1), 0);
	ck_assert_str_eq(lines, "XCLIENT NAME=x\r\nEHLO me\r\n");
	ck_assert(probe.has_xclient);
	answer("550 5.7.0 no\r\n");
	ck_assert_int_eq(smtp_probe_pretend(&probe, " NAME=x", "me", &err),
	    550);
}
END_TEST

/* More than is taken of one reply, by the same line. */
static void
answer_endlessly(const char *line)
{
	struct strbuf text = { 0 };
	int size = 2 * SMTP_PROBE_BYTES;

	while (text.len <= SMTP_PROBE_BYTES)
		strbuf_adds(&text, line);
	setsockopt(server, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	answer(strbuf_str(&text));
	strbuf_free(&text);
}

static const char *const endless[] = {
	"0123456789abcdef0123456789abcdef0123456789abcdef",
	"250-0123456789abcdef0123456789abcdef0123456789abcdef\r\n",
};

START_TEST(ends_a_reply_without_end)
{
	answer_endlessly(endless[_i]);
	shutdown(server, SHUT_WR); /* who reads all of it hears of that */
	ck_assert_int_eq(smtp_probe_ask(&probe, "RSET", &err), -1);
	ck_assert_str_eq(strbuf_str(&err), "a reply without end");
	ck_assert_uint_lt(probe.reply.len, 2 * SMTP_PROBE_SHOWN + 10);
}
END_TEST

START_TEST(does_not_wait_for_ever)
{
	answer("250-");
	testing_clock_fly(SMTP_PROBE_SECONDS * 1000L / 2);
	ck_assert_int_eq(smtp_probe_ask(&probe, "RSET", &err), -1);
	ck_assert_str_eq(strbuf_str(&err), "no answer in time");
}
END_TEST

START_TEST(tells_that_it_was_closed)
{
	answer("250-half");
	shutdown(server, SHUT_WR);
	ck_assert_int_eq(smtp_probe_ask(&probe, "RSET", &err), -1);
	ck_assert_str_eq(strbuf_str(&err), "the server closed the connection");
}
END_TEST

static const struct {
	const char *form, *address;
} forms[] = {
	{ "", "" },
	{ "relay-test@%f", "relay-test@example.com" },
	{ "a%%%f@%o", "a%example.com@mail.example.org" },
	{ "a%%%%@%a", "a%%@[192.0.2.1]" },
	{ "@%o,@%s:x@%d", "@mail.example.org,@example.net:x@example.org" },
};

START_TEST(fills_in_domains)
{
	const struct relay_host host = { "mail.example.org", "[192.0.2.1]" };
	struct strbuf out = { 0 };

	relay_form_add(&out, forms[_i].form, &host);
	ck_assert_str_eq(strbuf_str(&out), forms[_i].address);
	strbuf_free(&out);
}
END_TEST

START_TEST(knows_the_domain_of_a_host)
{
	ck_assert_str_eq(relay_domain_of("mail.example.org"), "example.org");
	ck_assert_str_eq(relay_domain_of("example.org"), "example.org");
	ck_assert_str_eq(relay_domain_of("localhost"), "localhost");
}
END_TEST

/* The first is the measure for the others, and none stands there twice. */
START_TEST(has_sixty_forms)
{
	ck_assert_uint_ge(nrelay_forms, 60);
	ck_assert_str_eq(relay_forms[0].name, "plain");
	for (size_t i = 0; i < nrelay_forms; i++)
		for (size_t j = 0; j < i; j++) {
			const struct relay_form *a = &relay_forms[i];
			const struct relay_form *b = &relay_forms[j];

			ck_assert_str_ne(a->name, b->name);
			ck_assert(strcmp(a->sender, b->sender) != 0 ||
			    strcmp(a->recipient, b->recipient) != 0 ||
			    strcmp(a->helo, b->helo) != 0 ||
			    a->xclient != b->xclient);
		}
}
END_TEST

#define COUNT(table) ((int)(sizeof table / sizeof table[0]))

int
main(void)
{
	Suite *suite = suite_create("smtp_probe");
	TCase *questions = tcase_create("questions");
	TCase *addresses = tcase_create("addresses");

	tcase_add_checked_fixture(questions, connect_probe, hang_up);
	tcase_add_loop_test(questions, reads_replies, 0, COUNT(replies));
	tcase_add_test(questions, sends_a_line);
	tcase_add_test(questions, keeps_a_reply_for_the_next_question);
	tcase_add_test(questions, sees_smtputf8);
	tcase_add_test(questions, is_somebody_else_where_that_is_believed);
	tcase_add_loop_test(questions, ends_a_reply_without_end, 0,
	    COUNT(endless));
	tcase_add_test(questions, does_not_wait_for_ever);
	tcase_add_test(questions, tells_that_it_was_closed);
	tcase_add_loop_test(addresses, fills_in_domains, 0, COUNT(forms));
	tcase_add_test(addresses, knows_the_domain_of_a_host);
	tcase_add_test(addresses, has_sixty_forms);
	suite_add_tcase(suite, questions);
	suite_add_tcase(suite, addresses);
	return testing_run(suite);
}
