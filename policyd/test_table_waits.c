/*
 * Tables that a server has, in a decision: what is asked, what is waited for,
 * and what a lookup that fails leads to.
 */
#include <string.h>

#include "mem.h"
#include "testing_policy.h"

#define CLIENT                                                                 \
	"client_address=192.0.2.1 client_name=A.client.example "               \
	"reverse_client_name=a.client.example "
#define MAIL CLIENT "sender=A@Sub.good.example recipient=c@hosted.example"

#define SENDERS "proxy:mysql:/senders"
#define DOMAINS "proxy:ldap:/domains"
#define WORDS   "proxy:pcre:/words"
#define SOCKET  "socketmap:unix:socket:senders"

#define FAULT                                                                  \
	"451 4.3.5 <A@Sub.good.example>: Sender address rejected: Server "     \
	"configuration error"

static const struct testing_fact facts[] = {
	{ SENDERS " sub.good.example", "REJECT it" },
	{ DOMAINS " hosted.example", "yes" },
	{ "proxy:mysql:/broken a@sub.good.example", "fail" },
	{ "proxy:mysql:/broken hosted.example", "fail" },
	{ WORDS " a@sub.good.example", "REJECT words" },
	{ SOCKET " a@sub.good.example", "REJECT by a socket" },
	{ "proxy:mysql:/empty a@sub.good.example", "" },
	{ "proxy:mysql:/networks 192.0.2.1", "ours" },
	{ "proxy:mysql:/replies bl2.example", "550 5.7.1 by $rbl_domain" },
	{ "proxy:mysql:/lists a@sub.good.example",
	    "permit_mynetworks, reject" },
	{ "1.2.0.192.bl2.example", "" },
	{ NULL, NULL },
};

static const struct {
	const char *config, *action;
} decisions[] = {
	{ "smtpd_sender_restrictions = check_sender_access " SENDERS,
	    "554 5.7.1 <A@Sub.good.example>: Sender address rejected: it" },
	{ "smtpd_sender_restrictions = check_sender_access " WORDS,
	    "554 5.7.1 <A@Sub.good.example>: Sender address rejected: words" },
	{ "smtpd_sender_restrictions = check_sender_access " SOCKET,
	    "554 5.7.1 <A@Sub.good.example>: Sender address rejected: by a "
	    "socket" },
	{ "smtpd_sender_restrictions = check_sender_access proxy:mysql:/none",
	    "DUNNO" },
	{ "smtpd_sender_restrictions = check_sender_access proxy:mysql:/broken",
	    FAULT },
	{ "smtpd_sender_restrictions = check_sender_access proxy:mysql:/empty",
	    FAULT },
	{ "smtpd_recipient_restrictions = reject_unauth_destination",
	    "554 5.7.1 <c@hosted.example>: Relay access denied" },
	{ "smtpd_recipient_restrictions = reject_unauth_destination\n"
	  "relay_domains = " DOMAINS,
	    "DUNNO" },
	{ "smtpd_client_restrictions = permit_mynetworks, reject\n"
	  "mynetworks = 10.0.0.0/8, proxy:mysql:/networks",
	    "DUNNO" },
	{ "smtpd_client_restrictions = reject_rbl_client bl2.example\n"
	  "rbl_reply_maps = proxy:mysql:/replies",
	    "550 5.7.1 by bl2.example" },
	{ "smtpd_sender_restrictions = check_sender_access "
	  "proxy:mysql:/lists\nmynetworks =",
	    "554 5.7.1 <A@Sub.good.example>: Sender address rejected: Access "
	    "denied" },
	{ "smtpd_sender_restrictions = reject_unauthenticated_sender_login_"
	  "mismatch\nsmtpd_sender_login_maps = proxy:mysql:/broken",
	    "451 4.3.0 <A@Sub.good.example>: Temporary lookup failure" },
	{ "smtpd_sender_restrictions = reject_unauthenticated_sender_login_"
	  "mismatch\nsmtpd_sender_login_maps = proxy:mysql:/empty",
	    "451 4.3.5 Server configuration error" },
	{ "smtpd_recipient_restrictions = reject_unauth_destination\n"
	  "virtual_mailbox_domains = proxy:mysql:/broken\n",
	    "451 4.3.0 <c@hosted.example>: Temporary lookup failure" },
};

START_TEST(decides_as_with_a_table_of_its_own)
{
	struct testing_policy *testing =
	    testing_policy_new(decisions[_i].config, facts);

	ck_assert_str_eq(testing_policy_ask(testing, MAIL),
	    decisions[_i].action);
	testing_policy_free(testing);
}
END_TEST

START_TEST(all_that_is_needed_is_asked_at_once)
{
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_client_restrictions = reject_rbl_client bl.example\n"
	    "smtpd_sender_restrictions = check_sender_access " SENDERS "\n"
	    "smtpd_recipient_restrictions = reject_unauth_destination\n"
	    "relay_domains = " DOMAINS,
	    facts);

	testing_policy_begin(testing, MAIL);
	ck_assert_str_eq(testing_policy_asked(testing),
	    "1.2.0.192.bl.example, "
	    /* where the sender's mail goes */
	    DOMAINS " sub.good.example, " DOMAINS " good.example, " DOMAINS
	    " example, "
	    /* what is allowed to him */
	    SENDERS " a@sub.good.example, " SENDERS
	    " sub.good.example, " SENDERS " good.example, " SENDERS
	    " example, " SENDERS " a@, "
	    /* and where it goes */
	    DOMAINS " hosted.example");
	testing_policy_release(testing, DOMAINS " hosted.example");
	testing_policy_release(testing, SENDERS " sub.good.example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_release(testing, SENDERS " a@sub.good.example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_release(testing, DOMAINS " sub.good.example");
	testing_policy_release(testing, DOMAINS " good.example");
	testing_policy_release(testing, DOMAINS " example");
	ck_assert_ptr_null(testing_policy_action(testing));
	testing_policy_release(testing, "1.2.0.192.bl.example");
	/* what stands behind the key that was found is not waited for */
	ck_assert_str_eq(testing_policy_action(testing),
	    "554 5.7.1 <A@Sub.good.example>: Sender address rejected: it");
	ck_assert_uint_eq(testing_policy_cancelled(testing), 3);
	testing_policy_free(testing);
}
END_TEST

static const struct {
	const char *config, *asked;
} keys[] = {
	{ "smtpd_client_restrictions = check_client_access " SENDERS,
	    SENDERS " a.client.example, " SENDERS " client.example, " SENDERS
		    " example, " SENDERS " 192.0.2.1, " SENDERS
		    " 192.0.2, " SENDERS " 192.0, " SENDERS " 192" },
	{ "smtpd_client_restrictions = check_client_access " WORDS,
	    WORDS " A.client.example, " WORDS " 192.0.2.1" },
	{ "smtpd_client_restrictions = check_client_access " SOCKET,
	    SOCKET " A.client.example, " SOCKET " 192.0.2.1" },
	{ "smtpd_client_restrictions = check_client_access "
	  "proxy:unionmap:{pcre:/words,hash:/x}",
	    "proxy:unionmap:{pcre:/words,hash:/x} A.client.example, "
	    "proxy:unionmap:{pcre:/words,hash:/x} 192.0.2.1" },
};

START_TEST(fixed_text_is_asked_in_lower_case_and_in_parts)
{
	struct testing_policy *testing =
	    testing_policy_new(keys[_i].config, facts);

	testing_policy_ask(testing, MAIL);
	ck_assert_str_eq(testing_policy_asked(testing), keys[_i].asked);
	testing_policy_free(testing);
}
END_TEST

/* They say no to whom a table does not have. */
static const char *const strict[] = {
	"reject_authenticated_sender_login_mismatch",
	"reject_unauth_destination",
	"defer_unauth_destination",
	"check_relay_domains",
};

START_TEST(what_waits_hides_nothing_behind_it)
{
	char *config = xasprintf(
	    "smtpd_recipient_restrictions = %s, reject_rbl_client bl.example\n"
	    "smtpd_sender_login_maps = " SENDERS "\nrelay_domains = " DOMAINS,
	    strict[_i]);
	struct testing_policy *testing = testing_policy_new(config, facts);

	testing_policy_begin(testing, MAIL " sasl_username=fred");
	ck_assert_ptr_nonnull(
	    strstr(testing_policy_asked(testing), "1.2.0.192.bl.example"));
	testing_policy_free(testing);
	free(config);
}
END_TEST

START_TEST(one_after_the_other_if_told_so)
{
	struct testing_policy *testing = testing_policy_new(
	    "dns_parallel = no\n"
	    "smtpd_sender_restrictions = check_sender_access " SENDERS,
	    facts);

	testing_policy_begin(testing, MAIL);
	ck_assert_str_eq(testing_policy_asked(testing),
	    SENDERS " a@sub.good.example");
	testing_policy_release(testing, SENDERS " a@sub.good.example");
	ck_assert_str_eq(testing_policy_asked(testing),
	    SENDERS " a@sub.good.example, " SENDERS " sub.good.example");
	testing_policy_release(testing, SENDERS " sub.good.example");
	ck_assert_ptr_nonnull(testing_policy_action(testing));
	testing_policy_free(testing);
}
END_TEST

START_TEST(what_comes_too_late_has_failed)
{
	struct testing_policy *testing = testing_policy_new(
	    "dns_timeout = 1s\n"
	    "smtpd_sender_restrictions = check_sender_access " SENDERS,
	    facts);

	testing_policy_begin(testing, MAIL);
	testing_policy_wait(testing);
	ck_assert_str_eq(testing_policy_action(testing), FAULT);
	testing_policy_free(testing);
}
END_TEST

/* "x.x.x. ... example", so many labels. */
static char *
long_name(size_t labels)
{
	struct strbuf name = { 0 };

	while (--labels > 0)
		strbuf_adds(&name, "x.");
	strbuf_adds(&name, "example");
	return strbuf_detach(&name);
}

/* Each kind of check_*_access, with so many tables of its own. */
static char *
many_tables(unsigned tables)
{
	static const char *const restrictions[] = {
		"smtpd_client_restrictions = ",
		"check_client_access",
		"check_reverse_client_hostname_access",
		"\nsmtpd_helo_restrictions = ",
		"check_helo_access",
		"\nsmtpd_sender_restrictions = ",
		"check_sender_access",
		"\nsmtpd_recipient_restrictions = ",
		"check_recipient_access",
	};
	struct strbuf config = { 0 };

	for (size_t i = 0; i < sizeof restrictions / sizeof restrictions[0];
	     i++) {
		const char *word = restrictions[i];

		if (word[0] != 'c')
			strbuf_adds(&config, word);
		for (unsigned j = 0; word[0] == 'c' && j < tables; j++)
			strbuf_addf(&config, "%s proxy:mysql:/%s/%u, ", word,
			    word, j);
	}
	return strbuf_detach(&config);
}

/* A client that has its own address for a name, digit by digit. */
START_TEST(a_long_name_gets_all_its_keys)
{
	static const struct testing_fact last[] = {
		{ "proxy:mysql:/check_recipient_access/1 c@",
		    "REJECT the last key" },
		{ NULL, NULL },
	};
	char *config = many_tables(2), *name = long_name(36);
	char *request = xasprintf("client_address=2001:db8:1:2:3:4:5:6 "
				  "client_name=%s reverse_client_name=%s "
				  "helo_name=%s sender=a+b@n.c.d.e.example "
				  "recipient=c@f.g.h.hosted.example",
	    name, name, name);
	struct testing_policy *testing = testing_policy_new(config, last);

	ck_assert_str_eq(testing_policy_ask(testing, request),
	    "554 5.7.1 <c@f.g.h.hosted.example>: Recipient address rejected: "
	    "the last key");
	testing_policy_free(testing);
	free(request);
	free(name);
	free(config);
}
END_TEST

static const struct {
	unsigned tables;
	const char *action;
} floods[] = {
	{ 4,
	    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked "
	    "using bl2.example" },
	{ 5,
	    "451 4.3.5 <%s>: Helo command rejected: Server configuration "
	    "error" },
};

/* What a stranger says has many keys: they are bounded, and use up nothing
 * that is for DNS lists. */
START_TEST(many_keys_hide_no_listing)
{
	struct strbuf config = { 0 };
	char *name = long_name(120);
	char *request = xasprintf(CLIENT "helo_name=%s sender=a@good.example "
					 "recipient=c@hosted.example",
	    name);
	char *action = xasprintf(floods[_i].action, name);
	struct testing_policy *testing;

	strbuf_adds(&config, "smtpd_helo_restrictions =");
	for (unsigned i = 0; i < floods[_i].tables; i++)
		strbuf_addf(&config, " check_helo_access proxy:mysql:/helo%u",
		    i);
	strbuf_adds(&config,
	    "\nsmtpd_recipient_restrictions = reject_rbl_client bl2.example");
	testing = testing_policy_new(config.bytes, facts);
	ck_assert_str_eq(testing_policy_ask(testing, request), action);
	testing_policy_free(testing);
	strbuf_free(&config);
	free(action);
	free(request);
	free(name);
}
END_TEST

static size_t
count_asked(const struct testing_policy *testing)
{
	const char *asked = testing_policy_asked(testing);
	size_t n = 1;

	while ((asked = strchr(asked, ',')) != NULL) {
		asked++;
		n++;
	}
	return n;
}

START_TEST(one_request_has_32_keys_in_line_at_a_time)
{
	char *name = long_name(40);
	char *request = xasprintf(CLIENT "helo_name=%s", name);
	char *first = xasprintf(SENDERS " %s", name);
	struct testing_policy *testing = testing_policy_new(
	    "smtpd_helo_restrictions = check_helo_access " SENDERS, facts);

	testing_policy_begin(testing, request);
	ck_assert_uint_eq(count_asked(testing), 32);
	testing_policy_release(testing, first);
	ck_assert_uint_eq(count_asked(testing), 33);
	testing_policy_free(testing);
	free(first);
	free(request);
	free(name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("table_waits");
	TCase *tcase = tcase_create("table_waits");

	tcase_add_loop_test(tcase, decides_as_with_a_table_of_its_own, 0,
	    sizeof decisions / sizeof decisions[0]);
	tcase_add_test(tcase, all_that_is_needed_is_asked_at_once);
	tcase_add_loop_test(tcase,
	    fixed_text_is_asked_in_lower_case_and_in_parts, 0,
	    sizeof keys / sizeof keys[0]);
	tcase_add_loop_test(tcase, what_waits_hides_nothing_behind_it, 0,
	    sizeof strict / sizeof strict[0]);
	tcase_add_test(tcase, one_after_the_other_if_told_so);
	tcase_add_test(tcase, what_comes_too_late_has_failed);
	tcase_add_test(tcase, a_long_name_gets_all_its_keys);
	tcase_add_loop_test(tcase, many_keys_hide_no_listing, 0,
	    sizeof floods / sizeof floods[0]);
	tcase_add_test(tcase, one_request_has_32_keys_in_line_at_a_time);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
