/*
 * explain: the text and the JSON for a request, and that it changes nothing.
 */
#include <string.h>

#include "explain.h"
#include "program.h"
#include "testing_policy.h"

static const char config[] =
    "mydestination = home.example\n"
    "smtpd_restriction_classes = strict\n"
    "strict = reject_unknown_sender_domain\n"
    "smtpd_client_restrictions = permit_mynetworks,\n"
    "  warn_if_reject reject_rbl_client bl.example\n"
    "smtpd_recipient_restrictions = check_recipient_access "
    "inline:{{b@home.example=strict}}\n"
    "unknown_client_reject_code = 550\n"
    "names/smtpd_client_restrictions =\n"
    "  reject_unknown_reverse_client_hostname,\n"
    "  reject_unknown_client_hostname\n"
    "names/smtpd_recipient_restrictions =\n"
    "dnsbl_sites = bl.example*3 good.example*-2 other.example=127.0.0.2\n"
    "dnsbl_reject_threshold = 2\n"
    "keys/smtpd_client_restrictions =\n"
    "keys/smtpd_recipient_restrictions = check_client_access "
    "inline:{{nobody.example=OK}}\n"
    "relay/relay_domains = relay.example\n"
    "relay/smtpd_client_restrictions =\n"
    "relay/smtpd_recipient_restrictions = check_relay_domains\n"
    "score/smtpd_client_restrictions = reject_dnsbl_score\n"
    "score/smtpd_recipient_restrictions =\n"
    "mynetworks = 127.0.0.0/8 !192.0.2.77 192.0.2.64/26\n";

static const struct testing_fact facts[] = {
	{ "1.2.0.192.bl.example", "a\nb" },
	{ "2.2.0.192.bl.example", "" },
	{ "2.2.0.192.good.example", "" },
	{ "PTR 10.2.0.192.in-addr.arpa", "good.example" },
	{ "A good.example", "192.0.2.99; 192.0.2.10" },
	{ "PTR 11.2.0.192.in-addr.arpa", "forged.example" },
	{ "A forged.example", "192.0.2.99" },
	{ "PTR 13.2.0.192.in-addr.arpa", "fail" },
	{ "PTR 14.2.0.192.in-addr.arpa", "late.example" },
	{ "A late.example", "fail" },
	{ "PTR 15.2.0.192.in-addr.arpa", "192.0.2.15" },
	{ "PTR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	  ".ip6.arpa",
	    "six.example" },
	{ "AAAA six.example", "2001:db8::1" },
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
	    "1.2.0.192.bl.example: listed, 127.0.0.2 \"a\\x0ab\" (0 ms)\n");
	assert_line(text, "log: decision: action=warned text=\"554 5.7.1 ");
	assert_line(text,
	    "b@home.example in inline:{{b@home.example=strict}}: strict\n");
	assert_line(text, "      reject_unknown_sender_domain  [");
	assert_line(text, "MX nx.example: no such record");
	assert_line(text,
	    "\nreply=450 4.1.2 <b@home.example>: Recipient address rejected: "
	    "<a@nx.example>: Sender address rejected: Domain not found\n"
	    "action=" ACTION "\n");
}
END_TEST

/* What lists of patterns say, and where mail goes by them. */
START_TEST(shows_lists_of_patterns)
{
	const char *text = explain(EXPLAIN_TEXT, REQUEST);

	assert_line(text, "    x.example[192.0.2.1] in mynetworks: no match\n");
	assert_line(text,
	    "    destination of b@home.example: local (mydestination)\n");
	assert_line(text,
	    "        destination of a@nx.example: elsewhere (in none of "
	    "mydestination, virtual_alias_domains, virtual_mailbox_domains, "
	    "relay_domains)\n");
	text = explain(EXPLAIN_JSON, REQUEST);
	assert_line(text,
	    "{\"fact\":\"x.example[192.0.2.1] in mynetworks\","
	    "\"value\":\"no match\",\"kind\":\"list\"}");
	assert_line(explain(EXPLAIN_TEXT,
			"policy_context=relay client_address=10.1.2.3 "
			"client_name=in.relay.example "
			"recipient=b@relay.example"),
	    "    in.relay.example in relay_domains: matches: relay.example\n");
	assert_line(explain(EXPLAIN_TEXT,
			"client_address=192.0.2.78 client_name=x.example"),
	    "    x.example[192.0.2.78] in mynetworks: matches: "
	    "192.0.2.64/26\n");
	assert_line(explain(EXPLAIN_TEXT,
			"client_address=192.0.2.77 client_name=x.example"),
	    "    x.example[192.0.2.77] in mynetworks: no match: "
	    "!192.0.2.77\n");
	assert_line(explain(EXPLAIN_TEXT,
			"policy_context=relay client_address=10.1.2.3 "
			"client_name=x.example recipient=b%c@relay.example"),
	    "    destination of b%c@relay.example: relay (relay_domains), "
	    "the local part routes on\n");
}
END_TEST

START_TEST(shows_keys_that_a_table_lacks)
{
	static const char table[] = "inline:{{nobody.example=OK}}";
	char *line = xasprintf("      x.example, example, 192.0.2.1, 192.0.2, "
			       "192.0, 192 in %s: not found\n",
	    table);

	assert_line(explain(EXPLAIN_TEXT,
			"policy_context=keys client_address=192.0.2.1 "
			"client_name=x.example"),
	    line);
	free(line);
	/* As many as people can look at. */
	assert_line(explain(EXPLAIN_TEXT,
			"policy_context=keys client_address=192.0.2.1 "
			"client_name=a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u."
			"v.example"),
	    " t.u.v.example, ... in inline:");
}
END_TEST

START_TEST(shows_how_a_score_comes_about)
{
	assert_line(explain(EXPLAIN_TEXT,
			"policy_context=score client_address=192.0.2.1 "
			"client_name=x.example"),
	    "      score: listed by bl.example (3); not listed by good.example "
	    "(-2), other.example=127.0.0.2 (1); total 3, "
	    "dnsbl_reject_threshold 2\n");
	assert_line(explain(EXPLAIN_TEXT,
			"policy_context=score client_address=192.0.2.2 "
			"client_name=x.example"),
	    "      score: listed by bl.example (3), good.example (-2); not "
	    "listed by other.example=127.0.0.2 (1); total 1, "
	    "dnsbl_reject_threshold 2\naction=DUNNO\n");
	assert_line(explain(EXPLAIN_JSON,
			"policy_context=score client_address=192.0.2.3 "
			"client_name=x.example"),
	    "(1); total 0, dnsbl_reject_threshold 2\"}]");
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

START_TEST(counts_no_hit)
{
	const struct policy *policy =
	    testing_policy_policies(testing)->policies[0];

	assert_line(explain(EXPLAIN_TEXT, REQUEST), ACTION);
	for (size_t stage = 0; stage < STAGE_COUNT; stage++)
		for (size_t i = 0; i < policy->lists[stage]->nsteps; i++)
			ck_assert_uint_eq(policy->lists[stage]->steps[i].hits,
			    0);
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

START_TEST(says_that_a_context_is_unknown)
{
	assert_line(explain(EXPLAIN_TEXT, REQUEST " policy_context=strange"),
	    "    policy_context: unknown: the lists without a context are "
	    "evaluated\n");
	assert_line(explain(EXPLAIN_TEXT, REQUEST " policy_context=nmaes"),
	    "    policy_context: unknown: the lists without a context are "
	    "evaluated, did you mean names?\n");
	ck_assert_ptr_null(
	    strstr(explain(EXPLAIN_TEXT, REQUEST " policy_context=names"),
		"unknown:"));
}
END_TEST

START_TEST(takes_a_request_without_state_for_RCPT)
{
	const char *stateless = strchr(REQUEST, ' ') + 1;

	assert_line(explain(EXPLAIN_TEXT, stateless), "\naction=" ACTION "\n");
	ck_assert_str_eq(testing_policy_ask(testing, stateless), ACTION);
}
END_TEST

#define NO_HOSTNAME(code, address)                                             \
	code ".7.25 Client host rejected: cannot find your hostname, "         \
	     "[" address "]"
#define NO_REVERSE(code, address)                                              \
	code ".7.1 Client host rejected: cannot find your reverse "            \
	     "hostname, [" address "]"

/* Clients of which only the address is known, or some of the names. */
static const struct client {
	const char *words, *action, *facts[2];
} clients[] = {
	{ "client_address=192.0.2.10", "DUNNO",
	    { "reverse_client_name: good.example\n",
		"A good.example: 192.0.2.99, 192.0.2.10 (0 ms)\n"
		"    client_name: good.example\n" } },
	{ "client_address=192.0.2.11", NO_HOSTNAME("550 5", "192.0.2.11"),
	    { "reverse_client_name: forged.example\n",
		"client_name: unknown: the name does not lead back to the "
		"address\n" } },
	{ "client_address=192.0.2.12", NO_REVERSE("550 5", "192.0.2.12"),
	    { "reverse_client_name: unknown: the address has no PTR record\n",
		"client_name: unknown\n" } },
	{ "client_address=192.0.2.13", NO_REVERSE("450 4", "192.0.2.13"),
	    { "reverse_client_name: unknown: DNS has failed", "PTR 13" } },
	{ "client_address=192.0.2.14", NO_HOSTNAME("450 4", "192.0.2.14"),
	    { "client_name: unknown: DNS has failed", "PTR 14" } },
	{ "client_address=192.0.2.15", NO_REVERSE("550 5", "192.0.2.15"),
	    { "unknown: the PTR record holds no host name\n", "PTR 15" } },
	{ "client_address=2001:db8::1", "DUNNO",
	    { "client_name: six.example\n", "AAAA six.example" } },
	{ "client_address=192.0.2.10 client_name=unknown",
	    NO_HOSTNAME("550 5", "192.0.2.10"),
	    { "reverse_client_name: good.example\n", "PTR 10" } },
	{ "client_address=192.0.2.11 reverse_client_name=good.example",
	    NO_HOSTNAME("550 5", "192.0.2.11"),
	    { "A good.example", "client_name: unknown: the name does" } },
};

START_TEST(finds_the_names_of_the_client)
{
	const struct client *client = &clients[_i];
	char *words = xasprintf("policy_context=names %s", client->words);
	char *action = xasprintf("\naction=%s\n", client->action);
	const char *text = explain(EXPLAIN_TEXT, words);

	assert_line(text,
	    "client\n    names: asked of policyd's resolver; /etc/hosts was "
	    "not read\n");
	assert_line(text, client->facts[0]);
	assert_line(text, client->facts[1]);
	assert_line(text, action);
	assert_line(explain(EXPLAIN_JSON, words),
	    "{\"client\":[{\"fact\":\"names\",");
	free(words);
	free(action);
}
END_TEST

START_TEST(asks_for_no_name_that_is_given)
{
	const char *text = explain(EXPLAIN_TEXT,
	    "policy_context=names client_address=192.0.2.12 "
	    "client_name=x.example");

	ck_assert_ptr_null(strstr(text, "PTR"));
	assert_line(text, "action=DUNNO\n");
}
END_TEST

/* As long as the names wait, lists are asked all the same. */
START_TEST(asks_lists_and_for_names_at_once)
{
	struct explain how = testing_policy_explain(testing);
	struct strbuf err = { 0 };

	testing_policy_hold(testing);
	ck_assert_int_eq(explain_start(&how, "client_address=192.0.2.10",
			     on_explained, NULL, &err),
	    0);
	ck_assert_str_eq(testing_policy_asked(testing),
	    "PTR 10.2.0.192.in-addr.arpa, 10.2.0.192.bl.example");
	testing_policy_release(testing, "10.2.0.192.bl.example");
	testing_policy_release(testing, "PTR 10.2.0.192.in-addr.arpa");
	ck_assert_uint_eq(explained.len, 0);
	testing_policy_release(testing, "A good.example");
	assert_line(strbuf_str(&explained), "client_name: good.example\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tcase = tcase_create("explain");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, names_lists_steps_facts_and_the_action);
	tcase_add_test(tcase, shows_lists_of_patterns);
	tcase_add_test(tcase, shows_keys_that_a_table_lacks);
	tcase_add_test(tcase, shows_how_a_score_comes_about);
	tcase_add_test(tcase, speaks_json);
	tcase_add_test(tcase, names_a_fact_once);
	tcase_add_test(tcase, gives_the_same_action_as_the_socket);
	tcase_add_test(tcase, counts_no_hit);
	tcase_add_test(tcase, hints_at_mistyped_attributes);
	tcase_add_loop_test(tcase, takes_no_value_that_cannot_be, 0,
	    sizeof faults / sizeof faults[0]);
	tcase_add_test(tcase, takes_what_Postfix_sends_for_unknown);
	tcase_add_test(tcase, says_that_a_context_is_unknown);
	tcase_add_test(tcase, takes_a_request_without_state_for_RCPT);
	tcase_add_loop_test(tcase, finds_the_names_of_the_client, 0,
	    sizeof clients / sizeof clients[0]);
	tcase_add_test(tcase, asks_for_no_name_that_is_given);
	tcase_add_test(tcase, asks_lists_and_for_names_at_once);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
