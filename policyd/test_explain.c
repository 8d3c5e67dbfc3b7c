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
	assert_line(text, "log: reject_warning: RCPT from x.example");
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
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
