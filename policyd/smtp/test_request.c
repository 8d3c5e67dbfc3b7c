/*
 * Requests of the policy protocol, as bytes and as people type them.
 */
#include <string.h>

#include "request.h"
#include "testing.h"

/* Parse text that lives on in bytes. */
static ssize_t
parse(struct request *request, char *bytes, const char *text,
    struct strbuf *err)
{
	memcpy(bytes, text, strlen(text) + 1);
	return request_parse(request, bytes, strlen(text), err);
}

static const struct {
	const char *text, *sender, *recipient;
	ssize_t len; /* 0: not complete, -1: unusable */
} texts[] = {
	{ "sender=a\nrecipient=b\n\n", "a", "b", 22 },
	{ "recipient=b\nsender=a\n\n", "a", "b", 22 },
	{ "sender=a\r\nrecipient=b\r\n\r\n", "a", "b", 25 },
	{ "sender=a\n\nrecipient=b\n\n", "a", "", 10 }, /* the next one */
	{ "sender=a=b\nrecipient=\n\n", "a=b", "", 23 },
	{ "sender=a\nsender=b\n\n", "b", "", 19 }, /* the last one counts */
	{ "\n", "", "", 1 },
	/* of a newer Postfix, and what only begins as a name does */
	{ "of_tomorrow=x\nsender=a\n\n", "a", "", 24 },
	{ "senders=x\nsende=y\nSender=z\n\n", "", "", 28 },
	{ "helo_name=h\nsenders=x\n\n", "", "", 23 },
	{ "=x\nsender=a\n\n", "a", "", 13 }, { "", "", "", 0 },
	{ "sender=a", "", "", 0 }, { "sender=a\n", "", "", 0 },
	{ "sender=a\r\n\r", "", "", 0 }, { "sender\n\n", "", "", -1 },
	{ "sender\nrecipient=b\n", "", "", -1 }, /* without the end, too */
};

START_TEST(a_request_ends_with_an_empty_line)
{
	struct request request;
	struct strbuf err = { 0 };
	char bytes[100];
	ssize_t len = parse(&request, bytes, texts[_i].text, &err);

	ck_assert_int_eq(len, texts[_i].len);
	if (len > 0) {
		ck_assert_str_eq(request.sender, texts[_i].sender);
		ck_assert_str_eq(request.recipient, texts[_i].recipient);
	} else if (len == 0) { /* more is to come: nothing is changed */
		ck_assert_str_eq(bytes, texts[_i].text);
	}
	testing_eat(&err, len == -1 ? "a line without \"=\"" : "");
}
END_TEST

START_TEST(a_nul_makes_a_request_unusable)
{
	static const char text[] = "sender=a\0b\nrecipient=b\n\n";
	struct request request;
	struct strbuf err = { 0 };
	char bytes[sizeof text];

	memcpy(bytes, text, sizeof text);
	ck_assert_int_eq(request_parse(&request, bytes, sizeof text - 1, &err),
	    -1);
	testing_eat(&err, "a NUL in the request");
}
END_TEST

static const struct {
	const char *word;
	enum protocol_state state;
	bool has_sender; /* with an empty one */
} states[] = {
	{ "CONNECT", STATE_CONNECT, false },
	{ "XCLIENT", STATE_CONNECT, false },
	{ "EHLO", STATE_HELO, false },
	{ "HELO", STATE_HELO, false },
	{ "MAIL", STATE_MAIL, true },
	{ "RCPT", STATE_RCPT, true },
	{ "", STATE_RCPT, true },
	{ "VRFY", STATE_VRFY, false },
	{ "ETRN", STATE_ETRN, false },
	{ "DATA", STATE_DATA, true },
	{ "BDAT", STATE_DATA, true },
	{ "END-OF-MESSAGE", STATE_END_OF_MESSAGE, true },
	{ "AUTH", STATE_UNKNOWN, false },
	{ "rcpt", STATE_UNKNOWN, false },
	{ "RCPT ", STATE_UNKNOWN, false },
};

START_TEST(the_state_says_what_a_request_has)
{
	struct request request;

	request_init(&request);
	ck_assert(request_set(&request, "protocol_state", 14, states[_i].word));
	request_complete(&request);
	ck_assert_int_eq(request.state, states[_i].state);
	ck_assert_int_eq(request.has_state, states[_i].word[0] != '\0');
	ck_assert_int_eq(request_has_sender(&request), states[_i].has_sender);
}
END_TEST

START_TEST(at_vrfy_a_sender_is_one_that_is_not_empty)
{
	struct request request;

	request_init(&request);
	request_set(&request, "protocol_state", 14, "VRFY");
	request_set(&request, "sender", 6, "a@example");
	request_complete(&request);
	ck_assert(request_has_sender(&request));
}
END_TEST

static const struct {
	const char *request, *state;
	bool is_ours;
} services[] = {
	{ "smtpd_access_policy", "RCPT", true },
	{ "smtpd_access_policy", "", true },
	{ "", "RCPT", true },
	{ "", "", false },
	{ "junk", "RCPT", false },
};

START_TEST(a_request_of_another_service_is_none)
{
	struct request request;
	struct strbuf err = { 0 };

	request_init(&request);
	request_set(&request, "request", 7, services[_i].request);
	request_set(&request, "protocol_state", 14, services[_i].state);
	request_complete(&request);
	ck_assert_int_eq(request_check(&request, &err),
	    services[_i].is_ours ? 0 : -1);
	testing_eat(&err,
	    services[_i].is_ours
		? ""
		: "no request=smtpd_access_policy in a request");
}
END_TEST

static const struct {
	const char *name, *value, *fault; /* "": it is well */
} values[] = {
	{ "request", "smtpd_access_policy", "" },
	{ "request", "smtpd", "request=smtpd: not smtpd_access_policy" },
	{ "client_address", "192.0.2.1", "" },
	{ "client_address", "2001:db8::1", "" },
	{ "client_address", "unknown", "" },
	{ "client_address", "", "" },
	{ "client_address", "300.1.1.1",
	    "client_address=300.1.1.1: no IP address" },
	{ "client_name", "unknown", "" },
	{ "client_name", "mail.example", "" },
	{ "client_name", "two words",
	    "client_name=two words: no host name (\"unknown\" where there "
	    "is none)" },
	{ "client_port", "65535", "" },
	{ "client_port", "65536", "client_port=65536: no port" },
	{ "client_port", "unknown", "" },
	{ "recipient_count", "0", "" },
	{ "recipient_count", "-1", "recipient_count=-1: no number" },
	{ "size", "12k", "size=12k: no number" },
	{ "instance", "5a.4.f-0_1", "" },
	{ "instance", "a b",
	    "instance=a b: letters, digits, '.', '_' and '-' only" },
	{ "ccert_fingerprint", "0a:FF", "" },
	{ "ccert_fingerprint", "0a:F",
	    "ccert_fingerprint=0a:F: no fingerprint" },
	{ "ccert_fingerprint", "0aFF",
	    "ccert_fingerprint=0aFF: no fingerprint" },
	{ "sender", "what \"ever\"", "" },
	{ "protocol_state", "BDAT", "" },
	{ "protocol_state", "RCTP",
	    "protocol_state=RCTP: Postfix sends no such state, did you mean "
	    "RCPT?" },
};

START_TEST(who_types_a_request_is_told_of_a_value_that_none_has)
{
	struct request request;
	struct strbuf err = { 0 };
	const char *fault = values[_i].fault;

	request_init(&request);
	ck_assert(request_set(&request, values[_i].name,
	    strlen(values[_i].name), values[_i].value));
	request_complete(&request);
	ck_assert_int_eq(request_check_values(&request, &err),
	    fault[0] == '\0' ? 0 : -1);
	testing_eat(&err, fault);
}
END_TEST

START_TEST(a_mistyped_name_is_told_from_an_unknown_one)
{
	struct request request;

	request_init(&request);
	ck_assert(!request_set(&request, "client_nmae", 11, "x"));
	ck_assert_str_eq(request_attribute_hint("client_nmae"),
	    ", did you mean client_name?");
	ck_assert_str_eq(request_attribute_hint("client_name"), "");
	ck_assert_str_eq(request_attribute_hint("compatibility_level"), "");
}
END_TEST

START_TEST(attributes_stand_in_the_order_of_postfix)
{
	struct request request;
	char bytes[100];
	size_t n = 0;

	parse(&request, bytes, "client_name=x\n\n", &(struct strbuf){ 0 });
	ck_assert_str_eq(request_attribute_name(0), "request");
	ck_assert_str_eq(request_attribute_name(4), "client_name");
	ck_assert_str_eq(request_attribute_value(&request, 4), "x");
	while (request_attribute_name(n) != NULL)
		n++;
	ck_assert_str_eq(request_attribute_name(n - 1), "policy_context");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("request");
	TCase *tc = tcase_create("request");

	tcase_add_loop_test(tc, a_request_ends_with_an_empty_line, 0,
	    sizeof texts / sizeof texts[0]);
	tcase_add_test(tc, a_nul_makes_a_request_unusable);
	tcase_add_loop_test(tc, the_state_says_what_a_request_has, 0,
	    sizeof states / sizeof states[0]);
	tcase_add_test(tc, at_vrfy_a_sender_is_one_that_is_not_empty);
	tcase_add_loop_test(tc, a_request_of_another_service_is_none, 0,
	    sizeof services / sizeof services[0]);
	tcase_add_loop_test(tc,
	    who_types_a_request_is_told_of_a_value_that_none_has, 0,
	    sizeof values / sizeof values[0]);
	tcase_add_test(tc, a_mistyped_name_is_told_from_an_unknown_one);
	tcase_add_test(tc, attributes_stand_in_the_order_of_postfix);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
