#include <string.h>
#include <sys/socket.h>

#include "auth_line.h"
#include "testing.h"

static char buffer[512];

static bool
parse(struct auth_line *line, const char *text)
{
	ck_assert_uint_lt(strlen(text), sizeof buffer);
	strcpy(buffer, text);
	return auth_line_parse(line, buffer);
}

START_TEST(reads_what_the_clients_send)
{
	static const struct {
		const char *text;
		const char *service, *address, *response; /* NULL: none */
		bool no_penalty, final_with_data;
	} lines[] = {
		/* Postfix 2.3, 2.5, 2.6 and later, with an unknown client */
		{ "1\tPLAIN\tservice=smtp\tresp=AGE=", "smtp", "",
		    "AGE=", false, false },
		{ "1\tPLAIN\tservice=smtp\tnologin", "smtp", "", NULL, false,
		    false },
		{ "1\tPLAIN\tservice=smtp\tnologin\tlip=192.0.2.1\t"
		  "rip=2001:db8::1\tsecured\tresp=AGE=",
		    "smtp", "2001:db8::1", "AGE=", false, false },
		{ "1\tPLAIN\tservice=smtp\tnologin\tlip=\trip=\tsecured",
		    "smtp", "", NULL, false, false },
		/* Exim */
		{ "1\tPLAIN\tservice=smtp\tsecured\tvalid-client-cert\t"
		  "rip=192.0.2.1\tlip=192.0.2.2\tnologin\tresp=",
		    "smtp", "192.0.2.1", "", false, false },
		/* chasquid */
		{ "1\tPLAIN\tservice=smtp\tsecured\tno-penalty\tnologin\t"
		  "resp=AGE=",
		    "smtp", "", "AGE=", true, false },
		/* Dovecot 2.3 and 2.4 */
		{ "1\tPLAIN\tprotocol=imap\tfinal-resp-ok\tsecured=tls\t"
		  "session=x\trip=192.0.2.1\trport=1\tresp=AGE=",
		    "imap", "192.0.2.1", "AGE=", false, true },
		/* odd ones */
		{ "1\tPLAIN", "", "", NULL, false, false },
		{ "1\tPLAIN\t\t=\t=x\tservice\tx=y=z\trip=host.example", "", "",
		    NULL, false, false },
		{ "1\tPLAIN\trip=::ffff:192.0.2.1", "", "192.0.2.1", NULL,
		    false, false },
		{ "1\tPLAIN\trip=192.0.2.1\trip=300.1.1.1", "", "192.0.2.1",
		    NULL, false, false },
		{ "1\tPLAIN\tresp=AGE=\tresp=AGI=\tservice=late", "", "",
		    "AGE=", false, false },
		{ "1\tPLAIN\tservice=a\001tb\001\001x\001n", "a\tb\001x\n", "",
		    NULL, false, false },
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct auth_line line;
		struct strbuf address = { 0 };

		ck_assert_msg(parse(&line, lines[i].text), "%s", lines[i].text);
		ck_assert_uint_eq(line.id, 1);
		ck_assert_str_eq(line.mechanism, "PLAIN");
		ck_assert_str_eq(line.service, lines[i].service);
		ip_print(&line.client, &address);
		testing_eat(&address, lines[i].address);
		if (lines[i].response == NULL)
			ck_assert_ptr_null(line.response);
		else
			ck_assert_str_eq(line.response, lines[i].response);
		ck_assert(line.no_penalty == lines[i].no_penalty);
		ck_assert(line.final_with_data == lines[i].final_with_data);
	}
}
END_TEST

START_TEST(needs_a_number)
{
	static const char *const bad[] = { "", "\t", "x\tPLAIN", "-1\tPLAIN",
		"4294967296\tPLAIN", " 1\tPLAIN", "1x\tPLAIN", "+1\tPLAIN",
		"99999999999999999999\tPLAIN" };
	struct auth_line line;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!parse(&line, bad[i]), "%s", bad[i]);
	ck_assert(!auth_line_parse(&line, NULL));
	ck_assert(parse(&line, "4294967295\tPLAIN"));
	ck_assert_uint_eq(line.id, 4294967295U);
	/* Postfix counts through 0 after 2^32 requests. */
	ck_assert(parse(&line, "0\tPLAIN"));
	ck_assert(parse(&line, "7"));
	ck_assert_str_eq(line.mechanism, "");
}
END_TEST

START_TEST(knows_responses)
{
	static const struct {
		const char *base64, *bytes; /* NULL: not base64 */
		bool only_initial;
	} cases[] = {
		{ "", "", false },
		{ "=", "", true },
		{ "aGVsbG8=", "hello", false },
		{ "*", NULL, false },
		{ "A", NULL, false },
		{ "====", NULL, false },
		{ "aGVs bG8=", NULL, false },
		{ "aGVsbG8", NULL, false },
		{ "aGVsbG8=x", NULL, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct strbuf out = { 0 };

		ck_assert_int_eq(
		    auth_line_initial_response(cases[i].base64, &out),
		    cases[i].bytes != NULL);
		testing_eat(&out, cases[i].bytes != NULL ? cases[i].bytes : "");
		ck_assert_int_eq(auth_line_response(cases[i].base64, &out),
		    cases[i].bytes != NULL && !cases[i].only_initial);
		strbuf_free(&out);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth_line");
	TCase *tc = tcase_create("auth_line");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_what_the_clients_send);
	tcase_add_test(tc, needs_a_number);
	tcase_add_test(tc, knows_responses);
	return testing_run(suite);
}
