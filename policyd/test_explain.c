/*
 * explain: the text and the JSON for a request, and that it changes nothing.
 */
#include <string.h>

#include "explain.h"
#include "testing_policy.h"

static const char config[] =
    "mydestination = home.example\n"
    "smtpd_restriction_classes = strict\n"
    "strict = reject_unknown_sender_domain\n"
    "smtpd_client_restrictions = permit_mynetworks,\n"
    "  warn_if_reject reject_rbl_client bl.example\n"
    "smtpd_recipient_restrictions = check_recipient_access "
    "inline:{{b@home.example=strict}}\n";

static const struct testing_fact facts[] = {
	{ "1.2.0.192.bl.example", "a\nb" },
	{ NULL, NULL },
};

static struct testing_policy *testing;
static struct strbuf explained;

static void
setup(void)
{
	testing = testing_policy_new(config, facts);
}

static void
teardown(void)
{
	strbuf_free(&explained);
	testing_policy_free(testing);
}

static void
on_explained(void *arg, const char *text)
{
	(void)arg;
	strbuf_adds(&explained, text);
}

static const char *
explain(enum explain_form form, const char *args)
{
	struct explain how = testing_policy_explain(testing);
	struct strbuf err = { 0 };

	how.form = form;
	strbuf_truncate(&explained, 0);
	if (explain_start(&how, args, on_explained, NULL, &err) == -1)
		strbuf_adds(&explained, strbuf_str(&err));
	strbuf_free(&err);
	return strbuf_str(&explained);
}

#define REQUEST                                                                \
	"protocol_state=RCPT client_address=192.0.2.1 client_name=x.example "  \
	"sender=a@nx.example recipient=b@home.example"
#define ACTION                                                                 \
	"450 4.1.8 <a@nx.example>: Sender address rejected: Domain not found"

static void
assert_line(const char *text, const char *line)
{
	ck_assert_msg(strstr(text, line) != NULL, "no \"%s\" in:\n%s", line,
	    text);
}

START_TEST(names_lists_steps_facts_and_the_action)
{
	const char *text = explain(EXPLAIN_TEXT, REQUEST);

	assert_line(text, "smtpd_client_restrictions\n  permit_mynetworks  [");
	assert_line(text, ":5]  dunno\n");
	assert_line(text, "  warn_if_reject reject_rbl_client bl.example  [");
	assert_line(text, ":6]  reject: 554 5.7.1 Service unavailable; ");
	assert_line(text,
	    "1.2.0.192.bl.example: listed, 127.0.0.2 \"a b\" (0 ms)\n");
	assert_line(text, "log: decision: action=warned text=\"554 5.7.1 ");
	assert_line(text,
	    "b@home.example in inline:{{b@home.example=strict}}: strict\n");
	assert_line(text, "      reject_unknown_sender_domain  [");
	assert_line(text, "MX nx.example: no such record");
	assert_line(text, "\naction=" ACTION "\n");
}
END_TEST

START_TEST(speaks_json)
{
	const char *text = explain(EXPLAIN_JSON, REQUEST);

	assert_line(text,
	    "{\"lists\":[{\"list\":\"smtpd_client_restrictions\"");
	assert_line(text, "\"verdict\":\"reject\"");
	assert_line(text, "\"action\":\"" ACTION "\"}\n");
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

START_TEST(names_a_fact_once)
{
	const char *text = explain(EXPLAIN_TEXT, REQUEST);
	const char *first = strstr(text, "MX nx.example");

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "MX nx.example"));
}
END_TEST

START_TEST(gives_the_same_action_as_the_socket)
{
	const char *text = explain(EXPLAIN_TEXT, REQUEST);

	ck_assert_str_eq(testing_policy_ask(testing, REQUEST), ACTION);
	assert_line(text, "action=" ACTION "\n");
}
END_TEST

START_TEST(hints_at_mistyped_attributes)
{
	ck_assert_str_eq(explain(EXPLAIN_TEXT, "clientaddress=1"),
	    "clientaddress is no attribute of a policy request, did you mean "
	    "client_address?");
	ck_assert_str_eq(explain(EXPLAIN_TEXT, "sender"),
	    "sender: expected NAME=VALUE");
}
END_TEST

/* The values that none has, and what is said of them. */
static const struct fault {
	const char *word, *text;
} faults[] = {
	{ "client_address=300.1.1.1", "no IP address" },
	{ "client_address=::g", "no IP address" },
	{ "client_address=192.0.2.1:25", "no IP address" },
	{ "server_address=[::1]", "no IP address" },
	{ "client_name=192.0.2.1",
	    "no host name (\"unknown\" where there is none)" },
	{ "reverse_client_name=a..example",
	    "no host name (\"unknown\" where there is none)" },
	{ "client_port=65536", "no port" },
	{ "server_port=smtp", "no port" },
	{ "size=-1", "no number" },
	{ "size=1k", "no number" },
	{ "recipient_count=many", "no number" },
	{ "encryption_keysize=256bit", "no number" },
	{ "queue_id=4ABC;", "letters, digits, '.', '_' and '-' only" },
	{ "instance=1.2/3", "letters, digits, '.', '_' and '-' only" },
	{ "ccert_fingerprint=AA:BB:", "no fingerprint" },
	{ "ccert_pubkey_fingerprint=AABB", "no fingerprint" },
	{ "request=policy", "not smtpd_access_policy" },
	{ "protocol_state=rcpt",
	    "Postfix sends no such state, did you mean "
	    "RCPT?" },
	{ "protocol_state=AUTH", "Postfix sends no such state" },
};

START_TEST(takes_no_value_that_cannot_be)
{
	const struct fault *fault = &faults[_i];
	char *expected = xasprintf("%s: %s", fault->word, fault->text);

	ck_assert_str_eq(explain(EXPLAIN_TEXT, fault->word), expected);
	free(expected);
}
END_TEST

START_TEST(takes_what_Postfix_sends_for_unknown)
{
	assert_line(
	    explain(EXPLAIN_TEXT,
		"client_address=unknown client_port=unknown "
		"client_name=unknown reverse_client_name=unknown "
		"client_port=0 size=0 recipient_count=0 "
		"encryption_keysize=0 queue_id=4ABCxyz instance=1a.2b.0 "
		"ccert_fingerprint=AA:0b sender=a@b recipient=c@d"),
	    "action=");
}
END_TEST

START_TEST(takes_a_request_without_state_for_RCPT)
{
	const char *stateless = strchr(REQUEST, ' ') + 1;

	assert_line(explain(EXPLAIN_TEXT, stateless), "\naction=" ACTION "\n");
	ck_assert_str_eq(testing_policy_ask(testing, stateless), ACTION);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tcase = tcase_create("explain");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, names_lists_steps_facts_and_the_action);
	tcase_add_test(tcase, speaks_json);
	tcase_add_test(tcase, names_a_fact_once);
	tcase_add_test(tcase, gives_the_same_action_as_the_socket);
	tcase_add_test(tcase, hints_at_mistyped_attributes);
	tcase_add_loop_test(tcase, takes_no_value_that_cannot_be, 0,
	    sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(tcase, takes_what_Postfix_sends_for_unknown);
	tcase_add_test(tcase, takes_a_request_without_state_for_RCPT);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
