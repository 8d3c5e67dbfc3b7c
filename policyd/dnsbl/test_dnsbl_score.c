#include <event2/event.h>

#include "testing.h"
#include "dnsbl_score.h"
#include "testing_dns_answer.h"

static struct event_base *base;
static struct dnsbls *dnsbls;
static struct dnsbl_score score;

static void *
ask_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	(void)ctx;
	(void)name;
	(void)type;
	(void)done;
	return arg; /* never answered */
}

static void
cancel_dns(void *question)
{
	(void)question;
}

static void
setup(void)
{
	static const struct dnsbl_dns dns = { .ask = ask_dns,
		.cancel = cancel_dns };
	static const struct dnsbl_options options = { .untested = "" };

	base = event_base_new();
	dnsbls = dnsbls_new(base, &dns, &options);
}

static void
teardown(void)
{
	dnsbl_score_free(&score);
	dnsbls_free(dnsbls);
	event_base_free(base);
}

static int
parse(const char *text, struct strbuf *err)
{
	struct conf_text conf = { 0 };
	int result;

	conf_text_set(&conf, text, (struct conf_origin){ "policyd.cf", 3 });
	result = dnsbl_score_parse(&score, dnsbls, &conf, err);
	conf_text_free(&conf);
	return result;
}

/* Lists the sites whose zone begins with 'l'; 'w' waits. */
static const struct dnsbl_answer *
answer(void *arg, struct dnsbl_site *site)
{
	static const struct dnsbl_answer listed = { .result = DNSBL_LISTED };
	static const struct dnsbl_answer failed = { .result = DNSBL_FAILED };
	int *nasked = arg;

	++*nasked;
	if (*dnsbl_site_zone(site) == 'w')
		return NULL;
	return *dnsbl_site_zone(site) == 'l' ? &listed : &failed;
}

START_TEST(adds_up_weights)
{
	static const struct {
		const char *sites, *zones;
		long sum;
	} cases[] = {
		{ "l1.test l2.test*2, n.test*4", "l1.test, l2.test", 3 },
		{ "l1.test*3 l2.test*-5", "l1.test", -2 },
		{ "l.test=127.0.0.2*2 l.test=127.0.0.[3..4]*3", "l.test", 5 },
		{ "l.l.test l.test", "l.l.test, l.test", 2 },
		{ "", "", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf err = { 0 }, zones = { 0 };
		long sum;
		int nasked = 0;

		ck_assert_int_eq(parse(cases[i].sites, &err), 0);
		ck_assert(
		    dnsbl_score_sum(&score, answer, &nasked, &sum, &zones));
		ck_assert_int_eq(sum, cases[i].sum);
		testing_eat(&zones, cases[i].zones);
		dnsbl_score_free(&score);
	}
}
END_TEST

START_TEST(asks_all_before_it_waits)
{
	struct strbuf err = { 0 }, zones = { 0 };
	long sum;
	int nasked = 0;

	ck_assert_int_eq(parse("w1.test w2.test l.test", &err), 0);
	ck_assert(!dnsbl_score_sum(&score, answer, &nasked, &sum, &zones));
	ck_assert_int_eq(nasked, 3);
	strbuf_free(&zones);
}
END_TEST

START_TEST(names_every_error)
{
	struct strbuf err = { 0 };

	ck_assert_int_eq(parse("a.test*x a..test l.test*2 b.test=1.2*1", &err),
	    -1);
	testing_eat(&err,
	    "policyd.cf:3: a.test*x: the weight is no number\n"
	    "policyd.cf:3: a..test is no name of a DNS zone\n"
	    "policyd.cf:3: bad filter 1.2: give four fields as in "
	    "127.0.0.[2..11;20], numbers from 0 to 255\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_score");
	TCase *tc = tcase_create("dnsbl_score");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, adds_up_weights);
	tcase_add_test(tc, asks_all_before_it_waits);
	tcase_add_test(tc, names_every_error);
	return testing_run(suite);
}
