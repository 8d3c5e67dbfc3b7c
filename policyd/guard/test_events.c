#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "incident.h"
#include "log.h"
#include "testing.h"
#include "testing_wall_clock.h"

#define DAY 86400

static char *dir, *path;
static struct event_base *base;
static struct state *state;
static struct request request;
static struct arena arena;
static unsigned passed;

static void
open_state(void)
{
	base = event_base_new();
	state =
	    state_new(base, path, 4 * 1024 * 1024, state_kinds, STATE_KINDS);
	state_open(state);
}

static void
close_state(void)
{
	state_free(state);
	event_base_free(base);
}

static void
begin(void)
{
	log_open("test", LOG_TARGET_STDERR);
	log_set_level(LOG_LEVEL_ERROR);
	dir = testing_make_dir();
	path = xasprintf("%s/state.gdbm", dir);
	open_state();
	request_init(&request);
	request.sasl_username = "Fred@example.org";
	request.client_address = "192.0.2.7";
	request.client_name = "mail.client.example";
	ip_parse(&request.client, request.client_address);
	request.sender = "fred@example.org";
	passed = 0;
}

static void
begin_with_clock(void)
{
	clock_set_source(testing_wall_clock);
	begin();
}

static void
end(void)
{
	close_state();
	arena_free(&arena);
	free(path);
	testing_remove_dir(dir);
}

static void
answer(enum protocol_state protocol_state, const char *action, time_t now)
{
	const struct answer_event event = {
		.request = &request,
		.arena = &arena,
		.recipients = passed,
		.has_passed = action == NULL,
		.action = action,
		.step = 3,
	};

	request.state = protocol_state;
	events_add_answer(state, &event, now);
}

/* A message, as far as RCPT. */
static void
send_mail(const char *instance, int recipients, time_t now)
{
	char recipient[32];

	request.instance = instance;
	request.queue_id = "";
	passed = 0;
	for (int i = 1; i <= recipients; i++) {
		snprintf(recipient, sizeof recipient, "r%d@example.org", i);
		request.recipient = recipient;
		passed++;
		answer(STATE_RCPT, NULL, now);
	}
	request.recipient = "";
}

static void
say_data(const char *queue_id, const char *recipient_count, time_t now)
{
	request.queue_id = queue_id;
	request.recipient_count = recipient_count;
	answer(STATE_DATA, NULL, now);
}

static void
tell(const struct incident_query *query, struct strbuf *out)
{
	struct incident *incident = incident_new(state, query);

	while (incident_collect(incident))
		;
	incident_print(incident, out);
	incident_free(incident);
}

static void
expect(enum incident_form form, time_t since, const char *text)
{
	const struct incident_query query = { "fred@example.org", NULL, since,
		form };
	struct strbuf out = { 0 };

	tell(&query, &out);
	testing_eat(&out, text);
}

START_TEST(knows_every_queue_id)
{
	send_mail("1.a", 1, DAY);
	say_data("AAA", "1", DAY);
	send_mail("1.b", 3, DAY + 1);
	say_data("BBB", "3", DAY + 1);
	send_mail("1.c", 1, DAY + 2); /* was given up */
	expect(INCIDENT_QUEUE_IDS, 0, "BBB\nAAA\n");
	expect(INCIDENT_QUEUE_IDS, DAY + 1, "BBB\n");
	expect(INCIDENT_QUEUE_IDS, DAY + 2, "");
	request.sasl_username = "anna@example.org";
	send_mail("1.d", 1, DAY);
	say_data("DDD", "1", DAY);
	expect(INCIDENT_QUEUE_IDS, 0, "BBB\nAAA\n");
}
END_TEST

START_TEST(keeps_some_recipients_and_their_number)
{
	send_mail("1.a", 11, DAY);
	say_data("AAA", "300", DAY);
	expect(INCIDENT_TEXT, 0,
	    "now   not suspended\nlogins\n  none\nmessages\n"
	    "  1970-01-02T00:00:00Z from 192.0.2.7 (client.example) AAA "
	    "<fred@example.org> to <r1@example.org>, <r2@example.org>, "
	    "<r3@example.org>, <r4@example.org>, <r5@example.org>, "
	    "<r6@example.org>, <r7@example.org>, <r8@example.org>, "
	    "<r9@example.org>, <r10@example.org> and 290 more\n"
	    "refusals\n  none\nguard\n  none\n");
}
END_TEST

START_TEST(a_recipient_that_two_lists_see_is_one)
{
	request.instance = "1.a";
	request.recipient = "r@example.org";
	passed = 1;
	answer(STATE_RCPT, NULL, DAY);
	passed = 2;
	answer(STATE_RCPT, NULL, DAY);
	expect(INCIDENT_JSON, 0,
	    "{\"suspended\":null,\"logins\":[],\"messages\":[{\"since\":"
	    "\"1970-01-02T00:00:00Z\",\"time\":\"1970-01-02T00:00:00Z\","
	    "\"ip\":\"192.0.2.7\",\"place\":\"client.example\",\"queue_id\":"
	    "null,\"sender\":\"fred@example.org\",\"recipients\":["
	    "\"r@example.org\"],\"recipient_count\":1}],\"refusals\":[],"
	    "\"guard\":[]}\n");
}
END_TEST

START_TEST(tells_logins_refusals_and_acts)
{
	const struct login_event login = { "fred@example.org", "192.0.2.7",
		"PLAIN", "phone" };

	events_add_login(state, &login, DAY);
	events_add_login(state, &login, 2 * DAY);
	request.recipient = "r@example.org";
	answer(STATE_RCPT, "450 4.7.1 limit of 3, again in 2m", DAY);
	answer(STATE_RCPT, "450 4.7.1 limit of 3, again in 1m", DAY + 60);
	events_add_act(state, "FRED@example.org", "suspended", DAY + 61);
	expect(INCIDENT_TEXT, 0,
	    "now   not suspended\nlogins\n"
	    "  1970-01-02T00:00:00Z to 1970-01-03T00:00:00Z from 192.0.2.7 "
	    "(192.0.2.0/24) by PLAIN with app password phone, 2 times\n"
	    "messages\n  none\nrefusals\n"
	    "  1970-01-02T00:00:00Z to 1970-01-02T00:01:00Z from 192.0.2.7 "
	    "(client.example) 450 4.7.1 limit of 3, again in 1m, 2 times\n"
	    "guard\n  1970-01-02T00:01:01Z suspended\n");
}
END_TEST

START_TEST(a_login_that_sends_very_much_leaves_others_theirs)
{
	char id[20];

	send_mail("1.a", 1, DAY);
	say_data("AAA", "1", DAY);
	request.sasl_username = "thief@example.org";
	for (int i = 0; i < 30000; i++) {
		snprintf(id, sizeof id, "%d.b", i);
		send_mail(id, 1, DAY + i);
	}
	say_data("BBB", "1", DAY + 30000);
	expect(INCIDENT_QUEUE_IDS, 0, "AAA\n");
}
END_TEST

START_TEST(lives_over_a_restart)
{
	time_t now = clock_now();

	send_mail("1.a", 2, now);
	say_data("AAA", "2", now);
	close_state();
	open_state();
	expect(INCIDENT_QUEUE_IDS, 0, "AAA\n");
}
END_TEST

START_TEST(what_strangers_say_steers_no_terminal)
{
	request.sender = "\033[2J@example.org";
	send_mail("1.a", 1, DAY);
	say_data("AAA", "1", DAY);
	{
		const struct incident_query query = { "fred@example.org", NULL,
			0, INCIDENT_TEXT };
		struct strbuf out = { 0 };

		tell(&query, &out);
		ck_assert_ptr_null(strchr(out.bytes, '\033'));
		strbuf_free(&out);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("events");
	TCase *tc = tcase_create("events");
	TCase *files = tcase_create("files");

	tcase_add_checked_fixture(tc, begin_with_clock, end);
	tcase_add_checked_fixture(files, begin, end);
	tcase_add_test(tc, knows_every_queue_id);
	tcase_add_test(tc, keeps_some_recipients_and_their_number);
	tcase_add_test(tc, a_recipient_that_two_lists_see_is_one);
	tcase_add_test(tc, tells_logins_refusals_and_acts);
	tcase_add_test(tc, a_login_that_sends_very_much_leaves_others_theirs);
	tcase_add_test(files, lives_over_a_restart);
	tcase_add_test(tc, what_strangers_say_steers_no_terminal);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, files);
	return testing_run(suite);
}
