/*
 * The search order of access(5): which key comes before which.
 */
#include <string.h>

#include "testing_policy.h"

#define CLIENT(name, address)                                                  \
	"client_name=" name " reverse_client_name=" name                       \
	" client_address=" address " sender=a@a.example recipient=b@b.example"
#define HELO(name)      "helo_name=" name " sender=a@a.example recipient=b@b.example"
#define SENDER(address) "sender=" address " recipient=b@b.example"

/* All keys of one lookup, in order; what follows the last is not asked for. */
static const struct {
	const char *list, *check, *request, *keys[8];
	const char *not_asked;
} orders[] = {
	{ "client", "check_client_access", CLIENT("a.b.example", "192.0.2.1"),
	    { "a.b.example", "b.example", "example", "192.0.2.1", "192.0.2",
		"192.0", "192" },
	    ".b.example" },
	{ "client", "check_client_access", CLIENT("unknown", "2001:db8::1"),
	    { "unknown", "2001:db8::1", "2001:db8:", "2001:db8", "2001" },
	    "2001:db8:0" },
	{ "client", "check_reverse_client_hostname_access",
	    CLIENT("a.example", "192.0.2.1"),
	    { "a.example", "example", "192.0.2.1", "192.0.2" }, ".example" },
	{ "helo", "check_helo_access", HELO("a.b.example"),
	    { "a.b.example", "b.example", "example" }, "a.b" },
	/* an address has no parents */
	{ "helo", "check_helo_access", HELO("192.0.2.1"), { "192.0.2.1" },
	    "2.1" },
	{ "sender", "check_sender_access", SENDER("fred+x@a.example"),
	    { "fred+x@a.example", "fred@a.example", "a.example", "example",
		"fred+x@", "fred@" },
	    "x@a.example" },
	{ "sender", "check_sender_access", SENDER("fred@a.example"),
	    { "fred@a.example", "a.example", "example", "fred@" }, "fred" },
	/* one that is quoted in a message is looked for so first */
	{ "sender", "check_sender_access", SENDER("f..d@a.example"),
	    { "\"f..d\"@a.example", "f..d@a.example", "a.example", "example",
		"\"f..d\"@", "f..d@" },
	    "d@a.example" },
	{ "sender", "check_sender_access", SENDER(""), { "<>" }, "@" },
};

#define HOME                                                                   \
	"myhostname = mail.home.example\nmydomain = home.example\n"            \
	"recipient_delimiter = +\n"

/* The number of the key that is found in a table of these. */
static void
check_found(size_t order, const struct strbuf *table, const char *expected)
{
	char *config =
	    xasprintf(HOME "smtpd_%s_restrictions = %s inline:{%s}\n",
		orders[order].list, orders[order].check, strbuf_str(table));
	struct testing_policy *testing = testing_policy_new(config, NULL);
	const char *action = testing_policy_ask(testing, orders[order].request);
	const char *text = strrchr(action, ' ');

	ck_assert_msg(strcmp(text != NULL ? text + 1 : action, expected) == 0,
	    "%s: %s, not %s", strbuf_str(table), action, expected);
	testing_policy_free(testing);
	free(config);
}

/* Of a table that lacks the first keys the next one counts. */
START_TEST(the_first_key_that_is_there_counts)
{
	for (size_t first = 0; orders[_i].keys[first] != NULL; first++) {
		struct strbuf table = { 0 };
		char *expected = xasprintf("key%zu", first);

		for (size_t i = first; orders[_i].keys[i] != NULL; i++)
			strbuf_addf(&table, "{%s=REJECT key%zu},",
			    orders[_i].keys[i], i);
		check_found((size_t)_i, &table, expected);
		strbuf_free(&table);
		free(expected);
	}
}
END_TEST

START_TEST(nothing_else_is_asked_for)
{
	struct strbuf table = { 0 };

	strbuf_addf(&table, "{%s=REJECT}", orders[_i].not_asked);
	check_found((size_t)_i, &table, "DUNNO");
	strbuf_free(&table);
}
END_TEST

static const struct {
	const char *config, *request, *action;
} cases[] = {
	/* with dots, where smtpd_access_maps does not take parents */
	{ "parent_domain_matches_subdomains =\n"
	  "smtpd_helo_restrictions = check_helo_access inline:{"
	  "{b.example=REJECT},{.b.example=421 dot}}",
	    HELO("a.b.example"),
	    "421 4.7.1 <a.b.example>: Helo command rejected: dot" },
	{ "parent_domain_matches_subdomains =\n"
	  "smtpd_helo_restrictions = check_helo_access inline:{"
	  "{b.example=421 itself},{.b.example=REJECT}}",
	    HELO("b.example"),
	    "421 4.7.1 <b.example>: Helo command rejected: itself" },
	/* patterns are asked for the whole only */
	{ "smtpd_helo_restrictions = check_helo_access regexp:{"
	  "{/^b\\.example$$/ REJECT}}",
	    HELO("a.b.example"), "DUNNO" },
	{ "smtpd_client_restrictions = check_client_access regexp:{"
	  "{/^192\\.0\\.2$$/ REJECT} {/^192\\.0\\.2\\.1$$/ 421 the whole}}",
	    CLIENT("unknown", "192.0.2.1"),
	    "421 4.7.1 <unknown[192.0.2.1]>: Client host rejected: the whole" },
	{ "smtpd_sender_restrictions = check_sender_access regexp:{"
	  "{/^fred@$$/ REJECT} {/^a\\.example$$/ REJECT}}",
	    SENDER("fred@a.example"), "DUNNO" },
	/* what permits, or says nothing, is found, too */
	{ "smtpd_client_restrictions = check_client_access inline:{"
	  "{a.example=DUNNO},{192.0.2.1=REJECT}}",
	    CLIENT("a.example", "192.0.2.1"), "DUNNO" },
	/* a lookup that failed is never "not found" */
	{ "smtpd_client_restrictions = check_client_access inline:{"
	  "{a.example=},{192.0.2.1=OK}}",
	    CLIENT("a.example", "192.0.2.1"),
	    "451 4.3.5 <a.example[192.0.2.1]>: Client host rejected: Server "
	    "configuration error" },
	{ "smtpd_null_access_lookup_key = null\n"
	  "smtpd_sender_restrictions = check_sender_access inline:{"
	  "{<>=REJECT},{null=421 null}}",
	    SENDER(""), "421 4.7.1 <>: Sender address rejected: null" },
};

START_TEST(tables_are_searched_as_postfix_does)
{
	testing_policy_check(HOME, cases[_i].config, NULL, cases[_i].request,
	    cases[_i].action);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("access_map");
	TCase *tc = tcase_create("access_map");
	int norders = sizeof orders / sizeof orders[0];

	tcase_add_loop_test(tc, the_first_key_that_is_there_counts, 0, norders);
	tcase_add_loop_test(tc, nothing_else_is_asked_for, 0, norders);
	tcase_add_loop_test(tc, tables_are_searched_as_postfix_does, 0,
	    sizeof cases / sizeof cases[0]);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
