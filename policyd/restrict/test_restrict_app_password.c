/*
 * What may be sent with app passwords.
 */
#include <string.h>

#include "app_login.h"
#include "clock.h"
#include "testing_policy.h"

#define CONFIG                                                                 \
	"smtpd_recipient_restrictions = reject_app_password_mismatch\n"        \
	"mydestination = example.org\n"
#define FRED                                                                   \
	"protocol_state=RCPT sasl_username=fred@example.org "                  \
	"client_address=192.0.2.7 "
#define SCAN FRED "sender=scan@example.org "
#define MAIL SCAN "recipient=a@example.org "

static struct testing_policy *
begin(const char *config)
{
	struct testing_policy *testing = testing_policy_new(config, NULL);

	testing_policy_count(testing);
	return testing;
}

static void
log_in(struct testing_policy *testing, const char *label,
    const char *const rules[APP_RULES])
{
	struct app_login login = { label, clock_now(), { "", "", "", "" } };
	struct ip ip;

	ip_parse(&ip, "192.0.2.7");
	for (size_t i = 0; rules != NULL && i < APP_RULES; i++)
		login.rules[i] = rules[i];
	ck_assert(app_login_add(testing_policy_state(testing),
	    "fred@example.org", &ip, &login));
}

static const char *const scanner[APP_RULES] = { "192.0.2.0/24",
	"scan@example.org", "@example.org,@example.com,boss@example.net",
	"2/1d" };

#define MAY_NOT(code, whom, class, what)                                       \
	code " 5.7.1 <" whom ">: " class " rejected: app password "            \
					 "scanner-3 may not " what

static const struct {
	const char *request, *action;
} cases[] = {
	{ SCAN "recipient=a@example.org", "DUNNO" },
	{ SCAN "recipient=A@EXAMPLE.org", "DUNNO" },
	{ SCAN "recipient=boss@example.net", "DUNNO" },
	{ SCAN "recipient=other@example.net",
	    MAY_NOT("554", "other@example.net", "Recipient address",
		"send to this recipient") },
	{ SCAN "recipient=out%example.net@example.org",
	    MAY_NOT("554", "out%example.net@example.org", "Recipient address",
		"send to this recipient") },
	{ SCAN "recipient=out%example.net@example.com",
	    MAY_NOT("554", "out%example.net@example.com", "Recipient address",
		"send to this recipient") },
	{ FRED "sender=fred@example.org recipient=a@example.org",
	    MAY_NOT("553", "fred@example.org", "Sender address",
		"send as this sender") },
	{ FRED "sender= recipient=a@example.org",
	    MAY_NOT("553", "", "Sender address", "send as this sender") },
	{ "protocol_state=RCPT sasl_username=fred@example.org "
	  "client_address=192.0.2.8 sender=x@y recipient=a@z",
	    "DUNNO" },
	{ "protocol_state=RCPT sasl_username=anna@example.org "
	  "client_address=192.0.2.7 sender=x@y recipient=a@z",
	    "DUNNO" },
	{ "protocol_state=RCPT client_address=192.0.2.7 sender=x@y "
	  "recipient=a@z",
	    "DUNNO" },
};

START_TEST(keeps_to_the_rules)
{
	struct testing_policy *testing = begin(CONFIG);

	log_in(testing, "scanner-3", scanner);
	ck_assert_str_eq(testing_policy_ask(testing, cases[_i].request),
	    cases[_i].action);
	testing_policy_free(testing);
}
END_TEST

START_TEST(refuses_other_networks)
{
	static const char *const away[APP_RULES] = { "198.51.100.0/24", "", "",
		"" };
	struct testing_policy *testing = begin(CONFIG);

	log_in(testing, "scanner-3", away);
	ck_assert_str_eq(testing_policy_ask(testing, MAIL),
	    MAY_NOT("554", "fred@example.org", "SASL login name",
		"be used from [192.0.2.7]"));
	testing_policy_free(testing);
}
END_TEST

static void
expect_full(struct testing_policy *testing)
{
	static const char full[] =
	    "450 4.7.1 <fred@example.org>: SASL login name rejected: limit of "
	    "2 recipients in 1d for app password scanner-3 reached, again in ";
	const char *answer = testing_policy_ask(testing, MAIL);

	ck_assert_msg(strncmp(answer, full, strlen(full)) == 0, "%s", answer);
}

START_TEST(limits_recipients_of_all_sessions)
{
	struct testing_policy *testing = begin(CONFIG);

	log_in(testing, "scanner-3", scanner);
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(testing_policy_ask(testing, MAIL), "DUNNO");
	expect_full(testing);
	testing_policy_reconnect(testing);
	expect_full(testing);
	testing_policy_free(testing);
}
END_TEST

START_TEST(beside_the_users_own_password_only_limits_count)
{
	struct testing_policy *testing = begin(CONFIG);

	log_in(testing, "scanner-3", scanner);
	log_in(testing, "", NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(testing_policy_ask(testing,
				     FRED "sender=x@y recipient=a@z"),
		    "DUNNO");
	expect_full(testing);
	testing_policy_free(testing);
}
END_TEST

START_TEST(the_strictest_of_several_is_named)
{
	static const char *const wide[APP_RULES] = { "",
		"a@example.org,b@example.org,scan@example.org", "", "" };
	struct testing_policy *testing = begin(CONFIG);

	log_in(testing, "scanner-3", scanner);
	log_in(testing, "wide", wide);
	log_in(testing, "free", NULL);
	ck_assert_str_eq(testing_policy_ask(testing, MAIL), "DUNNO");
	ck_assert_str_eq(testing_policy_ask(testing,
			     FRED "sender=c@example.org "
				  "recipient=a@example.org"),
	    MAY_NOT("553", "c@example.org", "Sender address",
		"send as this sender"));
	ck_assert_str_eq(testing_policy_ask(testing,
			     FRED "sender=a@example.org "
				  "recipient=a@example.org"),
	    MAY_NOT("553", "a@example.org", "Sender address",
		"send as this sender"));
	testing_policy_free(testing);
}
END_TEST

START_TEST(counts_beside_other_limits)
{
	struct testing_policy *testing =
	    begin("smtpd_recipient_restrictions = reject_rate_limit, "
		  "reject_app_password_mismatch\n"
		  "mydestination = example.org\n"
		  "recipient_rate_limits = sasl_username 3/1h\n");
	const char *answer;

	log_in(testing, "scanner-3", scanner);
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(testing_policy_ask(testing, MAIL), "DUNNO");
	expect_full(testing);
	log_in(testing, "scanner-3", (const char *const[]){ "", "", "", "" });
	ck_assert_str_eq(testing_policy_ask(testing, MAIL), "DUNNO");
	answer = testing_policy_ask(testing, MAIL);
	ck_assert_msg(strstr(answer, "limit of 3 recipients in 1h reached") !=
		NULL,
	    "%s", answer);
	testing_policy_free(testing);
}
END_TEST

START_TEST(is_no_key_of_a_configuration)
{
	char *errors = testing_policy_errors(
	    "recipient_rate_limits = app_password 3/1h\n");

	ck_assert_ptr_nonnull(strstr(errors, "no key of rate limits"));
	free(errors);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("restrict_app_password");
	TCase *tc = tcase_create("restrict_app_password");

	tcase_add_loop_test(tc, keeps_to_the_rules, 0,
	    sizeof cases / sizeof cases[0]);
	tcase_add_test(tc, refuses_other_networks);
	tcase_add_test(tc, limits_recipients_of_all_sessions);
	tcase_add_test(tc, beside_the_users_own_password_only_limits_count);
	tcase_add_test(tc, the_strictest_of_several_is_named);
	tcase_add_test(tc, counts_beside_other_limits);
	tcase_add_test(tc, is_no_key_of_a_configuration);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
