/*
 * Replies: status codes, prefixes, what strangers wrote, templates.
 */
#include <string.h>

#include "reply.h"
#include "reply_template.h"
#include "testing.h"

static const struct {
	const char *text, *dsn, *rest;
} splits[] = {
	{ "5.1.1 no user", "5.1.1", "no user" },
	{ "4.7.999", "4.7.999", "" },
	{ "5.1.1   x", "5.1.1", "x" },
	{ "no user", "5.7.1", "no user" },
	{ "5.1.1x no", "5.7.1", "5.1.1x no" },
	{ "3.1.1 no", "5.7.1", "3.1.1 no" },
	{ "5.1 no", "5.7.1", "5.1 no" },
	{ "5.1234.1 no", "5.7.1", "5.1234.1 no" },
	{ "", "5.7.1", "" },
};

START_TEST(splits_a_status_off)
{
	char dsn[DSN_SIZE];

	ck_assert_str_eq(reply_split_dsn(dsn, splits[_i].text, "5.7.1"),
	    splits[_i].rest);
	ck_assert_str_eq(dsn, splits[_i].dsn);
}
END_TEST

static const struct {
	const char *dsn;
	enum reply_class class;
	const char *fixed;
} fixes[] = {
	{ "5.7.1", REPLY_CLIENT, "5.7.1" },
	{ "5.1.1", REPLY_CLIENT, "5.0.0" },
	{ "4.1.8", REPLY_HELO, "4.0.0" },
	{ "5.1.1", REPLY_SENDER, "5.1.7" },
	{ "5.1.2", REPLY_SENDER, "5.1.8" },
	{ "5.1.5", REPLY_SENDER, "5.1.0" },
	{ "5.1.8", REPLY_SENDER, "5.1.8" },
	{ "5.1.10", REPLY_SENDER, "5.1.0" },
	{ "5.1.6", REPLY_RECIPIENT, "5.1.6" },
	{ "5.1.7", REPLY_RECIPIENT, "5.1.3" },
	{ "4.1.8", REPLY_RECIPIENT, "4.1.2" },
	{ "5.1.10", REPLY_RECIPIENT, "5.1.0" },
};

START_TEST(fixes_a_status)
{
	char dsn[DSN_SIZE];

	memcpy(dsn, fixes[_i].dsn, strlen(fixes[_i].dsn) + 1);
	reply_fix_dsn(dsn, fixes[_i].class);
	ck_assert_str_eq(dsn, fixes[_i].fixed);
}
END_TEST

START_TEST(keeps_code_and_status_together)
{
	struct reply reply;

	reply_set(&reply, 451, "5.7.1", (struct subject){ REPLY_PLAIN, "" },
	    "x");
	ck_assert_str_eq(reply.dsn, "4.7.1");
}
END_TEST

START_TEST(an_answer_is_bounded)
{
	static char text[2 * REPLY_MAX];
	struct arena arena = { 0 };
	struct subject nobody = { REPLY_PLAIN, "" };
	struct strbuf out = { 0 };
	struct reply reply;

	memset(text, 'x', sizeof text - 1);
	reply_set(&reply, 554, "5.7.1", nobody, text);
	reply_add_answer(&out, NULL, &reply, NULL, &arena);
	ck_assert_uint_eq(out.len, REPLY_MAX);
	strbuf_free(&out);
	arena_free(&arena);
}
END_TEST

START_TEST(leaves_out_the_callers_prefix)
{
	struct arena arena = { 0 };
	struct subject sender = { REPLY_SENDER, "a@b.example" };
	struct subject other = { REPLY_SENDER, "c@d.example" };
	struct subject class = { REPLY_RECIPIENT, "a@b.example" };
	struct reply reply;

	reply_set(&reply, 554, "5.7.1", sender, "no");
	ck_assert_str_eq(reply_text(&reply, &sender, &arena), "no");
	ck_assert_str_eq(reply_text(&reply, NULL, &arena),
	    "<a@b.example>: Sender address rejected: no");
	ck_assert_str_eq(reply_text(&reply, &other, &arena),
	    "<a@b.example>: Sender address rejected: no");
	ck_assert_str_eq(reply_text(&reply, &class, &arena),
	    "<a@b.example>: Sender address rejected: no");
	arena_free(&arena);
}
END_TEST

START_TEST(keeps_what_is_printable)
{
	struct strbuf out = { 0 };

	reply_add_printable(&out, "a\r\nb\tc\x7f\x01 \xc3\xbc \xff\xc3");
	testing_eat(&out, "a  b c   \xc3\xbc   ");
}
END_TEST

static const char *
lookup(void *ctx, const char *name)
{
	(void)ctx;
	if (strcmp(name, "set") == 0)
		return "value";
	if (strcmp(name, "odd") == 0)
		return "a\nb\xff$set";
	return strcmp(name, "empty") == 0 ? "" : NULL;
}

static const struct reply_template template = { lookup, NULL,
	"abcdefghijklmnopqrstuvwxyz$" };

static const struct {
	const char *text, *expanded;
} templates[] = {
	{ "plain", "plain" },
	{ "$set ${set} $(set)", "value value value" },
	{ "$$set", "$set" },
	{ "${set?yes}${empty?no}", "yes" },
	{ "${set:no}${empty:yes}", "yes" },
	{ "${set?; $set}", "; value" },
	{ "${set?{a}:{b}}${empty?{a}:{b}}", "ab" },
	{ "${set?{}}x", "x" },
	{ "${set?{a} : {b}}${ empty ? {a} : {b} }", "ab" },
	{ "${{$set} == {value} ? {a} : {b}}${{1} > {2}?no}", "a" },
	{ "${nothing?x}${nothing:y}", "y" },
	/* values are filtered, and not expanded again */
	{ "$odd", "a_b_$set" },
	{ "", "" },
};

START_TEST(expands_templates)
{
	struct strbuf out = { 0 }, err = { 0 };

	ck_assert_int_eq(
	    reply_template_expand(&template, templates[_i].text, &out, &err),
	    0);
	testing_eat(&out, templates[_i].expanded);
	testing_eat(&err, "");
}
END_TEST

static const char *const bad_templates[] = {
	"$nothing",
	"${set",
	"$(set",
	"${}",
	"$ x",
	"${set+x}",
	"${set?${set?${set?${set?${set?${set?${set?${set?${set?${set?${set?"
	"${set?${set?${set?${set?${set?${set?${set?${set?${set?${set?x}}}}}}}"
	"}}}}}}}}}}}}}}",
};

START_TEST(refuses_bad_templates)
{
	struct strbuf out = { 0 }, err = { 0 };

	ck_assert_int_eq(
	    reply_template_expand(&template, bad_templates[_i], &out, &err),
	    -1);
	ck_assert_uint_gt(err.len, 0);
	strbuf_free(&out);
	strbuf_free(&err);
}
END_TEST

#define COUNT(array) (sizeof array / sizeof array[0])

int
main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tcase = tcase_create("reply");

	tcase_add_loop_test(tcase, splits_a_status_off, 0, COUNT(splits));
	tcase_add_loop_test(tcase, fixes_a_status, 0, COUNT(fixes));
	tcase_add_test(tcase, keeps_code_and_status_together);
	tcase_add_test(tcase, leaves_out_the_callers_prefix);
	tcase_add_test(tcase, an_answer_is_bounded);
	tcase_add_test(tcase, keeps_what_is_printable);
	tcase_add_loop_test(tcase, expands_templates, 0, COUNT(templates));
	tcase_add_loop_test(tcase, refuses_bad_templates, 0,
	    COUNT(bad_templates));
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
