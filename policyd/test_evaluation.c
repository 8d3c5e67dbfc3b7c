/*
 * The walk: order of lists, what is pending, waiting for facts.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "log.h"
#include "mem.h"
#include "program.h"
#include "testing_policy.h"

#define CLIENT                                                                 \
	"client_name=mx.good.example client_address=192.0.2.1 "                \
	"reverse_client_name=mx.good.example helo_name=mx.good.example "       \
	"protocol_name=ESMTP instance=1.2 "

static const struct testing_fact facts[] = {
	{ "MX good.example", "10 mx.good.example" },
	{ "A mx.good.example", "192.0.2.1" },
	{ "A a.example", "192.0.2.2" },
	{ "A six.example", "127.0.0.1; 127.0.0.2" },
	{ "AAAA six.example", "::1" },
	{ "A four.example", "127.0.0.1" },
	{ "AAAA four.example", "fe80::1" }, /* cannot be spoken to */
	{ "MX tmp.example", "fail" },
	{ "MX two.example", "10 mx1.two.example; 20 mx2.two.example" },
	{ "1.2.0.192.bl.example", "listed" },
	{ NULL, NULL },
};

struct verdict_case {
	const char *config, *request, *action;
};

static const struct verdict_case decisions[] = {
	/* an empty policy has no opinion */
	{ "", CLIENT "sender=a@b.example recipient=c@d.example", "DUNNO" },
	/* a permit is no OK, and ends its own list only */
	{ "smtpd_client_restrictions = permit, reject\n"
	  "smtpd_recipient_restrictions = permit",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_client_restrictions = permit\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	/* client, helo, sender, relay, recipient */
	{ "smtpd_client_restrictions = reject\n"
	  "smtpd_helo_restrictions = defer",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	    "Access denied" },
	{ "smtpd_helo_restrictions = defer\n"
	  "smtpd_sender_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "450 4.3.2 <mx.good.example>: Helo command rejected: "
	    "Try again later" },
	{ "smtpd_sender_restrictions = reject\n"
	  "smtpd_relay_restrictions = defer",
	    CLIENT "sender=a@b.example recipient=c@d.example",
	    "554 5.7.1 <a@b.example>: Sender address rejected: "
	    "Access denied" },
	{ "smtpd_relay_restrictions = defer\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "450 4.3.2 <c@d.example>: Recipient address rejected: "
	    "Try again later" },
	{ "smtpd_relay_restrictions = defer\n"
	  "smtpd_relay_before_recipient_restrictions = no\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	/* no HELO: no list for it */
	{ "smtpd_helo_restrictions = reject", "recipient=c@d.example",
	    "DUNNO" },
	/* no list at the wrong command */
	{ "smtpd_data_restrictions = reject", CLIENT "recipient=c@d.example",
	    "DUNNO" },
	{ "smtpd_data_restrictions = reject",
	    CLIENT "protocol_state=DATA recipient=c@d.example",
	    "554 5.7.1 <DATA>: Data command rejected: Access denied" },
	{ "smtpd_end_of_data_restrictions = reject",
	    CLIENT "protocol_state=END-OF-MESSAGE",
	    "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: "
	    "Access denied" },
	{ "smtpd_client_restrictions = reject", CLIENT "protocol_state=ETRN",
	    "554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	    "Access denied" },
	{ "smtpd_etrn_restrictions = reject",
	    CLIENT "protocol_state=ETRN etrn_domain=d.example",
	    "554 5.7.1 <d.example>: Etrn command rejected: Access denied" },
	{ "smtpd_client_restrictions = reject", CLIENT "protocol_state=CONNECT",
	    "DUNNO" },
	{ "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject",
	    CLIENT "protocol_state=CONNECT",
	    "554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	    "Access denied" },
	{ "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject",
	    CLIENT "protocol_state=XCLIENT",
	    "554 5.7.1 <mx.good.example[192.0.2.1]>: Client host rejected: "
	    "Access denied" },
	{ "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_delay_reject = no\nsmtpd_sender_restrictions = reject",
	    CLIENT "protocol_state=MAIL sender=a@b.example",
	    "554 5.7.1 <a@b.example>: Sender address rejected: "
	    "Access denied" },
	/* VRFY without MAIL: no sender list */
	{ "smtpd_sender_restrictions = reject",
	    CLIENT "protocol_state=VRFY recipient=c@d.example", "DUNNO" },
	{ "smtpd_recipient_restrictions = reject",
	    CLIENT "protocol_state=NONSENSE recipient=c@d.example", "DUNNO" },

	/* what is pending */
	{ "smtpd_client_restrictions = defer_if_permit\n"
	  "smtpd_recipient_restrictions = permit",
	    CLIENT "recipient=c@d.example",
	    "DEFER_IF_PERMIT 4.7.0 <mx.good.example[192.0.2.1]>: "
	    "Client host rejected: defer_if_permit requested" },
	{ "smtpd_client_restrictions = defer_if_permit\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	{ "smtpd_recipient_restrictions = defer_if_reject",
	    CLIENT "recipient=c@d.example",
	    "DEFER_IF_REJECT 4.7.0 <c@d.example>: Recipient address rejected: "
	    "defer_if_reject requested" },
	{ "smtpd_recipient_restrictions = defer_if_reject, reject",
	    CLIENT "recipient=c@d.example",
	    "450 4.7.0 <c@d.example>: Recipient address rejected: "
	    "defer_if_reject requested" },
	{ "smtpd_recipient_restrictions = defer_if_reject, defer",
	    CLIENT "recipient=c@d.example",
	    "450 4.3.2 <c@d.example>: Recipient address rejected: "
	    "Try again later" },
	/* it is forgotten at the next list, but relay and recipient are one */
	{ "smtpd_client_restrictions = defer_if_reject\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	{ "smtpd_relay_restrictions = defer_if_reject\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example",
	    "450 4.7.0 <c@d.example>: Recipient address rejected: "
	    "defer_if_reject requested" },
	/* both: the list stops, the first reason counts */
	{ "smtpd_recipient_restrictions = defer_if_reject, defer_if_permit, "
	  "reject",
	    CLIENT "recipient=c@d.example",
	    "DEFER_IF_PERMIT 4.7.0 <c@d.example>: Recipient address rejected: "
	    "defer_if_permit requested" },

	/* of two of a kind, too */
	{ "smtpd_client_restrictions = defer_if_permit\n"
	  "smtpd_sender_restrictions = defer_if_permit",
	    CLIENT "sender=a@b.example recipient=c@d.example",
	    "DEFER_IF_PERMIT 4.7.0 <mx.good.example[192.0.2.1]>: "
	    "Client host rejected: defer_if_permit requested" },

	/* warn_if_reject */
	{ "smtpd_recipient_restrictions = warn_if_reject reject",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_recipient_restrictions = warn_if_reject reject, defer",
	    CLIENT "recipient=c@d.example",
	    "450 4.3.2 <c@d.example>: Recipient address rejected: "
	    "Try again later" },
	{ "smtpd_recipient_restrictions = warn_if_reject defer_if_permit",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_recipient_restrictions = warn_if_reject permit, reject",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_recipient_restrictions = permit, warn_if_reject",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_restriction_classes = strict\nstrict = reject, defer\n"
	  "smtpd_recipient_restrictions = warn_if_reject strict",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	/* Postfix would send another code: answer with ours */
	{ "access_map_defer_code = 421\n"
	  "smtpd_sender_restrictions = defer_if_permit",
	    CLIENT "sender=a@b.example recipient=c@d.example",
	    "450 4.7.0 <a@b.example>: Sender address rejected: "
	    "defer_if_permit requested" },
	{ "access_map_defer_code = 421\n"
	  "smtpd_sender_restrictions = check_sender_access "
	  "inline:{{a@b.example=DEFER_IF_PERMIT}}",
	    CLIENT "sender=a@b.example recipient=c@d.example",
	    "DEFER_IF_PERMIT 4.7.1 <a@b.example>: Sender address rejected: "
	    "Service unavailable" },
	/* but not before all lists are walked */
	{ "access_map_defer_code = 421\nsmtpd_delay_reject = no\n"
	  "smtpd_sender_restrictions = defer_if_permit",
	    CLIENT "protocol_state=MAIL sender=a@b.example",
	    "DEFER_IF_PERMIT 4.7.0 <a@b.example>: Sender address rejected: "
	    "defer_if_permit requested" },
	{ "access_map_defer_code = 421\n"
	  "smtpd_sender_restrictions = defer_if_permit",
	    CLIENT "policy_context=smtpd_sender_restrictions "
		   "sender=a@b.example recipient=c@d.example",
	    "DEFER_IF_PERMIT 4.7.0 defer_if_permit requested" },

	/* classes, and tables whose value is a list */
	{ "smtpd_restriction_classes = strict\nstrict = reject\n"
	  "smtpd_recipient_restrictions = strict",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	{ "smtpd_restriction_classes = easy\neasy = permit\n"
	  "smtpd_recipient_restrictions = easy, reject",
	    CLIENT "recipient=c@d.example", "DUNNO" },
	{ "smtpd_restriction_classes = loop\nloop = loop\n"
	  "smtpd_recipient_restrictions = loop",
	    CLIENT "recipient=c@d.example",
	    "451 4.3.5 Server configuration error" },
	{ "smtpd_restriction_classes = c\nc = inline:{{c@d.example=REJECT}}\n"
	  "smtpd_recipient_restrictions = c",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	{ "smtpd_restriction_classes = c\nc = inline:{{c@d.example=REJECT}}\n"
	  "smtpd_data_restrictions = c",
	    CLIENT "protocol_state=DATA recipient=c@d.example",
	    "451 4.3.5 Server configuration error" },

	/* contexts */
	{ "smtpd_client_restrictions = reject\n"
	  "submission/smtpd_client_restrictions =",
	    CLIENT "policy_context=submission recipient=c@d.example", "DUNNO" },
	{ "smtpd_client_restrictions = permit\n"
	  "submission/smtpd_client_restrictions = defer",
	    CLIENT "policy_context=submission/smtpd_client_restrictions",
	    "450 4.3.2 Try again later" },
	{ "smtpd_client_restrictions = reject\n"
	  "smtpd_recipient_restrictions = defer",
	    CLIENT "policy_context=smtpd_recipient_restrictions "
		   "recipient=c@d.example",
	    "450 4.3.2 Try again later" },
	/* a reply about something else keeps its prefix */
	{ "smtpd_recipient_restrictions = check_sender_access "
	  "inline:{{a@b.example=REJECT}}",
	    CLIENT "policy_context=smtpd_recipient_restrictions "
		   "sender=a@b.example recipient=c@d.example",
	    "554 5.7.1 <a@b.example>: Sender address rejected: "
	    "Access denied" },
	{ "smtpd_recipient_restrictions = reject",
	    CLIENT "policy_context=nonsense recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	{ "smtpd_client_restrictions = reject",
	    CLIENT "policy_context=smtpd_client_restrictions "
		   "protocol_state=RCPT recipient=c@d.example",
	    "554 5.7.1 Access denied" },

	/* side effects */
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=HOLD look here}}, permit",
	    CLIENT "recipient=c@d.example", "HOLD look here" },
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=HOLD}}, reject",
	    CLIENT "recipient=c@d.example",
	    "554 5.7.1 <c@d.example>: Recipient address rejected: "
	    "Access denied" },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{192.0.2.1=DISCARD}}\n"
	  "smtpd_recipient_restrictions = reject",
	    CLIENT "recipient=c@d.example", "DISCARD" },
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=HOLD}}, defer_if_permit",
	    CLIENT "recipient=c@d.example",
	    "DEFER_IF_PERMIT 4.7.0 <c@d.example>: Recipient address rejected: "
	    "defer_if_permit requested" },
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=HOLD}}, defer_if_reject",
	    CLIENT "recipient=c@d.example", "HOLD" },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{192.0.2.1=PREPEND X-A: b}}\n"
	  "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=HOLD look here}}",
	    CLIENT "recipient=c@d.example", "HOLD look here" },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{192.0.2.1=HOLD first}}\n"
	  "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=FILTER smtp:x}}, check_recipient_access "
	  "inline:{{c@d.example=HOLD second}}",
	    CLIENT "recipient=c@d.example", "HOLD first" },
	{ "smtpd_client_restrictions = check_client_access "
	  "inline:{{192.0.2.1=HOLD}}\n"
	  "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=DISCARD}}",
	    CLIENT "recipient=c@d.example", "DISCARD" },
	{ "smtpd_recipient_restrictions = check_recipient_access "
	  "inline:{{c@d.example=REDIRECT x@y.example}}, check_recipient_access "
	  "inline:{{c@d.example=PREPEND X-A: b}}",
	    CLIENT "recipient=c@d.example", "REDIRECT x@y.example" },
};

START_TEST(decides_as_postfix_does)
{
	const struct verdict_case *decision = &decisions[_i];
	struct testing_policy *testing =
	    testing_policy_new(decision->config, facts);

	ck_assert_str_eq(testing_policy_ask(testing, decision->request),
	    decision->action);
	testing_policy_free(testing);
}
END_TEST

START_TEST(asks_for_everything_at_once)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = reject_rbl_client bl2.example,"
	    " reject_rbl_client bl.example\n"
	    "smtpd_sender_restrictions = reject_unknown_sender_domain",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@good.example recipient=c@d.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "1.2.0.192.bl2.example, 1.2.0.192.bl.example, MX good.example, "
	    "A good.example, AAAA good.example");
	testing_policy_release(testing, "MX good.example");
	testing_policy_release(testing, "1.2.0.192.bl.example");
	/* bl.example lists it, but bl2.example stands before it */
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_release(testing, "1.2.0.192.bl2.example");
	ck_assert_str_eq(testing_policy_action(testing),
	    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked "
	    "using bl.example; listed");
	ck_assert_uint_eq(testing_policy_cancelled(testing), 2);
	testing_policy_free(testing);
}
END_TEST

START_TEST(needs_no_fact_that_cannot_matter)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = reject_rbl_client bl.example, reject\n"
	    "smtpd_sender_restrictions = reject_unknown_sender_domain",
	    facts);

	/* behind a reject that is certain nothing is asked */
	testing_policy_begin(testing,
	    CLIENT "sender=a@good.example recipient=c@d.example");
	ck_assert_str_eq(testing_policy_asked(testing), "1.2.0.192.bl.example");
	testing_policy_release(testing, "1.2.0.192.bl.example");
	ck_assert_ptr_nonnull(testing_policy_action(testing));
	testing_policy_free(testing);
}
END_TEST

START_TEST(answers_as_soon_as_it_is_certain)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = reject_rbl_client bl.example,"
	    " reject_rbl_client bl2.example",
	    facts);

	testing_policy_begin(testing, CLIENT "recipient=c@d.example");
	testing_policy_release(testing, "1.2.0.192.bl.example");
	ck_assert_ptr_nonnull(testing_policy_action(testing));
	ck_assert_uint_eq(testing_policy_cancelled(testing), 1);
	testing_policy_free(testing);
}
END_TEST

START_TEST(starts_second_steps_in_the_next_walk)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_sender_restrictions = check_sender_mx_access "
	    "inline:{{192.0.2.1=REJECT}}",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@good.example recipient=c@d.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "MX good.example, A good.example, AAAA good.example");
	testing_policy_release(testing, "MX good.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "MX good.example, A good.example, AAAA good.example, "
	    "A mx.good.example, AAAA mx.good.example");
	testing_policy_release(testing, "A mx.good.example");
	/* An address of IPv6 may come before it. */
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_release(testing, "AAAA mx.good.example");
	ck_assert_str_eq(testing_policy_action(testing),
	    "554 5.7.1 <a@good.example>: Sender address rejected: "
	    "Access denied");
	testing_policy_free(testing);
}
END_TEST

START_TEST(asks_for_the_addresses_of_all_hosts_at_once)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_sender_restrictions = check_sender_mx_access "
	    "inline:{{192.0.2.1=REJECT}}",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@two.example recipient=c@d.example");
	testing_policy_release(testing, "MX two.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "MX two.example, A two.example, AAAA two.example, "
	    "A mx1.two.example, AAAA mx1.two.example, "
	    "A mx2.two.example, AAAA mx2.two.example");
	testing_policy_free(testing);
}
END_TEST

/* The list decides, so what the MX would lead to is of no interest. */
START_TEST(what_comes_in_one_turn_makes_one_walk)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = reject_rbl_client bl.example\n"
	    "smtpd_sender_restrictions = check_sender_mx_access "
	    "inline:{{192.0.2.1=REJECT}}",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@good.example recipient=c@d.example");
	testing_policy_release_two(testing, "MX good.example",
	    "1.2.0.192.bl.example");
	ck_assert_ptr_nonnull(testing_policy_action(testing));
	ck_assert_str_eq(testing_policy_asked(testing),
	    "1.2.0.192.bl.example, MX good.example, A good.example, "
	    "AAAA good.example");
	testing_policy_free(testing);
}
END_TEST

START_TEST(counts_the_hits_of_the_final_walk_only)
{
	struct testing_policy *testing =
	    testing_policy_new("smtpd_client_restrictions = "
			       "warn_if_reject reject, "
			       "reject_rbl_client bl.example",
		facts);
	const struct program *program =
	    testing_policy_policies(testing)->policies[0]->lists[STAGE_CLIENT];

	testing_policy_begin(testing, CLIENT "recipient=c@d.example");
	testing_policy_release(testing, "1.2.0.192.bl.example");
	ck_assert_ptr_nonnull(testing_policy_action(testing));
	ck_assert_uint_eq(program->steps[0].hits, 1);
	ck_assert_uint_eq(program->steps[1].hits, 1);
	testing_policy_free(testing);
}
END_TEST

START_TEST(remembers_an_unknown_context_once)
{
	struct testing_policy *testing = testing_policy_new("", facts);

	log_set_level(LOG_LEVEL_ERROR);
	for (int i = 0; i < 3; i++)
		testing_policy_ask(testing,
		    CLIENT "policy_context=nonsense recipient=c@d.example");
	ck_assert_uint_eq(testing_policy_policies(testing)->nunknown, 1);
	testing_policy_free(testing);
}
END_TEST

/* Without ::1 on this machine, addresses of IPv4 come first. */
static bool
has_ip6(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

	close(fd);
	return has;
}

START_TEST(takes_the_value_of_the_address_that_comes_first)
{
	static const struct {
		const char *domain, *table, *value;
	} cases[] = {
		{ "six", "{127.0.0.1=REJECT v4}, {::1=REJECT v6}", "v6" },
		{ "six", "{127.0.0.2=REJECT v4}, {::1=REJECT v6}", "v6" },
		{ "six", "{127.0.0.2=REJECT v4}", "v4" },
		{ "four", "{127.0.0.1=REJECT v4}, {fe80::1=REJECT v6}", "v4" },
		{ "four", "{fe80::1=REJECT v6}", "v6" },
	};
	struct testing_policy *testing;
	char *config, *request;

	for (size_t i = has_ip6() ? 0 : 2; i < sizeof cases / sizeof cases[0];
	     i++) {
		config = xasprintf("smtpd_sender_restrictions = "
				   "check_sender_a_access inline:{%s}",
		    cases[i].table);
		request =
		    xasprintf(CLIENT "sender=a@%s.example", cases[i].domain);
		testing = testing_policy_new(config, facts);
		ck_assert_str_eq(
		    strrchr(testing_policy_ask(testing, request), ' ') + 1,
		    cases[i].value);
		testing_policy_free(testing);
		free(config);
		free(request);
	}
}
END_TEST

START_TEST(asks_one_after_the_other_if_told_so)
{
	struct testing_policy *testing = testing_policy_new(
	    "dns_parallel = no\n"
	    "smtpd_client_restrictions = reject_rbl_client bl2.example\n"
	    "smtpd_sender_restrictions = reject_unknown_sender_domain",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@a.example recipient=c@d.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "1.2.0.192.bl2.example");
	testing_policy_release(testing, "1.2.0.192.bl2.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "1.2.0.192.bl2.example, MX a.example");
	testing_policy_release(testing, "MX a.example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_release(testing, "A a.example");
	/* found: there is no need of AAAA */
	ck_assert_str_eq(testing_policy_asked(testing),
	    "1.2.0.192.bl2.example, MX a.example, A a.example");
	ck_assert_str_eq(testing_policy_action(testing), "DUNNO");
	testing_policy_free(testing);
}
END_TEST

START_TEST(asks_for_a_fact_once)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_sender_restrictions = reject_unknown_sender_domain,"
	    " reject_unknown_sender_domain\n"
	    "smtpd_recipient_restrictions = reject_unknown_recipient_domain",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@good.example recipient=c@good.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    "MX good.example, A good.example, AAAA good.example");
	testing_policy_release_two(testing, "A good.example",
	    "MX good.example");
	ck_assert_str_eq(testing_policy_action(testing), "DUNNO");
	testing_policy_free(testing);
}
END_TEST

START_TEST(is_bounded_by_the_deadline)
{
	struct testing_policy *testing = testing_policy_new(
	    "dns_timeout = 1s\n"
	    "smtpd_client_restrictions = reject_rbl_client bl.example\n"
	    "smtpd_sender_restrictions = reject_unknown_sender_domain",
	    facts);

	testing_policy_begin(testing,
	    CLIENT "sender=a@good.example recipient=c@d.example");
	testing_policy_wait(testing);
	/* not listed; and no MX in time is a temporary failure */
	ck_assert_str_eq(testing_policy_action(testing),
	    "DEFER_IF_PERMIT 4.1.8 <a@good.example>: Sender address rejected: "
	    "Domain not found");
	ck_assert_uint_eq(testing_policy_cancelled(testing), 4);
	testing_policy_free(testing);
}
END_TEST

START_TEST(can_be_cancelled_while_it_waits)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = reject_rbl_client bl.example", facts);

	testing_policy_begin(testing, CLIENT "recipient=c@d.example");
	testing_policy_free(testing);
}
END_TEST

START_TEST(counts_recipients_of_a_bounce)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_recipient_restrictions = check_recipient_access "
	    "inline:{{no@d.example=REJECT},{later@d.example=DEFER_IF_PERMIT}},"
	    " reject_multi_recipient_bounce",
	    facts);

	ck_assert_str_eq(
	    testing_policy_ask(testing, CLIENT "recipient=a@d.example"),
	    "DUNNO");
	ck_assert_str_eq(testing_policy_ask(testing,
			     CLIENT "recipient=b@d.example queue_id=AB12"),
	    "550 5.5.3 <b@d.example>: Recipient address rejected: "
	    "Multi-recipient bounce");
	/* nor does what is refused or put off here count as passed */
	ck_assert_str_eq(testing_policy_ask(testing,
			     CLIENT "instance=3.3 recipient=no@d.example"),
	    "554 5.7.1 <no@d.example>: Recipient address rejected: "
	    "Access denied");
	ck_assert_int_eq(
	    strncmp(testing_policy_ask(testing,
			CLIENT "instance=3.3 recipient=later@d.example"),
		"DEFER_IF_PERMIT ", strlen("DEFER_IF_PERMIT ")),
	    0);
	ck_assert_str_eq(
	    testing_policy_ask(testing,
		CLIENT "instance=3.3 recipient=b@d.example queue_id=AB12"),
	    "DUNNO");
	/* Postfix did not accept the first one, in another transaction */
	ck_assert_str_eq(
	    testing_policy_ask(testing, "instance=2.2 recipient=a@d.example"),
	    "DUNNO");
	ck_assert_str_eq(
	    testing_policy_ask(testing, "instance=2.2 recipient=b@d.example"),
	    "DUNNO");
	/* a sender is no bounce; nobody remembers other connections */
	ck_assert_str_eq(testing_policy_ask(testing,
			     "sender=a@b.example instance=2.2 "
			     "recipient=b@d.example queue_id=AB13"),
	    "DUNNO");
	testing_policy_reconnect(testing);
	ck_assert_str_eq(testing_policy_ask(testing,
			     "instance=2.2 recipient=b@d.example "
			     "queue_id=AB13"),
	    "DUNNO");
	testing_policy_free(testing);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("evaluation");
	TCase *tcase = tcase_create("evaluation");

	tcase_add_loop_test(tcase, decides_as_postfix_does, 0,
	    sizeof decisions / sizeof decisions[0]);
	tcase_add_test(tcase, asks_for_everything_at_once);
	tcase_add_test(tcase, needs_no_fact_that_cannot_matter);
	tcase_add_test(tcase, answers_as_soon_as_it_is_certain);
	tcase_add_test(tcase, starts_second_steps_in_the_next_walk);
	tcase_add_test(tcase, asks_for_the_addresses_of_all_hosts_at_once);
	tcase_add_test(tcase, what_comes_in_one_turn_makes_one_walk);
	tcase_add_test(tcase, counts_the_hits_of_the_final_walk_only);
	tcase_add_test(tcase, remembers_an_unknown_context_once);
	tcase_add_test(tcase, takes_the_value_of_the_address_that_comes_first);
	tcase_add_test(tcase, asks_one_after_the_other_if_told_so);
	tcase_add_test(tcase, asks_for_a_fact_once);
	tcase_add_test(tcase, is_bounded_by_the_deadline);
	tcase_add_test(tcase, can_be_cancelled_while_it_waits);
	tcase_add_test(tcase, counts_recipients_of_a_bounce);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
