/* Tests of facts.c. */
#include <stdio.h>
#include <time.h>

#include "match_list.h"
#include "policy.h"
#include "providers.h"
#include "testing.h"

static void *
ask_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	(void)name;
	(void)type;
	(void)done;
	(void)arg;
	return ctx; /* there is never an answer */
}

static void
cancel_dns(void *question)
{
	++*(int *)question;
}

static unsigned nasked; /* of lists */

static void *
ask_dnsbl(void *ctx, struct dnsbl_site *site, enum dnsbl_kind kind,
    const char *label, dnsbl_done *done, void *arg)
{
	(void)site;
	(void)kind;
	(void)label;
	(void)done;
	(void)arg;
	nasked++;
	return ctx; /* nor from them */
}

static struct facts *
facts_of(int *cancelled)
{
	static struct fact_source source;
	struct facts *facts;

	*cancelled = 0;
	source = (struct fact_source){ .ask_dns = ask_dns,
		.cancel_dns = cancel_dns,
		.ask_dnsbl = ask_dnsbl,
		.cancel_dnsbl = cancel_dns,
		.ctx = cancelled };
	facts = facts_new(&source, NULL, NULL);
	facts_begin(facts, NULL);
	return facts;
}

/* What it costs to look at n facts, so many times: the least of five, as who
 * shares the caches of a busy machine pays for others, too. */
static clock_t
cost_of_looks(struct facts *facts, int n, int times)
{
	static char names[FACTS_MAX][16];
	clock_t before, cost, least = 0;

	for (int i = 0; i < n; i++)
		snprintf(names[i], sizeof names[i], "h%d", i);
	for (int round = 0; round < 5; round++) {
		before = clock();
		for (int i = 0; i < n * times; i++)
			if (facts_dns(facts, names[i % n], DNS_A)->value !=
			    NULL)
				ck_abort();
		cost = clock() - before;
		least = round == 0 || cost < least ? cost : least;
	}
	return least;
}

START_TEST(a_look_costs_little_among_many_facts)
{
	int cancelled;
	struct facts *facts = facts_of(&cancelled);
	clock_t few, many;

	few = cost_of_looks(facts, 20, 5000);
	many = cost_of_looks(facts, FACTS_MAX, 5000 * 20 / FACTS_MAX);
	ck_assert_int_lt(many, 12 * few);
	facts_free(facts);
	ck_assert_int_eq(cancelled, FACTS_MAX);
}
END_TEST

START_TEST(what_goes_beyond_250_has_failed)
{
	int cancelled;
	struct facts *facts = facts_of(&cancelled);
	char name[16];

	for (int i = 0; i < 300; i++) {
		const struct dns_answer *answer;

		snprintf(name, sizeof name, "h%d", i);
		answer = facts_dns(facts, name, DNS_A)->value;
		ck_assert_int_eq(answer == NULL, i < 250);
		if (answer != NULL)
			ck_assert_int_eq(answer->status, DNS_FAILED);
	}
	ck_assert_ptr_null(facts_dns(facts, "h0", DNS_A)->value);
	facts_free(facts);
	ck_assert_int_eq(cancelled, 250);
}
END_TEST

START_TEST(what_is_at_hand_is_no_way_around_the_bound)
{
	struct conf_text none = { 0 };
	struct match_list *nobody =
	    match_list_parse(&none, MATCH_DOMAIN, NULL, NULL, NULL);
	struct policy policy = { .mydestination = nobody,
		.virtual_alias_domains = nobody,
		.virtual_mailbox_domains = nobody,
		.relay_domains = nobody };
	struct facts_input input = { .policy = &policy };
	int cancelled;
	struct facts *facts = facts_of(&cancelled);
	char name[16];

	facts_begin(facts, &input);
	for (int i = 0; i < 250; i++) {
		snprintf(name, sizeof name, "h%d", i);
		ck_assert_ptr_null(facts_dns(facts, name, DNS_A)->value);
	}
	ck_assert_ptr_nonnull(facts_destination(facts, "u@example.org")->value);
	ck_assert_ptr_nonnull(facts_dns(facts, "more", DNS_A)->value);
	facts_free(facts);
	ck_assert_int_eq(cancelled, 250);
	match_list_free(nobody);
}
END_TEST

static enum dns_status
status_of(struct facts *facts, const char *name)
{
	const struct dns_answer *answer = facts_dns(facts, name, DNS_A)->value;

	return answer->status;
}

START_TEST(what_is_asked_for_after_the_deadline_has_failed)
{
	int cancelled;
	struct facts *facts = facts_of(&cancelled);

	ck_assert_ptr_null(facts_dns(facts, "before", DNS_A)->value);
	facts_expire(facts);
	ck_assert_int_eq(cancelled, 1);
	ck_assert_int_eq(status_of(facts, "before"), DNS_FAILED);
	ck_assert_int_eq(status_of(facts, "after"), DNS_FAILED);
	facts_begin(facts, NULL);
	ck_assert_ptr_null(facts_dns(facts, "after", DNS_A)->value);
	facts_free(facts);
}
END_TEST

START_TEST(a_list_is_asked_once_for_each_kind)
{
	int cancelled;
	struct facts *facts = facts_of(&cancelled);
	struct dnsbl_site *site = (void *)&cancelled; /* not looked into */

	nasked = 0;
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_null(
		    facts_dnsbl(facts, site, DNSBL_IP4, "a")->value);
	ck_assert_uint_eq(nasked, 1);
	ck_assert_ptr_null(facts_dnsbl(facts, site, DNSBL_NAME, "a")->value);
	ck_assert_uint_eq(nasked, 2);
	facts_free(facts);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("facts");
	TCase *tcase = tcase_create("facts");

	tcase_add_test(tcase, a_look_costs_little_among_many_facts);
	tcase_add_test(tcase, what_goes_beyond_250_has_failed);
	tcase_add_test(tcase, what_is_at_hand_is_no_way_around_the_bound);
	tcase_add_test(tcase, what_is_asked_for_after_the_deadline_has_failed);
	tcase_add_test(tcase, a_list_is_asked_once_for_each_kind);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
