/*
 * Which lists a command of the client runs, and in which order.
 */
#include <string.h>

#include "stage.h"
#include "testing.h"

/* Lists by their letters: Client Helo Sender relaY Recipient Data Message
 * Etrn. */
static const char letters[] = "CHSYRDME";

static const struct {
	const char *state, *helo, *sender;
	const char *delayed, *direct; /* smtpd_delay_reject = yes, no */
} commands[] = {
	{ "CONNECT", "", "", "", "C" },
	{ "XCLIENT", "", "", "", "C" },
	{ "EHLO", "h", "", "", "H" },
	{ "HELO", "h", "", "", "H" },
	{ "MAIL", "h", "a@x", "", "S" },
	{ "RCPT", "h", "a@x", "CHSYR", "YR" },
	{ "RCPT", "h", "", "CHSYR", "YR" }, /* the null sender is one */
	{ "RCPT", "", "a@x", "CSYR", "YR" },
	{ "", "h", "a@x", "CHSYR", "YR" },
	{ "VRFY", "h", "", "CHYR", "YR" },
	{ "VRFY", "h", "a@x", "CHSYR", "YR" },
	{ "ETRN", "h", "", "CHE", "E" },
	{ "ETRN", "", "", "CE", "E" },
	{ "DATA", "h", "a@x", "D", "D" },
	{ "BDAT", "h", "a@x", "D", "D" },
	{ "END-OF-MESSAGE", "h", "a@x", "M", "M" },
	{ "AUTH", "h", "a@x", "", "" },
};

static struct request
make_request(const char *state, const char *helo, const char *sender)
{
	struct request request;

	request_init(&request);
	request.protocol_state = state;
	request.helo_name = helo;
	request.sender = sender;
	request_complete(&request);
	return request;
}

static void
check_lists(const struct request *request, const struct stage_order *order,
    const char *expected)
{
	enum stage stages[STAGE_COUNT];
	char got[STAGE_COUNT + 1] = "";
	size_t n = stages_of_request(stages, request, order);

	for (size_t i = 0; i < n; i++)
		got[i] = letters[stages[i]];
	ck_assert_str_eq(got, expected);
}

START_TEST(a_command_runs_its_lists)
{
	struct request request = make_request(commands[_i].state,
	    commands[_i].helo, commands[_i].sender);

	check_lists(&request, &(struct stage_order){ true, true },
	    commands[_i].delayed);
	check_lists(&request, &(struct stage_order){ false, true },
	    commands[_i].direct);
}
END_TEST

START_TEST(relay_control_can_come_behind_the_recipient)
{
	struct request request = make_request("RCPT", "h", "a@x");

	check_lists(&request, &(struct stage_order){ true, false }, "CHSRY");
	check_lists(&request, &(struct stage_order){ false, false }, "RY");
}
END_TEST

static const struct {
	enum stage stage;
	const char *list, *check, *subject;
	enum reply_class class;
} lists[] = {
	{ STAGE_CLIENT, "smtpd_client_restrictions", "check_client_access",
	    "c.example[192.0.2.1]", REPLY_CLIENT },
	{ STAGE_HELO, "smtpd_helo_restrictions", "check_helo_access",
	    "h.example", REPLY_HELO },
	{ STAGE_SENDER, "smtpd_sender_restrictions", "check_sender_access",
	    "s@example", REPLY_SENDER },
	{ STAGE_RELAY, "smtpd_relay_restrictions", "check_recipient_access",
	    "r@example", REPLY_RECIPIENT },
	{ STAGE_RECIPIENT, "smtpd_recipient_restrictions",
	    "check_recipient_access", "r@example", REPLY_RECIPIENT },
	{ STAGE_DATA, "smtpd_data_restrictions", NULL, "DATA", REPLY_DATA },
	{ STAGE_END_OF_DATA, "smtpd_end_of_data_restrictions", NULL,
	    "END-OF-MESSAGE", REPLY_END_OF_DATA },
	{ STAGE_ETRN, "smtpd_etrn_restrictions", "check_etrn_access",
	    "e.example", REPLY_ETRN },
};

START_TEST(a_list_has_a_name_a_check_and_a_subject)
{
	enum stage stage = lists[_i].stage;
	const char *check = stage_table_check(stage);
	struct arena arena = { 0 };
	struct request request;
	struct subject subject;

	request_init(&request);
	request.client_name = "c.example";
	request.client_address = "192.0.2.1";
	request.helo_name = "h.example";
	request.sender = "s@example";
	request.recipient = "r@example";
	request.etrn_domain = "e.example";
	subject = stage_subject(stage, &request, &arena);
	ck_assert_str_eq(subject.name, lists[_i].subject);
	ck_assert_int_eq(subject.class, lists[_i].class);
	ck_assert_str_eq(stage_list_name(stage), lists[_i].list);
	ck_assert_int_eq(stage_find(lists[_i].list), stage);
	ck_assert_pstr_eq(check, lists[_i].check);
	arena_free(&arena);
}
END_TEST

START_TEST(the_name_of_a_list_is_exact)
{
	ck_assert_int_eq(stage_find("smtpd_client_restriction"), STAGE_COUNT);
	ck_assert_int_eq(stage_find("SMTPD_client_restrictions"), STAGE_COUNT);
	ck_assert_int_eq(stage_find(""), STAGE_COUNT);
}
END_TEST

START_TEST(only_relay_and_recipient_share_what_is_pending)
{
	for (int a = 0; a < STAGE_COUNT; a++)
		for (int b = 0; b < STAGE_COUNT; b++) {
			bool is_shared =
			    (a == STAGE_RELAY || a == STAGE_RECIPIENT) &&
			    (b == STAGE_RELAY || b == STAGE_RECIPIENT);

			ck_assert_int_eq(
			    stages_share_pending((enum stage)a, (enum stage)b),
			    is_shared);
		}
}
END_TEST

START_TEST(vrfy_without_a_sender_forgets_what_was_pending)
{
	struct request vrfy = make_request("VRFY", "h", "");
	struct request rcpt = make_request("RCPT", "h", "");

	ck_assert(stage_forgets_pending(STAGE_RECIPIENT, &vrfy));
	ck_assert(stage_forgets_pending(STAGE_RELAY, &vrfy));
	ck_assert(!stage_forgets_pending(STAGE_HELO, &vrfy));
	ck_assert(!stage_forgets_pending(STAGE_RECIPIENT, &rcpt));
}
END_TEST

static const struct {
	enum protocol_state state;
	enum stage stage;
} owners[] = {
	{ STATE_CONNECT, STAGE_CLIENT },
	{ STATE_HELO, STAGE_HELO },
	{ STATE_MAIL, STAGE_SENDER },
	{ STATE_RCPT, STAGE_RECIPIENT },
	{ STATE_VRFY, STAGE_RECIPIENT },
	{ STATE_ETRN, STAGE_ETRN },
	{ STATE_DATA, STAGE_DATA },
	{ STATE_END_OF_MESSAGE, STAGE_END_OF_DATA },
	{ STATE_UNKNOWN, STAGE_COUNT },
};

START_TEST(a_state_has_a_list_that_is_for_it_alone)
{
	ck_assert_int_eq(stage_of_state(owners[_i].state), owners[_i].stage);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stage");
	TCase *tc = tcase_create("stage");

	tcase_add_loop_test(tc, a_command_runs_its_lists, 0,
	    sizeof commands / sizeof commands[0]);
	tcase_add_test(tc, relay_control_can_come_behind_the_recipient);
	tcase_add_loop_test(tc, a_list_has_a_name_a_check_and_a_subject, 0,
	    sizeof lists / sizeof lists[0]);
	tcase_add_test(tc, the_name_of_a_list_is_exact);
	tcase_add_test(tc, only_relay_and_recipient_share_what_is_pending);
	tcase_add_test(tc, vrfy_without_a_sender_forgets_what_was_pending);
	tcase_add_loop_test(tc, a_state_has_a_list_that_is_for_it_alone, 0,
	    sizeof owners / sizeof owners[0]);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
