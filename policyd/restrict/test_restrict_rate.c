/*
 * Rate limits: what is counted, what is refused and how.
 */
#include <string.h>

#include "key_hash.h"
#include "mem.h"
#include "state.h"
#include "testing_policy.h"

#define FRED                                                                   \
	"protocol_state=RCPT sasl_username=Fred@example.org "                  \
	"client_name=c.example client_address=192.0.2.1 "                      \
	"sender=s@s.example recipient=r@r.example "
#define END     "protocol_state=END-OF-MESSAGE sasl_username=fred@example.org "
#define LIST    "smtpd_recipient_restrictions = reject_rate_limit\n"
#define COMMITS "smtpd_end_of_data_restrictions = permit\n"
#define LIMIT   "recipient_rate_limits = sasl_username 2/1h\n"
#define FULL(subject, limit, again)                                            \
	"450 4.7.1 <" subject " rejected: limit of " limit                     \
	" reached, again in " again
#define FRED_FULL                                                              \
	FULL("Fred@example.org>: SASL login name", "2 recipients in 1h", "65m")

static struct testing_policy *
begin(const char *config)
{
	struct testing_policy *testing = testing_policy_new(config, NULL);

	testing_policy_count(testing);
	return testing;
}

static void
expect(struct testing_policy *testing, const char *request, const char *action)
{
	ck_assert_str_eq(testing_policy_ask(testing, request), action);
}

/* With so many the limit is reached; "again in" depends on the time. */
static void
expect_full(struct testing_policy *testing, const char *request,
    const char *action)
{
	const char *answer = testing_policy_ask(testing, request);

	ck_assert_msg(strncmp(answer, action,
			  (size_t)(strstr(action, "again in ") + 9 - action)) ==
		0,
	    "%s", answer);
}

static const struct {
	const char *limits, *action;
} texts[] = {
	{ "recipient_rate_limits = sasl_username 0/90s",
	    FULL("Fred@example.org>: SASL login name", "0 recipients in 90s",
		"") },
	{ "message_rate_limits = sasl_domain 0/1h",
	    FULL("Fred@example.org>: SASL login name", "0 messages in 1h",
		"") },
	{ "distinct_recipient_rate_limits = client_address 0/1d",
	    FULL("c.example[192.0.2.1]>: Client host",
		"0 distinct recipients in 1d", "") },
	{ "byte_rate_limits = client_network 1k/1h",
	    FULL("c.example[192.0.2.1]>: Client host", "1024 bytes in 1h",
		"") },
	{ "recipient_rate_limits = origin 0/1h",
	    FULL("c.example[192.0.2.1]>: Client host", "0 recipients in 1h",
		"") },
	{ "recipient_rate_limits = sender 0/1h",
	    FULL("s@s.example>: Sender address", "0 recipients in 1h", "") },
	{ "recipient_rate_limits = sender_domain 0/1h",
	    FULL("s@s.example>: Sender address", "0 recipients in 1h", "") },
	{ "recipient_rate_limits = recipient 0/1h",
	    FULL("r@r.example>: Recipient address", "0 recipients in 1h", "") },
	{ "recipient_rate_limits = recipient_domain 0/1h",
	    FULL("r@r.example>: Recipient address", "0 recipients in 1h", "") },
};

START_TEST(blames_whom_the_limit_is_for)
{
	char *config = xasprintf(LIST "%s\n", texts[_i].limits);
	struct testing_policy *testing = begin(config);

	expect_full(testing, FRED "size=2000", texts[_i].action);
	testing_policy_free(testing);
	free(config);
}
END_TEST

START_TEST(of_several_limits_the_one_that_is_free_last)
{
	struct testing_policy *testing =
	    begin(LIST "recipient_rate_limits = sasl_username 1/1m, "
		       "sasl_username 1/1d, client_address 1/1h\n"
		       "rate_limit_reject_code = 554\n");
	const char *answer;

	expect(testing, FRED "instance=a", "DUNNO");
	answer = testing_policy_ask(testing, FRED "instance=a");
	ck_assert_msg(strstr(answer,
			  "554 5.7.1 <Fred@example.org>: SASL login "
			  "name rejected: limit of 1 recipients "
			  "in 1d reached, again in 2") == answer,
	    "%s", answer);
	testing_policy_free(testing);
}
END_TEST

START_TEST(refused_attempts_burn_nothing)
{
	struct testing_policy *testing = begin(
	    LIMIT "smtpd_sender_restrictions = reject_rate_limit\n"
		  "smtpd_recipient_restrictions = "
		  "check_recipient_access inline:{ bad@r.example=REJECT }\n");

	for (int i = 0; i < 10; i++)
		expect(testing, FRED "recipient=bad@r.example instance=a",
		    "554 5.7.1 <bad@r.example>: Recipient address rejected: "
		    "Access denied");
	expect(testing, FRED "instance=a", "DUNNO");
	expect(testing, FRED "instance=a", "DUNNO");
	for (int i = 0; i < 10; i++)
		expect_full(testing, FRED "instance=a", FRED_FULL);
	testing_policy_free(testing);
}
END_TEST

START_TEST(what_is_only_warned_of_counts)
{
	struct testing_policy *testing =
	    begin(LIMIT "smtpd_recipient_restrictions = "
			"check_recipient_access inline:{ {w@r.example="
			"warn_if_reject reject_rate_limit permit} }, "
			"reject_rate_limit\n");

	for (int i = 0; i < 3; i++)
		expect(testing, FRED "recipient=w@r.example instance=a",
		    "DUNNO");
	expect_full(testing, FRED "instance=a", FRED_FULL);
	testing_policy_free(testing);
}
END_TEST

START_TEST(a_request_counts_once_however_often_it_is_asked)
{
	struct testing_policy *testing =
	    begin(LIMIT "smtpd_client_restrictions = reject_rate_limit\n"
			"smtpd_recipient_restrictions = reject_rate_limit, "
			"reject_rate_limit\n");

	expect(testing, FRED "instance=a", "DUNNO");
	expect(testing, FRED "instance=a", "DUNNO");
	expect_full(testing, FRED "instance=a", FRED_FULL);
	testing_policy_free(testing);
}
END_TEST

START_TEST(what_has_no_value_is_not_counted)
{
	struct testing_policy *testing =
	    begin(LIST "recipient_rate_limits = sasl_username 0/1h, "
		       "sender 0/1h sender_domain 0/1h\n");

	expect(testing, "protocol_state=RCPT sender= recipient=r@r.example",
	    "DUNNO");
	expect(testing, "protocol_state=VRFY sasl_username=fred", "DUNNO");
	testing_policy_free(testing);
}
END_TEST

START_TEST(tables_have_limits_of_logins)
{
	struct testing_policy *testing = begin(
	    LIST "recipient_rate_limits = sasl_username 0/1h, sender 7/1h\n"
		 "recipient_rate_limit_maps = inline:{ "
		 "{fred@example.org=1/1h 5/1d}, joe@example.org=none, "
		 "@example.org=2/1h, bad@example.org=often }\n");

	expect(testing, FRED "instance=a", "DUNNO");
	expect_full(testing, FRED "instance=a",
	    FULL("Fred@example.org>: SASL login name", "1 recipients in 1h",
		""));
	for (int i = 0; i < 3; i++)
		expect(testing, FRED "sasl_username=joe@example.org instance=b",
		    "DUNNO");
	for (int i = 0; i < 2; i++)
		expect(testing, FRED "sasl_username=ann@Example.org instance=c",
		    "DUNNO");
	expect_full(testing, FRED "sasl_username=ann@Example.org instance=c",
	    FULL("ann@Example.org>: SASL login name", "2 recipients in 1h",
		""));
	/* the limits of other keys stay */
	expect(testing, FRED "sasl_username=joe@example.org instance=b",
	    "DUNNO");
	expect_full(testing, FRED "sasl_username=joe@example.org instance=b",
	    FULL("s@s.example>: Sender address", "7 recipients in 1h", ""));
	expect_full(testing, FRED "sasl_username=ann instance=c",
	    FULL("ann>: SASL login name", "0 recipients in 1h", ""));
	expect(testing, FRED "sasl_username=bad@example.org",
	    "451 4.3.5 Server configuration error");
	testing_policy_free(testing);
}
END_TEST

START_TEST(who_is_exempt_is_not_counted)
{
	struct testing_policy *testing =
	    begin(LIST LIMIT "mynetworks = 192.0.2.0/28\n"
			     "rate_limit_exempt_restrictions = "
			     "permit_mynetworks\n");

	for (int i = 0; i < 5; i++)
		expect(testing, FRED "instance=a", "DUNNO");
	for (int i = 0; i < 2; i++)
		expect(testing, FRED "client_address=192.0.2.99 instance=b",
		    "DUNNO");
	expect_full(testing, FRED "client_address=192.0.2.99 instance=b",
	    FRED_FULL);
	testing_policy_free(testing);
}
END_TEST

START_TEST(the_end_of_a_message_commits)
{
	struct testing_policy *testing = begin(LIST COMMITS LIMIT);

	expect(testing, FRED "instance=a", "DUNNO");
	expect(testing, FRED "instance=a", "DUNNO");
	expect_full(testing, FRED "instance=a", FRED_FULL);
	/* the message is given up */
	expect(testing, FRED "instance=b", "DUNNO");
	expect(testing, FRED "instance=b", "DUNNO");
	expect(testing, END "instance=b recipient_count=1", "DUNNO");
	testing_policy_reconnect(testing);
	expect(testing, FRED "instance=c", "DUNNO");
	expect_full(testing, FRED "instance=c", FRED_FULL);
	testing_policy_free(testing);
}
END_TEST

START_TEST(a_message_that_is_refused_at_its_end_is_not_counted)
{
	struct testing_policy *testing =
	    begin(LIST LIMIT "smtpd_end_of_data_restrictions = reject\n");

	for (int i = 0; i < 3; i++) {
		expect(testing, FRED "instance=a", "DUNNO");
		expect(testing, FRED "instance=a", "DUNNO");
		expect(testing, END "instance=a recipient_count=2",
		    "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Access "
		    "denied");
	}
	testing_policy_free(testing);
}
END_TEST

START_TEST(without_a_reservation_the_end_of_a_message_counts)
{
	struct testing_policy *testing =
	    begin(LIST "smtpd_end_of_data_restrictions = reject_rate_limit\n"
		       "recipient_rate_limits = sasl_username 5/1h\n"
		       "byte_rate_limits = sasl_username 1M/1h\n");

	expect(testing, END "instance=a recipient_count=3 size=1000", "DUNNO");
	expect_full(testing, END "instance=b recipient_count=3 size=1000",
	    FULL("fred@example.org>: SASL login name", "5 recipients in 1h",
		""));
	expect(testing, FRED "instance=c", "DUNNO");
	expect(testing, FRED "instance=c", "DUNNO");
	expect_full(testing, END "instance=c recipient_count=2 size=1048576",
	    FULL("fred@example.org>: SASL login name", "1048576 bytes in 1h",
		""));
	expect(testing, FRED "instance=d", "DUNNO");
	expect(testing, FRED "instance=d", "DUNNO");
	expect(testing, END "instance=d recipient_count=2 size=1000", "DUNNO");
	expect_full(testing, FRED "instance=e",
	    FULL("Fred@example.org>: SASL login name", "5 recipients in 1h",
		""));
	testing_policy_free(testing);
}
END_TEST

static uint64_t
number_of(const char *config)
{
	struct testing_policy *testing = begin(config);
	const struct policy *policy =
	    testing_policy_policies(testing)->policies[0];
	uint64_t number = policy->number;

	ck_assert_uint_ne(policy->under_stress->number, number);
	testing_policy_free(testing);
	return number;
}

/* A policy may stand where one of before a reload stood. */
START_TEST(no_policy_goes_by_the_number_of_another)
{
	const char *config = "recipient_rate_limits = "
			     "sasl_username ${stress?{1}:{2}}/1h\n" LIST;

	ck_assert_uint_ne(number_of(config), number_of(config));
}
END_TEST

START_TEST(what_another_policy_gave_is_not_all)
{
	struct testing_policy *testing =
	    begin(LIST "smtpd_end_of_data_restrictions = reject_rate_limit\n"
		       "recipient_rate_limits = sasl_username 5/1h\n"
		       "strict/recipient_rate_limits = sasl_domain 1/1h\n");

	expect(testing, FRED "instance=a", "DUNNO");
	expect(testing, FRED "instance=a", "DUNNO");
	expect_full(testing,
	    END "instance=a recipient_count=2 policy_context=strict",
	    FULL("fred@example.org>: SASL login name", "1 recipients in 1h",
		""));
	testing_policy_free(testing);
}
END_TEST

static void
on_explained(void *arg, const char *text)
{
	struct strbuf *out = arg;

	strbuf_adds(out, text);
}

START_TEST(explain_counts_nothing_and_shows_what_was_counted)
{
	struct testing_policy *testing = begin(LIST LIMIT);
	struct explain explain = testing_policy_explain(testing);
	struct strbuf out = { 0 }, err = { 0 };

	expect(testing, FRED "instance=a", "DUNNO");
	for (int i = 0; i < 5; i++) {
		strbuf_truncate(&out, 0);
		ck_assert_int_eq(explain_start(&explain,
				     FRED "reverse_client_name=c.example",
				     on_explained, &out, &err),
		    0);
		ck_assert_ptr_nonnull(strstr(out.bytes, "action=DUNNO"));
		ck_assert_ptr_nonnull(strstr(out.bytes,
		    "recipients of sasl_username fred@example.org in 1h: "
		    "1 of 2, and 0 reserved"));
	}
	expect(testing, FRED "instance=a", "DUNNO");
	strbuf_free(&out);
	testing_policy_free(testing);
}
END_TEST

static void
add_to_hash(void *arg, const struct state_record *record)
{
	static const struct key_hash key;
	struct strbuf bytes = { 0 };
	uint64_t *sum = arg;

	state_record_encode(record, &bytes);
	*sum += key_hash(&key, bytes.bytes, bytes.len);
	strbuf_free(&bytes);
}

static uint64_t
hash_of_state(struct testing_policy *testing)
{
	uint64_t sum = 0;

	for (size_t kind = 0; kind < STATE_KINDS; kind++)
		state_each(testing_policy_state(testing), kind, add_to_hash,
		    &sum);
	return sum;
}

/* Whatever it is asked about: what passes, what is refused, ends of messages.
 */
START_TEST(a_hundred_thousand_explains_leave_the_state_alone)
{
	static const char *const requests[] = {
		FRED "instance=new reverse_client_name=c.example",
		FRED "instance=a recipient=other@r.example "
		     "reverse_client_name=c.example",
		END "instance=a recipient_count=1 client_address=192.0.2.1 "
		    "client_name=c.example reverse_client_name=c.example",
		"protocol_state=RCPT sasl_username=jane@example.org "
		"client_address=192.0.2.1 client_name=c.example "
		"reverse_client_name=c.example recipient=r@r.example",
	};
	struct testing_policy *testing = begin(
	    LIST "smtpd_end_of_data_restrictions = reject_rate_limit\n"
		 "recipient_rate_limits = sasl_username 2/1h, origin 9/1d\n"
		 "message_rate_limits = client_network 5/10m\n"
		 "distinct_recipient_rate_limits = sasl_username 2/1h\n");
	struct explain explain = testing_policy_explain(testing);
	struct strbuf out = { 0 }, err = { 0 };
	uint64_t before;

	expect(testing, FRED "instance=a", "DUNNO");
	expect(testing, END "instance=a recipient_count=1", "DUNNO");
	expect(testing, FRED "instance=b", "DUNNO");
	before = hash_of_state(testing);
	ck_assert_uint_ne(before, 0);
	for (int i = 0; i < 100000; i++) {
		strbuf_truncate(&out, 0);
		ck_assert_int_eq(explain_start(&explain, requests[i % 4],
				     on_explained, &out, &err),
		    0);
		ck_assert_uint_gt(out.len, 0);
	}
	ck_assert_uint_eq(hash_of_state(testing), before);
	/* Nothing is reserved either: there is room for one more, not for two.
	 */
	expect(testing, END "instance=b recipient_count=1", "DUNNO");
	expect_full(testing, FRED "instance=c", FRED_FULL);
	strbuf_free(&out);
	testing_policy_free(testing);
}
END_TEST

START_TEST(a_wrong_limit_is_told_with_its_line)
{
	char *errors = testing_policy_errors("\nmessage_rate_limits =\n"
					     "    sasl_username 3/1h,\n"
					     "    sendr 3/1h\n");

	ck_assert_ptr_nonnull(strstr(errors,
	    ":5: message_rate_limits: \"sendr\": no key of rate limits, did "
	    "you mean sender?"));
	free(errors);
}
END_TEST

#define N(array) (int)(sizeof array / sizeof((array)[0]))

int
main(void)
{
	Suite *suite = suite_create("restrict_rate");
	TCase *tcase = tcase_create("restrict_rate");

	tcase_add_loop_test(tcase, blames_whom_the_limit_is_for, 0, N(texts));
	tcase_add_test(tcase, of_several_limits_the_one_that_is_free_last);
	tcase_add_test(tcase, refused_attempts_burn_nothing);
	tcase_add_test(tcase, what_is_only_warned_of_counts);
	tcase_add_test(tcase, a_request_counts_once_however_often_it_is_asked);
	tcase_add_test(tcase, what_has_no_value_is_not_counted);
	tcase_add_test(tcase, tables_have_limits_of_logins);
	tcase_add_test(tcase, who_is_exempt_is_not_counted);
	tcase_add_test(tcase, the_end_of_a_message_commits);
	tcase_add_test(tcase,
	    a_message_that_is_refused_at_its_end_is_not_counted);
	tcase_add_test(tcase,
	    without_a_reservation_the_end_of_a_message_counts);
	tcase_add_test(tcase, no_policy_goes_by_the_number_of_another);
	tcase_add_test(tcase, what_another_policy_gave_is_not_all);
	tcase_add_test(tcase,
	    explain_counts_nothing_and_shows_what_was_counted);
	tcase_add_test(tcase,
	    a_hundred_thousand_explains_leave_the_state_alone);
	tcase_add_test(tcase, a_wrong_limit_is_told_with_its_line);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
