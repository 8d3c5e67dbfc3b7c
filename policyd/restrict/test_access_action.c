/*
 * The values of access tables: what each word does.
 */
#include <string.h>

#include "testing_policy.h"

#define MAIL  "sender=a@a.example recipient=b@b.example"
#define SEND  "<a@a.example>: Sender address rejected: "
#define FAULT "451 4.3.5 Server configuration error"

/* config: freed here */
static void
check_action(char *config, const char *request, const char *action)
{
	struct testing_policy *testing = testing_policy_new(config, NULL);

	ck_assert_str_eq(testing_policy_ask(testing, request), action);
	testing_policy_free(testing);
	free(config);
}

static const struct {
	const char *value, *action;
} values[] = {
	{ "REJECT", "554 5.7.1 " SEND "Access denied" },
	{ "reject  no  thanks", "554 5.7.1 " SEND "no  thanks" },
	{ "REJECT 5.7.9 no", "554 5.7.9 " SEND "no" },
	{ "REJECT 4.7.9", "554 5.7.9 " SEND "Access denied" },
	{ "REJECT 5.1.2 no", "554 5.1.8 " SEND "no" }, /* of senders */
	{ "REJECTED", FAULT },
	{ "DEFER", "450 4.7.1 " SEND "Access denied" },
	{ "Defer 5.7.9 later", "450 4.7.9 " SEND "later" },
	{ "421 bye", "421 4.7.1 " SEND "bye" },
	{ "599 5.3.2 bye", "599 5.3.2 " SEND "bye" },
	{ "554 4.3.2 bye", "554 5.3.2 " SEND "bye" },
	/* with the reject behind the table */
	{ "DEFER_IF_PERMIT later", "521 5.7.1 " SEND "Access denied" },
	{ "DEFER_IF_REJECT later", "450 4.7.1 " SEND "later" },
	/* what permits: the reject behind the table is not reached */
	{ "OK", "DUNNO" },
	{ "RELAY", "DUNNO" },
	{ "ok with a text", "DUNNO" },
	{ "1", "DUNNO" },
	{ "554", "DUNNO" }, /* a number alone is no reply code */
	{ "DISCARD away", "DISCARD away" },
	/* what says nothing: it is */
	{ "DUNNO", "521 5.7.1 " SEND "Access denied" },
	{ "dunno whatever", "521 5.7.1 " SEND "Access denied" },
	{ "WARN a warning", "521 5.7.1 " SEND "Access denied" },
	{ "INFO a note", "521 5.7.1 " SEND "Access denied" },
	{ "HOLD", "521 5.7.1 " SEND "Access denied" },
	{ "54 a", FAULT },
	{ "354 no code of a refusal", FAULT },
	{ "55x no number", FAULT },
	/* lists of restrictions */
	{ "permit", "DUNNO" },
	{ "permit_mynetworks, reject", "521 5.7.1 " SEND "Access denied" },
	{ "defer_if_permit, permit",
	    "DEFER_IF_PERMIT 4.7.0 " SEND "defer_if_permit requested" },
	{ "permit_mynetworks nosuch", FAULT },
	{ "nosuch permit", FAULT },
	{ "permit, nosuch", "DUNNO" }, /* nobody comes there */
	{ "permit, check_helo_access hash:x", FAULT },
};

START_TEST(a_value_is_an_action_or_a_list)
{
	char *config = xasprintf("reject_code = 521\n"
				 "mynetworks = 127.0.0.1\n"
				 "smtpd_sender_restrictions = "
				 "check_sender_access "
				 "inline:{{a@a.example=%s}}, reject\n",
	    values[_i].value);

	check_action(config, MAIL, values[_i].action);
}
END_TEST

/* smtpd_delay_reject = no, so that there are all states. */
static const struct {
	const char *state, *list, *value, *action;
} effects[] = {
	{ "MAIL", "sender", "HOLD look", "HOLD look" },
	{ "MAIL", "sender", "HOLD", "HOLD" },
	{ "MAIL", "sender", "FILTER smtp:[::1]", "FILTER smtp:[::1]" },
	{ "MAIL", "sender", "FILTER smtp", "DUNNO" },
	{ "MAIL", "sender", "REDIRECT c@c.example", "REDIRECT c@c.example" },
	{ "MAIL", "sender", "REDIRECT c", "DUNNO" },
	{ "MAIL", "sender", "BCC c@c.example", "BCC c@c.example" },
	{ "MAIL", "sender", "BCC c", "DUNNO" },
	{ "MAIL", "sender", "PREPEND X-A: b", "PREPEND X-A: b" },
	{ "MAIL", "sender", "PREPEND X-A : b", "PREPEND X-A : b" },
	{ "MAIL", "sender", "PREPEND : b", "DUNNO" },
	{ "MAIL", "sender", "PREPEND X A: b", "DUNNO" },
	{ "MAIL", "sender", "DISCARD", "DISCARD" },
	/* there is no message yet, or it is complete */
	{ "CONNECT", "client", "DISCARD", "DUNNO" },
	{ "CONNECT", "client", "HOLD", "DUNNO" },
	{ "EHLO", "helo", "PREPEND X-A: b", "DUNNO" },
	{ "DATA", "data", "PREPEND X-A: b", "PREPEND X-A: b" },
	{ "END-OF-MESSAGE", "end_of_data", "PREPEND X-A: b", "DUNNO" },
	{ "END-OF-MESSAGE", "end_of_data", "HOLD", "HOLD" },
};

START_TEST(postfix_is_asked_to_do_what_it_can_do)
{
	char *config = xasprintf("smtpd_delay_reject = no\n"
				 "smtpd_%s_restrictions = check_client_access "
				 "inline:{{192.0.2.1=%s}}\n",
	    effects[_i].list, effects[_i].value);
	char *request =
	    xasprintf("protocol_state=%s client_name=unknown "
		      "client_address=192.0.2.1 helo_name=h.example "
		      "sender=a@a.example recipient=b@b.example",
		effects[_i].state);

	check_action(config, request, effects[_i].action);
	free(request);
}
END_TEST

#define REVERSE                                                                \
	"client_name=unknown client_address=192.0.2.1 "                        \
	"reverse_client_name=r.example " MAIL

/* By a name that a stranger can choose nobody is permitted. */
static const struct {
	const char *value, *action;
} chosen[] = {
	{ "OK", FAULT },
	{ "permit", FAULT },
	{ "DUNNO", "DUNNO" },
	{ "DISCARD", "DISCARD" },
	{ "REJECT",
	    "554 5.7.1 <r.example>: Unverified Client host rejected: Access "
	    "denied" },
};

START_TEST(a_name_of_a_stranger_permits_nothing)
{
	char *config = xasprintf("smtpd_client_restrictions = "
				 "check_reverse_client_hostname_access "
				 "inline:{{r.example=%s}}\n",
	    chosen[_i].value);

	check_action(config, REVERSE, chosen[_i].action);
}
END_TEST

static const struct {
	const char *value, *action;
} codes[] = {
	{ "REJECT", "450 4.7.1 " SEND "Access denied" },
	{ "DEFER", "421 4.7.1 " SEND "Access denied" },
	{ "REJECT 5.7.9 no", "450 4.7.9 " SEND "no" },
	{ "521 no", "521 5.7.1 " SEND "no" },
	/* what is pending at the end */
	{ "DEFER_IF_PERMIT",
	    "DEFER_IF_PERMIT 4.7.1 " SEND "Service unavailable" },
	{ "DEFER_IF_PERMIT 4.7.9 later",
	    "DEFER_IF_PERMIT 4.7.9 " SEND "later" },
	{ "DEFER_IF_REJECT later", "DUNNO" }, /* gone behind its list */
};

START_TEST(the_codes_of_words_are_parameters)
{
	char *config = xasprintf("access_map_reject_code = 450\n"
				 "access_map_defer_code = 421\n"
				 "smtpd_sender_restrictions = "
				 "check_sender_access "
				 "inline:{{a@a.example=%s}}\n",
	    codes[_i].value);

	check_action(config, MAIL, codes[_i].action);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("access_action");
	TCase *tc = tcase_create("access_action");

	tcase_add_loop_test(tc, a_value_is_an_action_or_a_list, 0,
	    sizeof values / sizeof values[0]);
	tcase_add_loop_test(tc, postfix_is_asked_to_do_what_it_can_do, 0,
	    sizeof effects / sizeof effects[0]);
	tcase_add_loop_test(tc, a_name_of_a_stranger_permits_nothing, 0,
	    sizeof chosen / sizeof chosen[0]);
	tcase_add_loop_test(tc, the_codes_of_words_are_parameters, 0,
	    sizeof codes / sizeof codes[0]);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
