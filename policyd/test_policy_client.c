/*
 * The policy protocol as clients may speak it: several requests at once, in
 * pieces, hostile ones.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "dns_message.h"
#include "log.h"
#include "policy_client.h"
#include "postfix_values.h"
#include "restriction_table.h"
#include "table.h"
#include "policy.h"
#include "testing.h"

#define REQUEST(recipient)                                                     \
	"request=smtpd_access_policy\nprotocol_state=RCPT\n"                   \
	"client_address=192.0.2.1\nclient_name=mx.example\n"                   \
	"recipient=" recipient "\n\n"
#define REFUSED(recipient)                                                     \
	"action=554 5.7.1 <" recipient ">: Recipient address rejected: "       \
	"Access denied\n\n"
#define PASSED "action=DUNNO\n\n"

static struct event_base *base;
static struct policy_source source;
static struct policies *policies;
static struct policy_clients *clients;
static resolver_done *waiting_done;
static void *waiting_arg;
static int client; /* our end of the connection */

/* One question waits until answer_question; there are no lists. */
static void *
ask_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	(void)ctx;
	(void)name;
	if (type != DNS_MX)
		return NULL;
	waiting_done = done;
	waiting_arg = arg;
	return &waiting_arg;
}

static void
cancel_dns(void *question)
{
	(void)question;
	waiting_done = NULL;
}

static struct dns_answer *
answer_and_keep(void)
{
	struct dns_answer *answer = dns_answer_new(DNS_NOT_FOUND, NULL);

	ck_assert(waiting_done != NULL);
	waiting_done(waiting_arg, answer);
	return answer;
}

static void
answer_question(void)
{
	dns_answer_release(answer_and_keep());
}

static const struct fact_source facts = { .ask_dns = ask_dns,
	.cancel_dns = cancel_dns };

static void
turn(void)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
connect_client(void)
{
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	client = fds[0];
	policy_clients_accept(clients, fds[1]);
}

static void
setup(void)
{
	static const struct dnsbl_dns nobody = { 0 };
	static const struct dnsbl_options untested = { .untested = "" };
	static const char config[] =
	    "postfix_config_directory =\ndns_timeout = 1s\n"
	    "smtpd_sender_restrictions = reject_unknown_sender_domain\n"
	    "smtpd_recipient_restrictions = check_recipient_access "
	    "inline:{{no@example=REJECT}}\n";
	char path[] = "/tmp/sekisho-client.XXXXXX";
	int fd = mkstemp(path);
	struct strbuf err = { 0 };
	enum conf_result result;

	ck_assert_int_eq(write(fd, config, strlen(config)),
	    (ssize_t)strlen(config));
	close(fd);
	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	source = (struct policy_source){ .path = path,
		.restrictions = &restriction_table };
	source.dnsbls = dnsbls_new(base, &nobody, &untested);
	policies = policies_read(&source, &result, &err);
	unlink(path);
	ck_assert_msg(policies != NULL, "%s", strbuf_str(&err));
	ck_assert_int_eq(tables_load(policies->tables, &err), CONF_OK);
	clients = policy_clients_new(base, &facts);
	policy_clients_set_policies(clients, policies);
	connect_client();
}

static void
teardown(void)
{
	close(client);
	policy_clients_free(clients);
	policies_release(policies);
	postfix_values_free(source.values);
	dnsbls_free(source.dnsbls);
	event_base_free(base);
}

static void
send_bytes(const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(client, bytes, len);
		if (n == -1)
			ck_assert_int_eq(errno, EAGAIN);
		turn();
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
}

static void
send_text(const char *text)
{
	send_bytes(text, strlen(text));
}

/* What has come back so far. */
static const char *
received(void)
{
	static char text[65536];
	ssize_t n;

	turn();
	n = read(client, text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool
is_closed(void)
{
	char c;

	turn();
	return read(client, &c, 1) == 0;
}

START_TEST(answers_a_request)
{
	send_text(REQUEST("no@example"));
	ck_assert_str_eq(received(), REFUSED("no@example"));
	send_text(REQUEST("yes@example"));
	ck_assert_str_eq(received(), PASSED);
}
END_TEST

START_TEST(answers_several_requests_in_their_order)
{
	send_text(REQUEST("yes@example") REQUEST("no@example")
		REQUEST("yes@example"));
	ck_assert_str_eq(received(), PASSED REFUSED("no@example") PASSED);
}
END_TEST

START_TEST(takes_a_request_in_pieces)
{
	static const char request[] = REQUEST("no@example");

	for (size_t i = 0; i < strlen(request); i++) {
		ck_assert_str_eq(received(), "");
		send_bytes(request + i, 1);
	}
	ck_assert_str_eq(received(), REFUSED("no@example"));
}
END_TEST

START_TEST(keeps_the_order_while_one_waits)
{
	send_text("request=smtpd_access_policy\nprotocol_state=RCPT\n"
		  "sender=a@b.example\nrecipient=c@d.example\n\n" REQUEST(
		      "no@example"));
	ck_assert_str_eq(received(), "");
	ck_assert_uint_eq(policy_clients_stats(clients)->open_requests, 1);
	answer_question();
	turn();
	/* A and AAAA never come: the deadline */
	while (policy_clients_stats(clients)->open_requests > 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(received(),
	    "action=DEFER_IF_PERMIT 4.1.8 <a@b.example>: Sender address "
	    "rejected: Domain not found\n\n" REFUSED("no@example"));
}
END_TEST

START_TEST(survives_a_client_that_leaves_while_it_waits)
{
	send_text("request=smtpd_access_policy\nprotocol_state=RCPT\n"
		  "sender=a@b.example\nrecipient=c@d.example\n\n");
	close(client);
	connect_client();
	send_text(REQUEST("no@example"));
	ck_assert_str_eq(received(), REFUSED("no@example"));
}
END_TEST

START_TEST(takes_crlf)
{
	send_text("request=smtpd_access_policy\r\nprotocol_state=RCPT\r\n"
		  "recipient=no@example\r\n\r\n");
	ck_assert_str_eq(received(), REFUSED("no@example"));
	send_text("request=smtpd_access_policy\nprotocol_state=RCPT\n"
		  "recipient=no@example\r\n\n");
	ck_assert_str_eq(received(), REFUSED("no@example"));
}
END_TEST

START_TEST(takes_odd_but_whole_requests)
{
	static const char *const requests[] = {
		/* unknown attributes, "=" in a value, one given twice */
		"request=smtpd_access_policy\nprotocol_state=RCPT\nfoo=bar=\n"
		"recipient=yes@example\nrecipient=no@example\n\n",
		"protocol_state=RCPT\nrecipient=no@example\nhelo_name=a=b\n\n",
		"recipient=no@example\nprotocol_state=RCPT\n"
		"request=smtpd_access_policy\n\n",
		/* no state: as at RCPT */
		"request=smtpd_access_policy\nrecipient=no@example\n\n",
	};

	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		send_text(requests[i]);
		ck_assert_str_eq(received(), REFUSED("no@example"));
	}
}
END_TEST

START_TEST(closes_on_what_is_no_request)
{
	static const char *const texts[] = {
		"\n",
		"\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"request=smtpd_access_policy\nnonsense\n\n",
		"request=something_else\nprotocol_state=RCPT\n\n",
		"a=b\n\n",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		send_text(texts[i]);
		ck_assert_msg(is_closed(), "%s", texts[i]);
		close(client);
		connect_client();
	}
}
END_TEST

START_TEST(answers_what_came_before_garbage)
{
	send_text(REQUEST("no@example") "garbage\n\n");
	ck_assert_str_eq(received(), REFUSED("no@example"));
	ck_assert(is_closed());
	close(client);
	/* nothing of it is left for the next one */
	connect_client();
	send_text(REQUEST("yes@example"));
	ck_assert_str_eq(received(), PASSED);
}
END_TEST

START_TEST(keeps_answers_for_who_asked)
{
	static const char text[] = REQUEST("no@example");

	/* gone before the answer could be written */
	ck_assert_int_eq(write(client, text, strlen(text)),
	    (ssize_t)strlen(text));
	close(client);
	turn();
	connect_client();
	send_text(REQUEST("yes@example"));
	ck_assert_str_eq(received(), PASSED);
}
END_TEST

#define WAITING                                                                \
	"request=smtpd_access_policy\nprotocol_state=RCPT\n"                   \
	"sender=a@b.example\nrecipient=c@d.example\n\n"

START_TEST(goes_on_after_one_that_waited)
{
	send_text(WAITING REQUEST("no@example") REQUEST("yes@example")
		WAITING REQUEST("no@example"));
	ck_assert_uint_eq(policy_clients_stats(clients)->waited, 1);
	policy_clients_finish(clients);
	while (policy_clients_stats(clients)->requests < 4)
		event_base_loop(base, EVLOOP_ONCE);
	while (policy_clients_stats(clients)->open_requests > 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(strchr(received(), '\n'),
	    "\n\n" REFUSED("no@example") PASSED
	    "action=DEFER_IF_PERMIT 4.1.8 <a@b.example>: Sender address "
	    "rejected: Domain not found\n\n" REFUSED("no@example"));
	ck_assert(is_closed());
}
END_TEST

START_TEST(closes_on_a_nul)
{
	static const char text[] = "request=smtpd_access_policy\n"
				   "protocol_state=RCPT\0\n\n";

	send_bytes(text, sizeof text - 1);
	ck_assert(is_closed());
}
END_TEST

START_TEST(never_answers_half_a_request)
{
	send_text("request=smtpd_access_policy\nprotocol_state=RCPT\n");
	shutdown(client, SHUT_WR);
	ck_assert(is_closed());
}
END_TEST

START_TEST(takes_values_of_64_kb)
{
	char *big = xmalloc(65537);
	char *text;

	memset(big, 'x', 65536);
	big[65536] = '\0';
	text = xasprintf("request=smtpd_access_policy\nprotocol_state=RCPT\n"
			 "helo_name=%s\nrecipient=no@example\n\n",
	    big);
	for (int i = 0; i < 3; i++) {
		send_text(text);
		ck_assert_str_eq(received(), REFUSED("no@example"));
	}
	free(text);
	free(big);
}
END_TEST

START_TEST(bounds_a_request)
{
	char line[1024];

	memset(line, 'x', sizeof line);
	for (size_t sent = 0; sent < 2 * REQUEST_MAX; sent += sizeof line) {
		if (write(client, line, sizeof line) == -1)
			break;
		turn();
	}
	ck_assert(is_closed() || errno == EPIPE || errno == ECONNRESET);
}
END_TEST

/* Each of so many that do not come to an end is within its own bound. */
START_TEST(bounds_all_requests_together)
{
	char lines[REQUEST_MAX * 3 / 4];
	int others[300];

	for (size_t i = 0; i < sizeof lines; i++)
		lines[i] = i % 2 == 0 ? '=' : '\n';
	for (size_t i = 0; i < 300; i++) {
		others[i] = client;
		connect_client();
		for (size_t sent = 0; sent < sizeof lines;) {
			ssize_t n =
			    write(client, lines + sent, sizeof lines - sent);

			turn();
			if (n == -1 && errno != EAGAIN)
				break; /* closed */
			sent += n > 0 ? (size_t)n : 0;
		}
	}
	ck_assert_uint_gt(policy_clients_stats(clients)->bad, 0);
	ck_assert_uint_lt(policy_clients_stats(clients)->bad, 100);
	for (size_t i = 0; i < 300; i++)
		close(others[i]);
}
END_TEST

/* What hosts behind a name have said may be large. */
START_TEST(keeps_no_answer_of_what_has_ended)
{
	struct dns_answer *answer;

	send_text("request=smtpd_access_policy\nprotocol_state=RCPT\n"
		  "sender=a@b.example\nrecipient=c@d.example\n\n");
	answer = answer_and_keep();
	turn();
	ck_assert_uint_eq(answer->refs, 2);
	while (policy_clients_stats(clients)->open_requests > 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(answer->refs, 1);
	dns_answer_release(answer);
}
END_TEST

/* What a hundred lines cost: the least of forty times, as who shares the
 * caches of a busy machine pays for others, too. */
static clock_t
cost_of_lines(void)
{
	clock_t before, cost, least = 0;

	for (int round = 0; round < 40; round++) {
		before = clock();
		for (int i = 0; i < 100; i++)
			send_text("=\n");
		cost = clock() - before;
		least = round == 0 || cost < least ? cost : least;
	}
	return least;
}

START_TEST(a_line_costs_the_same_however_many_were_before)
{
	clock_t first = cost_of_lines();
	char lines[REQUEST_MAX / 2];

	for (size_t i = 0; i < sizeof lines; i++)
		lines[i] = i % 2 == 0 ? '=' : '\n';
	send_bytes(lines, sizeof lines);
	ck_assert_int_lt(cost_of_lines(), 5 * first);
}
END_TEST

START_TEST(writes_no_second_line)
{
	send_text("request=smtpd_access_policy\nprotocol_state=RCPT\n"
		  "policy_context=smtpd_recipient_restrictions\n"
		  "recipient=no@example\n"
		  "helo_name=x\raction=OK\n\n");
	ck_assert_str_eq(received(), "action=554 5.7.1 Access denied\n\n");
}
END_TEST

START_TEST(waits_for_a_client_that_does_not_read)
{
	struct strbuf text = { 0 };
	size_t len = 0;
	ssize_t n;
	char bytes[4096];

	for (int i = 0; i < 20000; i++)
		strbuf_adds(&text, REQUEST("no@example"));
	for (size_t sent = 0; sent < text.len;) {
		n = write(client, text.bytes + sent, text.len - sent);
		turn();
		if (n > 0) {
			sent += (size_t)n;
			continue;
		}
		n = read(client, bytes, sizeof bytes);
		len += n > 0 ? (size_t)n : 0;
	}
	for (;;) {
		turn();
		n = read(client, bytes, sizeof bytes);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	ck_assert_uint_eq(len, 20000 * strlen(REFUSED("no@example")));
	strbuf_free(&text);
}
END_TEST

START_TEST(ends_when_told_to)
{
	send_text(REQUEST("yes@example"));
	ck_assert_str_eq(received(), PASSED);
	policy_clients_finish(clients);
	ck_assert(is_closed());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy_client");
	TCase *tcase = tcase_create("policy_client");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, answers_a_request);
	tcase_add_test(tcase, answers_several_requests_in_their_order);
	tcase_add_test(tcase, takes_a_request_in_pieces);
	tcase_add_test(tcase, keeps_the_order_while_one_waits);
	tcase_add_test(tcase, survives_a_client_that_leaves_while_it_waits);
	tcase_add_test(tcase, takes_crlf);
	tcase_add_test(tcase, takes_odd_but_whole_requests);
	tcase_add_test(tcase, closes_on_what_is_no_request);
	tcase_add_test(tcase, answers_what_came_before_garbage);
	tcase_add_test(tcase, keeps_answers_for_who_asked);
	tcase_add_test(tcase, goes_on_after_one_that_waited);
	tcase_add_test(tcase, closes_on_a_nul);
	tcase_add_test(tcase, never_answers_half_a_request);
	tcase_add_test(tcase, takes_values_of_64_kb);
	tcase_add_test(tcase, bounds_a_request);
	tcase_add_test(tcase, bounds_all_requests_together);
	tcase_add_test(tcase, keeps_no_answer_of_what_has_ended);
	tcase_add_test(tcase, a_line_costs_the_same_however_many_were_before);
	tcase_add_test(tcase, writes_no_second_line);
	tcase_add_test(tcase, waits_for_a_client_that_does_not_read);
	tcase_add_test(tcase, ends_when_told_to);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
