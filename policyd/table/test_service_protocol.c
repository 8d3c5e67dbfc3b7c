/*
 * Questions and answers of servers that have tables, byte by byte.
 */
#include <string.h>

#include "service_protocol.h"
#include "testing.h"

#define BYTES(text) text, sizeof text - 1

static const struct {
	const struct service_protocol *protocol;
	const char *table, *key;
	const char *bytes;
	size_t len;
} questions[] = {
	{ &service_proxymap, "mysql:/x", "a@b.example",
	    BYTES("request\0lookup\0table\0mysql:/x\0flags\000540736\0key\0"
		  "a@b.example\0\0") },
	{ &service_proxymap, "mysql:/x", "",
	    BYTES("request\0lookup\0table\0mysql:/x\0flags\000540736\0key\0"
		  "\0\0") },
	{ &service_socketmap, "srs", "a b", BYTES("7:srs a b,") },
	{ &service_socketmap, "srs", "1,2:\n", BYTES("9:srs 1,2:\n,") },
	{ &service_tcp, "", "a@b.example", BYTES("get a@b.example\n") },
	{ &service_tcp, "", "a b%\n\x7f\xc3\xa4",
	    BYTES("get a%20b%25%0A%7F%C3%A4\n") },
};

START_TEST(a_question_is_written_as_its_server_reads_it)
{
	struct strbuf out = { 0 };

	questions[_i].protocol->ask(&out, questions[_i].table,
	    questions[_i].key);
	ck_assert_uint_eq(out.len, questions[_i].len);
	ck_assert_int_eq(memcmp(out.bytes, questions[_i].bytes, out.len), 0);
	strbuf_free(&out);
}
END_TEST

static const struct {
	const struct service_protocol *protocol;
	const char *bytes;
	size_t len;
	enum lookup result;
	const char *text;
} answers[] = {
	{ &service_proxymap, BYTES("status\0000\0value\0REJECT no\0\0"),
	    LOOKUP_FOUND, "REJECT no" },
	{ &service_proxymap, BYTES("status\0000\0value\0\0\0"), LOOKUP_FOUND,
	    "" },
	{ &service_proxymap, BYTES("status\0001\0value\0\0\0"),
	    LOOKUP_NOT_FOUND, "" },
	{ &service_proxymap, BYTES("status\0002\0value\0\0\0"), LOOKUP_TEMPFAIL,
	    "proxymap(8) cannot look it up now; Postfix's log says why" },
	{ &service_proxymap, BYTES("status\0003\0value\0\0\0"), LOOKUP_TEMPFAIL,
	    "proxymap(8) does not understand the request" },
	{ &service_proxymap, BYTES("status\0004\0value\0\0\0"), LOOKUP_TEMPFAIL,
	    "proxymap(8) may not look into it: proxy_read_maps of main.cf does "
	    "not name it" },
	{ &service_proxymap, BYTES("status\0005\0value\0\0\0"), LOOKUP_TEMPFAIL,
	    "proxymap(8) cannot use the table; Postfix's log says why" },
	{ &service_socketmap, BYTES("5:OK a ,"), LOOKUP_FOUND, "a " },
	{ &service_socketmap, BYTES("3:OK ,"), LOOKUP_FOUND, "" },
	{ &service_socketmap, BYTES("9:NOTFOUND ,"), LOOKUP_NOT_FOUND, "" },
	{ &service_socketmap, BYTES("8:NOTFOUND,"), LOOKUP_NOT_FOUND, "" },
	{ &service_socketmap, BYTES("9:TEMP busy,"), LOOKUP_TEMPFAIL,
	    "the server says: TEMP busy" },
	{ &service_socketmap, BYTES("8:TIMEOUT ,"), LOOKUP_TEMPFAIL,
	    "the server says: TIMEOUT " },
	{ &service_socketmap, BYTES("11:PERM no\nway,"), LOOKUP_TEMPFAIL,
	    "the server says: PERM no\\x0away" },
	{ &service_socketmap, BYTES("2:OK,"), LOOKUP_TEMPFAIL,
	    "the server says: OK" },
	{ &service_socketmap, BYTES("5:OKAY ,"), LOOKUP_TEMPFAIL,
	    "the server says: OKAY " },
	{ &service_tcp, BYTES("200 REJECT%20no%25\n"), LOOKUP_FOUND,
	    "REJECT no%" },
	{ &service_tcp, BYTES("200 \n"), LOOKUP_FOUND, "" },
	{ &service_tcp, BYTES("500 no such key\n"), LOOKUP_NOT_FOUND, "" },
	{ &service_tcp, BYTES("400 busy\n"), LOOKUP_TEMPFAIL,
	    "the server says: 400 busy" },
};

START_TEST(an_answer_is_read_and_nothing_behind_it)
{
	const struct service_protocol *protocol = answers[_i].protocol;
	size_t len = answers[_i].len;
	struct strbuf bytes = { 0 };
	struct service_answer answer = { 0 };

	strbuf_add(&bytes, answers[_i].bytes, len);
	strbuf_adds(&bytes, "behind");
	ck_assert_int_eq(protocol->parse(bytes.bytes, bytes.len, &answer),
	    (ssize_t)len);
	ck_assert_int_eq(answer.result, answers[_i].result);
	testing_eat(&answer.text, answers[_i].text);
	strbuf_free(&bytes);
}
END_TEST

START_TEST(an_answer_that_is_not_all_there_is_waited_for)
{
	for (size_t len = 0; len < answers[_i].len; len++) {
		struct service_answer answer = { 0 };

		ck_assert_int_eq(answers[_i].protocol->parse(answers[_i].bytes,
				     len, &answer),
		    0);
		ck_assert_uint_eq(answer.text.len, 0);
		strbuf_free(&answer.text);
	}
}
END_TEST

static const struct {
	const struct service_protocol *protocol;
	const char *bytes;
	size_t len;
} garbage[] = {
	{ &service_proxymap, BYTES("value\0") },
	{ &service_proxymap, BYTES("status\0000\0\0") },
	{ &service_proxymap, BYTES("status\0000\0val\0") },
	{ &service_proxymap, BYTES("status\0006\0value\0\0\0") },
	{ &service_proxymap, BYTES("status\00010\0value\0\0\0") },
	{ &service_proxymap, BYTES("status\000-1\0value\0\0\0") },
	{ &service_proxymap, BYTES("status\000 \0value\0\0\0") },
	{ &service_proxymap, BYTES("status\0\0value\0\0\0") },
	{ &service_proxymap, BYTES("status\0001\0value\0x\0more\0") },
	{ &service_socketmap, BYTES(":OK a,") },
	{ &service_socketmap, BYTES("x") },
	{ &service_socketmap, BYTES("-1:") },
	{ &service_socketmap, BYTES("100001:") },
	{ &service_socketmap, BYTES("0000001:") },
	{ &service_socketmap, BYTES("18446744073709551615:") },
	{ &service_socketmap, BYTES("4:OK a;") },
	{ &service_socketmap, BYTES("4:OK \0,") },
	{ &service_tcp, BYTES("\n") },
	{ &service_tcp, BYTES("200\n") },
	{ &service_tcp, BYTES("2000 a\n") },
	{ &service_tcp, BYTES("300 a\n") },
	{ &service_tcp, BYTES("2x0 a\n") },
	{ &service_tcp, BYTES("OK\n") },
	{ &service_tcp, BYTES("200 a%\n") },
	{ &service_tcp, BYTES("200 a%4\n") },
	{ &service_tcp, BYTES("200 a%4g\n") },
	{ &service_tcp, BYTES("200 a%00b\n") },
	{ &service_tcp, BYTES("200 a\0b\n") },
};

START_TEST(what_is_no_answer_is_refused)
{
	struct service_answer answer = { 0 };

	ck_assert_int_eq(garbage[_i].protocol->parse(garbage[_i].bytes,
			     garbage[_i].len, &answer),
	    -1);
	strbuf_free(&answer.text);
}
END_TEST

/* A value of len bytes, in an answer. */
static char *
long_answer(const char *begin, size_t len, const char *end, size_t endlen,
    size_t *total)
{
	struct strbuf bytes = { 0 };
	char *value = xmalloc(len);

	memset(value, 'x', len);
	strbuf_add(&bytes, begin, strlen(begin));
	strbuf_add(&bytes, value, len);
	strbuf_add(&bytes, end, endlen);
	free(value);
	*total = bytes.len;
	return strbuf_detach(&bytes);
}

START_TEST(a_long_value_is_read_as_far_as_the_protocol_goes)
{
	struct service_answer answer = { 0 };
	size_t len;
	char *bytes = long_answer("100000:OK ", 99997, ",", 1, &len);

	ck_assert_int_eq(service_socketmap.parse(bytes, len, &answer),
	    (ssize_t)len);
	ck_assert_uint_eq(answer.text.len, 99997);
	ck_assert_uint_le(len, service_socketmap.answer_max);
	strbuf_free(&answer.text);
	free(bytes);
	bytes = long_answer("200 ", 4091, "\n", 1, &len);
	ck_assert_int_eq(service_tcp.parse(bytes, len, &answer), 4096);
	strbuf_free(&answer.text);
	free(bytes);
	bytes = long_answer("200 ", 4092, "\n", 1, &len);
	ck_assert_int_eq(service_tcp.parse(bytes, len, &answer), -1);
	ck_assert_int_eq(service_tcp.parse(bytes, 4096, &answer), -1);
	strbuf_free(&answer.text);
	free(bytes);
}
END_TEST

#define COUNT(array) (int)(sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("service_protocol");
	TCase *tc = tcase_create("service_protocol");

	suite_add_tcase(suite, tc);
	tcase_add_loop_test(tc, a_question_is_written_as_its_server_reads_it, 0,
	    COUNT(questions));
	tcase_add_loop_test(tc, an_answer_is_read_and_nothing_behind_it, 0,
	    COUNT(answers));
	tcase_add_loop_test(tc, an_answer_that_is_not_all_there_is_waited_for,
	    0, COUNT(answers));
	tcase_add_loop_test(tc, what_is_no_answer_is_refused, 0,
	    COUNT(garbage));
	tcase_add_test(tc, a_long_value_is_read_as_far_as_the_protocol_goes);
	return testing_run(suite);
}
