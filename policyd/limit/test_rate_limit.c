#include <string.h>

#include "rate_limit.h"
#include "testing.h"

static struct conf_text
text_of(const char *value)
{
	struct conf_text text = { 0 };

	conf_text_set(&text, value, (struct conf_origin){ "policyd.cf", 7 });
	return text;
}

START_TEST(reads_limits_of_keys)
{
	static const struct rate_limit expected[] = {
		{ RATE_SASL_USERNAME, 300, 3600, "1h" },
		{ RATE_SASL_USERNAME, 1000, 86400, "1d" },
		{ RATE_CLIENT_NETWORK, 2 * 1024 * 1024, 600, "600s" },
		{ RATE_SENDER_DOMAIN, 0, 60, "1m" },
	};
	struct conf_text text =
	    text_of("sasl_username 300/1h,\n"
		    "client_network 2M/600s Sender_Domain 0/1m\n"
		    "sasl_username 1000/1d");
	struct rate_limits limits;
	struct strbuf err = { 0 };

	ck_assert_int_eq(rate_limits_parse(&limits, RATE_BYTES, &text, &err),
	    0);
	ck_assert_uint_eq(limits.n, 4);
	for (size_t i = 0; i < limits.n; i++) {
		ck_assert_int_eq(limits.limits[i].key, expected[i].key);
		ck_assert_uint_eq(limits.limits[i].most, expected[i].most);
		ck_assert_int_eq(limits.limits[i].length, expected[i].length);
		ck_assert_str_eq(limits.limits[i].time, expected[i].time);
	}
	ck_assert_uint_eq(rate_limits_of_key(&limits, 0), 2);
	ck_assert_uint_eq(rate_limits_of_key(&limits, 2), 1);
	conf_text_free(&text);
}
END_TEST

static const struct {
	const char *value, *error;
} bad[] = {
	{ "sasl_usernam 3/1h",
	    "\"sasl_usernam\": no key of rate limits, did you mean "
	    "sasl_username?" },
	{ "3/1h", "\"3/1h\": no key of rate limits" },
	{ "sender", "no limit follows sender" },
	{ "sender recipient 3/1h", "no limit follows sender" },
	{ "sender 3", "\"3\": expected N/TIME, as 300/1h" },
	{ "sender x/1h", "\"x/1h\": before the / stands no number" },
	{ "sender -1/1h", "\"-1/1h\": before the / stands no number" },
	{ "sender /1h", "\"/1h\": before the / stands no number" },
	{ "sender 3/0s",
	    "\"3/0s\": behind the / stands no time from 1s to 366d" },
	{ "sender 3/400d",
	    "\"3/400d\": behind the / stands no time from 1s to 366d" },
	{ "sender 3/hour",
	    "\"3/hour\": behind the / stands no time from 1s to 366d" },
	{ "sender 3/1h sender 4/60m",
	    "\"4/60m\": sender has a limit in 1h already" },
};

START_TEST(says_what_is_wrong_and_where)
{
	struct conf_text text = text_of(bad[_i].value);
	struct rate_limits limits;
	struct strbuf err = { 0 };
	char *expected =
	    xasprintf("policyd.cf:7: byte_rate_limits: %s\n", bad[_i].error);

	ck_assert_int_eq(rate_limits_parse(&limits, RATE_BYTES, &text, &err),
	    -1);
	testing_eat(&err, expected);
	free(expected);
	conf_text_free(&text);
}
END_TEST

START_TEST(reads_what_a_table_says_of_a_login)
{
	struct rate_limits limits;
	struct strbuf err = { 0 };

	ck_assert_int_eq(rate_limits_parse_value(&limits, "None", &err), 0);
	ck_assert_uint_eq(limits.n, 0);
	ck_assert_int_eq(rate_limits_parse_value(&limits, "3/1h, 1K/1d", &err),
	    0);
	ck_assert_uint_eq(limits.n, 2);
	ck_assert_int_eq(limits.limits[1].key, RATE_SASL_USERNAME);
	ck_assert_uint_eq(limits.limits[1].most, 1024);
	ck_assert_int_eq(rate_limits_parse_value(&limits, "many", &err), -1);
	testing_eat(&err, "\"many\": expected N/TIME, as 300/1h");
	ck_assert_int_eq(rate_limits_parse_value(&limits, " ", &err), -1);
	testing_eat(&err, "expected none, or N/TIME, as 300/1h");
}
END_TEST

static const struct {
	enum rate_key key;
	const char *name, *attribute, *value;
} values[] = {
	{ RATE_SASL_USERNAME, "sasl_username", "Fred@Example.org",
	    "fred@example.org" },
	{ RATE_SASL_DOMAIN, "sasl_username", "Fred@Example.org",
	    "example.org" },
	{ RATE_SASL_DOMAIN, "sasl_username", "fred", NULL },
	{ RATE_SASL_USERNAME, "sasl_username", "", NULL },
	{ RATE_CLIENT_ADDRESS, "client_address", "192.0.2.1", "192.0.2.1" },
	{ RATE_CLIENT_ADDRESS, "client_address", "::ffff:192.0.2.1",
	    "192.0.2.1" },
	{ RATE_CLIENT_ADDRESS, "client_address", "2001:DB8:0::1",
	    "2001:db8::1" },
	{ RATE_CLIENT_ADDRESS, "client_address", "unknown", NULL },
	{ RATE_CLIENT_NETWORK, "client_address", "192.0.2.77", "192.0.2.0/24" },
	{ RATE_CLIENT_NETWORK, "client_address", "2001:db8:1:2:3::4",
	    "2001:db8:1:2::/64" },
	{ RATE_SENDER, "sender", "A@B.example", "a@b.example" },
	{ RATE_SENDER, "sender", "", NULL },
	{ RATE_SENDER_DOMAIN, "sender", "\"a@x\"@B.example", "b.example" },
	{ RATE_RECIPIENT, "recipient", "C@d.example", "c@d.example" },
	{ RATE_RECIPIENT_DOMAIN, "recipient", "c@D.example", "d.example" },
	{ RATE_RECIPIENT_DOMAIN, "recipient", "postmaster", NULL },
};

START_TEST(finds_the_value_of_a_key)
{
	struct arena arena = { 0 };
	struct request request;
	const char *value;

	request_init(&request);
	request_set(&request, values[_i].name, strlen(values[_i].name),
	    values[_i].attribute);
	request_complete(&request);
	value = rate_key_value(values[_i].key, &request, &arena);
	if (values[_i].value == NULL)
		ck_assert_ptr_null(value);
	else
		ck_assert_str_eq(value, values[_i].value);
	arena_free(&arena);
}
END_TEST

#define N(array) (int)(sizeof array / sizeof((array)[0]))

int
main(void)
{
	Suite *suite = suite_create("rate_limit");
	TCase *tcase = tcase_create("rate_limit");

	tcase_add_test(tcase, reads_limits_of_keys);
	tcase_add_loop_test(tcase, says_what_is_wrong_and_where, 0, N(bad));
	tcase_add_test(tcase, reads_what_a_table_says_of_a_login);
	tcase_add_loop_test(tcase, finds_the_value_of_a_key, 0, N(values));
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
