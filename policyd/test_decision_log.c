/*
 * What is logged of a decision, read back from the file that stderr is.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "testing_log.h"
#include "testing_policy.h"

#define LINES_MAX 3

static const struct testing_fact facts[] = {
	{ "1.2.0.192.bl.example", "a \"b\"\n" },
	{ "MX tmp.example", "fail" },
	{ NULL, NULL },
};

#define CLIENT                                                                 \
	"client_name=x.example client_address=192.0.2.1 helo_name=h.example "
#define CLIENT_FIELDS                                                          \
	" protocol_state=RCPT client_name=x.example "                          \
	"client_address=192.0.2.1 helo_name=h.example"

static void
setup(void)
{
	testing_log_begin("policyd");
}

static void
teardown(void)
{
	testing_log_end();
}

/* What a request has logged that came so many times. */
static const char *
logged_after(int times, const char *config, const char *request)
{
	static char text[4096];
	struct testing_policy *testing = testing_policy_new(config, facts);
	ssize_t len;

	ck_assert_int_eq(ftruncate(testing_log_file, 0), 0);
	lseek(testing_log_file, 0, SEEK_SET);
	log_set_level(LOG_LEVEL_INFO);
	while (times-- > 0)
		testing_policy_ask(testing, request);
	len = pread(testing_log_file, text, sizeof text - 1, 0);
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	testing_policy_free(testing);
	return text;
}

static const char *
logged(const char *config, const char *request)
{
	return logged_after(1, config, request);
}

/* Parts of the lines, in their order. */
static const struct {
	const char *config, *request, *parts[LINES_MAX + 1];
} cases[] = {
	{ "smtpd_client_restrictions = reject_rbl_client bl.example",
	    CLIENT "sender=a@b.example recipient=c@d.example "
		   "sasl_username=fred queue_id=4F9D195432C",
	    { "policyd: decision: action=refused" CLIENT_FIELDS
	      " sender=a@b.example recipient=c@d.example sasl_username=fred "
	      "queue_id=4F9D195432C list=smtpd_client_restrictions "
	      "restriction=\"reject_rbl_client bl.example\" at=",
		":2 fact=\"1.2.0.192.bl.example: listed, 127.0.0.2 ",
		" \\\"a \\\"b\\\"\\x0a\\\" (0 ms)\" ms=" } },
	/* The null sender is one; none is none. */
	{ "smtpd_recipient_restrictions = reject",
	    CLIENT "sender= recipient=c@d.example",
	    { CLIENT_FIELDS " sender=\"\" recipient=c@d.example",
		" restriction=reject at=" } },
	/* Postfix does not know of what was only warned of. */
	{ "smtpd_client_restrictions =\n"
	  "  warn_if_reject reject_rbl_client bl.example",
	    CLIENT,
	    { " action=warned text=\"554 5.7.1 Service unavailable; Client "
	      "host [192.0.2.1] blocked using bl.example",
		" restriction=\"warn_if_reject reject_rbl_client "
		"bl.example\" " } },
	/* A failed lookup, which Postfix may still turn into a refusal. */
	{ "smtpd_sender_restrictions = reject_unknown_sender_domain",
	    CLIENT "sender=a@tmp.example recipient=c@d.example",
	    { " action=defer_if_permit ",
		" restriction=reject_unknown_sender_domain ",
		" fact=\"MX tmp.example: failed: " } },
	/* Within a class that a table names, both. */
	{ "smtpd_restriction_classes = strict\n"
	  "strict = permit_mynetworks, check_client_access "
	  "inline:{{x.example=DUNNO}}, reject\n"
	  "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{d.example=strict}}",
	    CLIENT "sender=a@b.example recipient=c@d.example",
	    { " list=smtpd_recipient_restrictions restriction=reject "
	      "within=\"check_recipient_access inline:{{d.example=strict}}\" at=",
		" fact=\"d.example in inline:{{d.example=strict}}: strict\" ms=" } },
	/* Effects of an access table. */
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{x.example=HOLD odd}}",
	    CLIENT,
	    { " action=hold ",
		" fact=\"x.example in inline:{{x.example=HOLD odd}}: HOLD odd\" "
		"ms=" } },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{x.example=DISCARD odd}}",
	    CLIENT, { " action=discard " } },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{x.example=WARN look here}}",
	    CLIENT, { " action=warn text=\"look here\" " } },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{x.example=INFO look here}}",
	    CLIENT, { " action=info text=\"look here\" " } },
	/* Strangers cannot write fields. */
	{ "smtpd_client_restrictions = reject",
	    "client_name=unknown client_address=192.0.2.1 "
	    "helo_name=x\"%20client_address=192.0.2.66 recipient=a\x9b@d.x",
	    { " client_address=192.0.2.1 "
	      "helo_name=\"x\\\" client_address=192.0.2.66\" "
	      "sender=\"\" recipient=a\\x9b@d.x " } },
};

START_TEST(says_what_postfix_cannot_know)
{
	const char *at = logged(cases[_i].config, cases[_i].request);

	for (size_t i = 0; cases[_i].parts[i] != NULL; i++) {
		const char *part = strstr(at, cases[_i].parts[i]);

		ck_assert_msg(part != NULL, "no '%s' in '%s'",
		    cases[_i].parts[i], at);
		at = part;
	}
}
END_TEST

START_TEST(has_no_word_that_counts_refusals)
{
	static const char *const words[] = { "reject:", "reject_warning:",
		"hold:", "discard:", "warning:", "NOQUEUE", " from " };
	const char *text = logged(cases[_i].config, cases[_i].request);

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		ck_assert_msg(strstr(text, words[i]) == NULL, "%s in %s",
		    words[i], text);
}
END_TEST

START_TEST(says_nothing_of_who_passes)
{
	ck_assert_str_eq(logged("smtpd_client_restrictions = "
				"permit_mynetworks, reject_rbl_client "
				"other.example",
			     CLIENT),
	    "");
}
END_TEST

START_TEST(says_once_what_is_wrong_in_a_table)
{
	static const char line[] = "error: unknown restriction nosuch";
	const char *text = logged_after(2,
	    "smtpd_client_restrictions = check_client_access "
	    "inline:{{x.example=nosuch}}",
	    CLIENT);
	const char *first = strstr(text, line);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, line));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decision_log");
	TCase *tc = tcase_create("decision_log");
	int ncases = sizeof cases / sizeof cases[0];

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, says_what_postfix_cannot_know, 0, ncases);
	tcase_add_loop_test(tc, has_no_word_that_counts_refusals, 0, ncases);
	tcase_add_test(tc, says_nothing_of_who_passes);
	tcase_add_test(tc, says_once_what_is_wrong_in_a_table);
	return testing_run(suite);
}
