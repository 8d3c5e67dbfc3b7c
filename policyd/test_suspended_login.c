#include <string.h>

#include "notes.h"
#include "suspensions.h"
#include "testing_policy.h"

#define FRED "client_address=192.0.2.1 sasl_username=Fred@example.org "
#define REFUSED                                                                \
	"421 4.7.1 <Fred@example.org>: SASL login name rejected: suspended"

static struct testing_policy *testing;
static struct strbuf explained;

static void
setup(void)
{
	static const struct suspension suspension = { "fred@example.org",
		SUSPENSION_ADMIN, 0, "stolen" };

	testing = testing_policy_new(
	    "smtpd_recipient_restrictions = permit_sasl_authenticated\n"
	    "smtpd_sender_restrictions = warn_if_reject reject\n"
	    "inner/smtpd_recipient_restrictions = reject\n",
	    NULL);
	testing_policy_count(testing);
	ck_assert(suspensions_begin(testing_policy_suspensions(testing),
	    &suspension));
}

static void
teardown(void)
{
	strbuf_free(&explained);
	testing_policy_free(testing);
}

static const struct question {
	const char *request, *action;
} questions[] = {
	{ FRED "protocol_state=RCPT", REFUSED },
	{ FRED "protocol_state=MAIL", REFUSED },
	{ FRED "protocol_state=DATA", REFUSED },
	{ FRED "protocol_state=END-OF-MESSAGE", REFUSED },
	{ FRED "protocol_state=VRFY", REFUSED },
	{ FRED "protocol_state=ETRN", REFUSED },
	{ FRED "protocol_state=EHLO", REFUSED },
	{ FRED "protocol_state=CONNECT", REFUSED },
	{ FRED "policy_context=inner", REFUSED },
	{ FRED "policy_context=nobody-knows", REFUSED },
	{ FRED "policy_context=smtpd_recipient_restrictions", REFUSED },
	{ FRED "policy_context=inner/smtpd_recipient_restrictions", REFUSED },
	{ FRED "policy_context=dynamic_relay_clients", REFUSED },
	{ "client_address=192.0.2.1 sasl_username=joe@example.org", "DUNNO" },
	{ "client_address=192.0.2.1 sasl_username=joe@example.org "
	  "policy_context=dynamic_relay_clients",
	    "DUNNO" },
	{ "client_address=192.0.2.1 sasl_username=", "DUNNO" },
	{ "client_address=192.0.2.1 sender=fred@example.org", "DUNNO" },
};

START_TEST(is_refused_before_all_lists)
{
	const struct question *question = &questions[_i];

	ck_assert_str_eq(testing_policy_ask(testing, question->request),
	    question->action);
}
END_TEST

START_TEST(may_send_again_afterwards)
{
	ck_assert_str_eq(testing_policy_ask(testing, FRED), REFUSED);
	suspensions_end(testing_policy_suspensions(testing), "fred@example.org",
	    SUSPENSION_ADMIN);
	ck_assert_str_eq(testing_policy_ask(testing, FRED), "DUNNO");
}
END_TEST

static void
on_explained(void *arg, const char *text)
{
	(void)arg;
	strbuf_adds(&explained, text);
}

static const char *
explain(enum explain_form form, const char *request)
{
	struct explain how = testing_policy_explain(testing);
	struct strbuf err = { 0 };

	how.form = form;
	strbuf_truncate(&explained, 0);
	ck_assert_int_eq(explain_start(&how, request, on_explained, NULL, &err),
	    0);
	return strbuf_str(&explained);
}

START_TEST(is_a_step_of_explain)
{
	ck_assert_str_eq(explain(EXPLAIN_TEXT,
			     FRED
			     "client_name=unknown reverse_client_name=unknown"),
	    "built in\n"
	    "  reject_suspended_login  reject: 421 4.7.1 suspended\n"
	    "      Fred@example.org: suspended by the administrator: stolen\n"
	    "reply=421 4.7.1 <>: Recipient address rejected: "
	    "<Fred@example.org>: SASL login name rejected: suspended\n"
	    "action=" REFUSED "\n");
	ck_assert_ptr_nonnull(
	    strstr(explain(EXPLAIN_TEXT,
		       "client_name=unknown reverse_client_name=unknown "
		       "sasl_username=joe"),
		"built in\n"
		"  reject_suspended_login  dunno\n"
		"      joe: not suspended\n"
		"smtpd_sender_restrictions\n"));
	ck_assert_ptr_nonnull(
	    strstr(explain(EXPLAIN_JSON,
		       FRED "client_name=unknown reverse_client_name=unknown"),
		"{\"list\":\"built in\",\"steps\":[{\"restriction\":"
		"\"reject_suspended_login\","));
}
END_TEST

/* The names of the client are none of its facts. */
START_TEST(comes_after_the_names_of_the_client)
{
	const char *text = explain(EXPLAIN_TEXT, FRED);

	ck_assert_ptr_eq(strstr(text, "client\n"), text);
	ck_assert_ptr_nonnull(strstr(text,
	    "built in\n"
	    "  reject_suspended_login  reject: 421 4.7.1 suspended\n"
	    "      Fred@example.org: suspended by the administrator: stolen\n"
	    "reply="));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("suspended_login");
	TCase *tcase = tcase_create("suspended_login");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, is_refused_before_all_lists, 0,
	    sizeof questions / sizeof questions[0]);
	tcase_add_test(tcase, may_send_again_afterwards);
	tcase_add_test(tcase, is_a_step_of_explain);
	tcase_add_test(tcase, comes_after_the_names_of_the_client);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
