/*
 * What people see of DNS lists.
 */
#include "testing_dnsbl.h"
#include "metrics.h"

static struct strbuf out;

static bool
shows(const char *text)
{
	return strstr(strbuf_str(&out), text) != NULL;
}

static void
describe(void)
{
	strbuf_truncate(&out, 0);
	dnsbls_describe(dnsbls, &out);
}

static void
end(void)
{
	strbuf_free(&out);
}

START_TEST(a_list_stands_there_with_its_state_and_counters)
{
	start();
	ask_site(site("bl.test", DNSBL_BLOCKS), "4.3.2.1");
	describe();
	ck_assert(shows("bl.test                      ipv4 ok "));
	strbuf_truncate(&out, 0);
	dnsbls_describe_json(dnsbls, &out);
	ck_assert(
	    shows("\"zone\":\"bl.test\",\"kind\":\"ipv4\",\"state\":\"ok\""));
	ck_assert(shows("\"queries\":1,\"hits\":1,\"failures\":0"));
	end();
}
END_TEST

START_TEST(a_bad_list_says_why_and_what_to_do)
{
	say("1.0.0.127.bl", DNS_A, "127.0.0.2");
	start();
	site("bl.test", DNSBL_BLOCKS);
	describe();
	ck_assert(shows("quarantined"));
	ck_assert(shows("lists 127.0.0.1, which no list may\n"));
	strbuf_truncate(&out, 0);
	dnsbls_describe_json(dnsbls, &out);
	ck_assert(shows("\"remedy\":\"take it out of the configuration"));
	end();
}
END_TEST

/* Most lists hold no IPv6 addresses, which is no news. */
START_TEST(ipv6_is_shown_once_somebody_asks)
{
	struct dnsbl_site *s;

	say("2.0.0.0.0.0.f.7.", DNS_A, "");
	start();
	s = site("bl.test", DNSBL_BLOCKS);
	describe();
	ck_assert(!shows("ipv6"));
	ask_kind(s, DNSBL_IP6, "1.0.0.0");
	describe();
	ck_assert(shows("ipv6"));
	end();
}
END_TEST

START_TEST(nobody_sees_a_key)
{
	struct metrics metrics = { .out = &out, .program = "policyd" };

	start();
	site("0123456789abcdef.bl.test", DNSBL_BLOCKS);
	describe();
	dnsbls_describe_json(dnsbls, &out);
	dnsbls_metrics(dnsbls, &metrics);
	ck_assert(shows("dnsbl_state{zone=\"bl.test\""));
	ck_assert(!shows("0123456789abcdef"));
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dnsbl_report");
	TCase *tc = tcase_create("dnsbl_report");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_list_stands_there_with_its_state_and_counters);
	tcase_add_test(tc, a_bad_list_says_why_and_what_to_do);
	tcase_add_test(tc, ipv6_is_shown_once_somebody_asks);
	tcase_add_test(tc, nobody_sees_a_key);
	return testing_run(suite);
}
