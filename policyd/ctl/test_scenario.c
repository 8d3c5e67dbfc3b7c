/*
 * Reading of scenarios: what stands where, and what is said of mistakes.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dns_message.h"
#include "scenario.h"
#include "testing.h"

/* The file, read and gone again; its name in err becomes FILE. */
static enum conf_result
read_text(struct scenario *scenario, const char *text, struct strbuf *err)
{
	char path[] = "/tmp/scenarioXXXXXX";
	int fd = mkstemp(path);
	struct strbuf said = { 0 };
	enum conf_result result;

	ck_assert_int_eq(dprintf(fd, "%s", text), (int)strlen(text));
	close(fd);
	result = scenario_read(scenario, path, &said);
	unlink(path);
	for (const char *at = strbuf_str(&said); *at != '\0';) {
		bool is_path = strncmp(at, path, strlen(path)) == 0;

		strbuf_adds(err, is_path ? "FILE" : "");
		at += is_path ? strlen(path) : 0;
		strbuf_addc(err, *at++);
	}
	strbuf_free(&said);
	return result;
}

static const struct {
	const char *text, *error;
} mistakes[] = {
	{ "", "there is no request: (from FILE)\n" },
	{ "config:\n  a = b\n", "FILE:1: there is no request:\n" },
	{ "request: x\n  sender=\n",
	    "FILE:1: the request has no action= to expect\n" },
	{ "request: x\n  action=OK\n\nrequest: y\n\n",
	    "FILE:4: the request has no action= to expect\n" },
	{ "request: x\n  sender\n  action=OK\n",
	    "FILE:2: expected NAME=VALUE\n" },
	{ "reqest: x\n  a=b\nrequest: y\n  action=OK\n",
	    "FILE:1: expected config:, dns:, tables:, state: or request:\n" },
	{ "dns:\n  a.example SOA x\nrequest: y\n  action=OK\n",
	    "FILE:2: expected NAME TYPE VALUE, TYPE one of A AAAA MX NS PTR "
	    "TXT\n" },
	{ "dns:\n  a.example A\n    2001:db8::1\nrequest: y\n  action=OK\n",
	    "FILE:2: 2001:db8::1: no address for A\n" },
	{ "state:\n  client 192.0.2.1\nrequest: y\n  action=OK\n",
	    "FILE:2: expected NAME: VALUE, as explain shows it\n" },
	{ "state:\n  client 192.0.2.1: alow\nrequest: y\n  action=OK\n",
	    "FILE:2: expected client ADDRESS: allow or deny, as explain shows "
	    "it\n" },
	{ "state:\n  client 192.0.2.1: allow, 3x left\n"
	  "request: y\n  action=OK\n",
	    "FILE:2: expected client ADDRESS: allow or deny, as explain shows "
	    "it\n" },
	{ "state:\n  client 192.0.2.1/24: deny\nrequest: y\n  action=OK\n",
	    "FILE:2: 192.0.2.1/24: bits are set behind the mask, did you mean "
	    "192.0.2.0/24?\n" },
	{ "state:\n  messages of user fred in 1h: 5\nrequest: y\n"
	  "  action=OK\n",
	    "FILE:2: \"user\": no key of rate limits\n" },
	{ "state:\n  messages of sendr fred in 1h: 5\nrequest: y\n"
	  "  action=OK\n",
	    "FILE:2: \"sendr\": no key of rate limits, did you mean sender?\n" },
	{ "state:\n  mesages of sender fred in 1h: 5\nrequest: y\n"
	  "  action=OK\n",
	    "FILE:2: expected UNIT of KEY VALUE in TIME: N of N, and N "
	    "reserved, as explain shows it, did you mean messages?\n" },
	{ "state:\n  clinet 192.0.2.1: deny\nrequest: y\n  action=OK\n",
	    "FILE:2: expected UNIT of KEY VALUE in TIME: N of N, and N "
	    "reserved, as explain shows it, did you mean client?\n" },
	{ "state:\n  messages of sender a in 1x: 5\nrequest: y\n"
	  "  action=OK\n",
	    "FILE:2: expected UNIT of KEY VALUE in TIME: N of N, and N "
	    "reserved, as explain shows it\n" },
	{ "state:\n  messages of sender a in 1h: 5 of\nrequest: y\n"
	  "  action=OK\n",
	    "FILE:2: expected UNIT of KEY VALUE in TIME: N of N, and N "
	    "reserved, as explain shows it\n" },
	{ "tables:\n  proxy:mysql:/x\nrequest: y\n  action=OK\n",
	    "FILE:2: expected TABLE KEY VALUE, TABLE as "
	    "proxy:mysql:/etc/postfix/access.cf\n" },
	{ "tables:\n  a.example A x\nrequest: y\n  action=OK\n",
	    "FILE:2: expected TABLE KEY VALUE, TABLE as "
	    "proxy:mysql:/etc/postfix/access.cf\n" },
	{ "state:\n  fred: suspended by me\nrequest: y\n  action=OK\n",
	    "FILE:2: expected LOGIN: not suspended, or suspended by whom, as "
	    "explain shows it\n" },
	/* a configuration is for what stands behind it */
	{ "request: x\n  action=OK\nconfig:\n  a = b\nrequest: y\n  action=OK\n",
	    "FILE:3: config: stands before the requests that it is for\n" },
	{ "config:\n  a = b\nconfig:\n  a = c\nrequest: y\n  action=OK\n",
	    "FILE:1: there is no request:\n" },
	/* all at once */
	{ "what:\nrequest: x\n  sender\n",
	    "FILE:1: expected config:, dns:, tables:, state: or request:\n"
	    "FILE:3: expected NAME=VALUE\n"
	    "FILE:2: the request has no action= to expect\n" },
};

START_TEST(a_mistake_is_an_error_with_its_line)
{
	struct scenario scenario;
	struct strbuf err = { 0 };

	ck_assert_int_eq(read_text(&scenario, mistakes[_i].text, &err),
	    CONF_BAD);
	testing_eat(&err, mistakes[_i].error);
	scenario_free(&scenario);
}
END_TEST

START_TEST(a_name_that_is_nearly_an_attribute_is_warned_of)
{
	struct scenario scenario;
	struct strbuf err = { 0 };

	ck_assert_int_eq(read_text(&scenario,
			     "request: x\n  sendr=a@example\n  "
			     "of_a_newer_postfix=x\n  action=OK\n",
			     &err),
	    CONF_OK);
	testing_eat(&err,
	    "FILE:2: warning: sendr is no attribute of a policy request, did "
	    "you mean sender?\n");
	scenario_free(&scenario);
}
END_TEST

START_TEST(a_line_that_is_indented_deeper_continues_the_one_before)
{
	struct scenario scenario;
	struct strbuf err = { 0 };
	const struct scenario_request *request;

	ck_assert_int_eq(read_text(&scenario,
			     "# a comment\n"
			     "request:  of   two lines \n"
			     "\tsender=a@example\r\n"
			     "\t# within, too\n"
			     "\taction=554 5.7.1\n"
			     "\n"
			     "\t\tno\n"
			     "\trecipient=b c\n",
			     &err),
	    CONF_OK);
	testing_eat(&err, "");
	ck_assert_uint_eq(scenario.n, 1);
	ck_assert_int_eq(scenario.parts[0].line, 0); /* no config */
	ck_assert_uint_eq(scenario.parts[0].n, 1);
	request = &scenario.parts[0].requests[0];
	ck_assert_int_eq(request->line, 2);
	ck_assert_str_eq(request->title, "of   two lines");
	ck_assert_str_eq(request->action, "554 5.7.1 no");
	ck_assert_str_eq(request->attributes,
	    "sender=a@example\nrecipient=b c\n");
	scenario_free(&scenario);
}
END_TEST

START_TEST(a_configuration_is_for_the_requests_behind_it)
{
	struct scenario scenario;
	struct strbuf err = { 0 };

	ck_assert_int_eq(read_text(&scenario,
			     "config:\n"
			     "  one = 1,\n"
			     "    2\n"
			     "request: a\n"
			     "  action=OK\n"
			     "request: b\n"
			     "  action=OK\n"
			     "config:\n"
			     "  two = 2\n"
			     "request: c\n"
			     "  action=OK\n",
			     &err),
	    CONF_OK);
	testing_eat(&err, "");
	ck_assert_uint_eq(scenario.n, 2);
	ck_assert_uint_eq(scenario.parts[0].n, 2);
	ck_assert_uint_eq(scenario.parts[1].n, 1);
	ck_assert_str_eq(scenario.parts[1].requests[0].title, "c");
	/* every line where it is in the file */
	ck_assert_str_eq(strbuf_str(&scenario.parts[0].text),
	    "\none = 1,\n\t2\n\n\n\n\n");
	ck_assert_int_eq(scenario.parts[1].line, 8);
	ck_assert_str_eq(strbuf_str(&scenario.parts[1].text),
	    "\ntwo = 2\n\n\n");
	scenario_free(&scenario);
}
END_TEST

static void
on_answer(void *arg, const struct dns_answer *answer)
{
	*(enum dns_status *)arg = answer->status;
}

START_TEST(dns_holds_for_the_whole_file)
{
	struct scenario scenario;
	struct strbuf err = { 0 };
	struct fact_source source;
	enum dns_status status = DNS_FAILED;

	ck_assert_int_eq(read_text(&scenario,
			     "request: a\n  action=OK\n"
			     "dns:\n  A.example A\n    192.0.2.1\n",
			     &err),
	    CONF_OK);
	source = fact_file_source(scenario.facts);
	source.ask_dns(source.ctx, "a.EXAMPLE", DNS_A, on_answer, &status);
	ck_assert_int_eq(status, DNS_FOUND);
	scenario_free(&scenario);
}
END_TEST

static void
expect_unreadable(const char *path, const char *why)
{
	struct scenario scenario;
	struct strbuf err = { 0 };

	ck_assert_int_eq(scenario_read(&scenario, path, &err), CONF_UNREADABLE);
	testing_eat(&err, why);
	scenario_free(&scenario);
}

START_TEST(a_file_that_is_not_there_is_unreadable)
{
	expect_unreadable("/nonexistent",
	    "open /nonexistent: No such file or directory\n");
}
END_TEST

START_TEST(nor_can_a_directory_be_read)
{
	expect_unreadable("/", "read /: Is a directory\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scenario");
	TCase *tc = tcase_create("scenario");

	tcase_add_loop_test(tc, a_mistake_is_an_error_with_its_line, 0,
	    sizeof mistakes / sizeof mistakes[0]);
	tcase_add_test(tc, a_name_that_is_nearly_an_attribute_is_warned_of);
	tcase_add_test(tc,
	    a_line_that_is_indented_deeper_continues_the_one_before);
	tcase_add_test(tc, a_configuration_is_for_the_requests_behind_it);
	tcase_add_test(tc, dns_holds_for_the_whole_file);
	tcase_add_test(tc, a_file_that_is_not_there_is_unreadable);
	tcase_add_test(tc, nor_can_a_directory_be_read);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
