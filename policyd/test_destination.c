/*
 * Where mail to an address goes.
 */
#include "destination.h"
#include "policy.h"
#include "table.h"
#include "testing_policy.h"

static const char config[] =
    "myhostname = mail.home.example\nmydomain = home.example\n"
    "myorigin = $mydomain\n"
    "mydestination = $myhostname, localhost, home.example\n"
    "relay_domains = relay.example\n"
    "virtual_alias_domains = alias.example\n"
    "virtual_mailbox_domains = box.example\n"
    "inet_interfaces = 192.0.2.25 [2001:db8::25]\n";

#define LOCAL   DESTINATION_LOCAL
#define RELAY   DESTINATION_RELAY
#define ALIAS   DESTINATION_ALIAS
#define MAILBOX DESTINATION_MAILBOX
#define DEFAULT DESTINATION_DEFAULT

/* What is optional; and this host's name is none of ours. */
static const char odd_config[] = "myhostname = mail.home.example\n"
				 "mydomain = home.example\n"
				 "mydestination = home.example, 192.0.2.25\n"
				 "resolve_null_domain = yes\n"
				 "resolve_numeric_domain = yes\n";

struct example {
	const char *address, *resolved;
	enum destination_class class;
	bool is_authorised;
};

static const struct example cases[] = {
	{ "b@home.example", "b@home.example", LOCAL, true },
	{ "B@Home.Example.", "b@home.example", LOCAL, true },
	{ "b", "b@home.example", LOCAL, true },
	{ "b@sub.home.example", "b@sub.home.example", DEFAULT, false },
	{ "b@[192.0.2.25]", "b@[192.0.2.25]", LOCAL, true },
	{ "b@[IPv6:2001:db8::25]", "b@[ipv6:2001:db8::25]", LOCAL, true },
	{ "b@[192.0.2.26]", "b@[192.0.2.26]", DEFAULT, false },
	{ "b@192.0.2.25", "b@192.0.2.25", DEFAULT, false },
	{ "b@a.relay.example", "b@a.relay.example", RELAY, true },
	{ "b@xrelay.example", "b@xrelay.example", DEFAULT, false },
	{ "b@alias.example", "b@alias.example", ALIAS, true },
	{ "b@a.alias.example", "b@a.alias.example", DEFAULT, false },
	{ "b@box.example", "b@box.example", MAILBOX, true },
	/* routing operators */
	{ "b%else.example@home.example", "b@else.example", DEFAULT, false },
	{ "b%home.example@home.example", "b@home.example", LOCAL, true },
	{ "else.example!b@home.example", "b@else.example", DEFAULT, false },
	{ "b@else.example@home.example", "b@else.example", DEFAULT, false },
	{ "b%x@relay.example", "b%x@relay.example", RELAY, false },
	{ "x!b@relay.example", "x!b@relay.example", RELAY, false },
	{ "else.example!b", "b@else.example", DEFAULT, false },
	{ "b%else.example", "b@else.example", DEFAULT, false },
	{ "@x:b@else.example@home.example", "b@else.example", DEFAULT, false },
	/* what is no address */
	{ "b@", "b@", DEFAULT, false },
	{ "@home.example", "mailer-daemon@home.example", LOCAL, true },
	{ "b@home..example", "b@home..example", DEFAULT, false },
	{ "b@-x.relay.example", "b@-x.relay.example", DEFAULT, false },
	{ "b@home.example..", "b@home.example..", DEFAULT, false },
};

static const struct example odd_cases[] = {
	{ "b@", "b@mail.home.example", DEFAULT, false },
	{ "b@home.example@", "b@home.example", LOCAL, true },
	{ "b@192.0.2.25", "b@[192.0.2.25]", LOCAL, true },
	{ "b@192.0.2.26", "b@[192.0.2.26]", DEFAULT, false },
};

static void
check_example(const char *text, const struct example *example)
{
	struct testing_policy *testing = testing_policy_new(text, NULL);
	const struct policies *policies = testing_policy_policies(testing);
	struct table_view tables = table_view(tables_hold(policies->tables));
	struct arena arena = { 0 };
	struct destination dest;

	ck_assert_int_eq(destination_resolve(&dest, policies->policies[0],
			     &tables, &arena, example->address),
	    0);
	ck_assert_str_eq(dest.address, example->resolved);
	ck_assert_int_eq(dest.class, example->class);
	ck_assert(destination_is_authorised(&dest, policies->policies[0]) ==
	    example->is_authorised);
	arena_free(&arena);
	tables_release(tables.snapshot);
	testing_policy_free(testing);
}

START_TEST(resolves_as_postfix_does)
{
	check_example(config, &cases[_i]);
}
END_TEST

START_TEST(resolves_null_and_numeric_domains)
{
	check_example(odd_config, &odd_cases[_i]);
}
END_TEST

#define COUNT(array) (sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("destination");
	TCase *tcase = tcase_create("destination");

	tcase_add_loop_test(tcase, resolves_as_postfix_does, 0, COUNT(cases));
	tcase_add_loop_test(tcase, resolves_null_and_numeric_domains, 0,
	    COUNT(odd_cases));
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
