/*
 * Configuration files: what an administrator writes, and what goes wrong.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "mem.h"
#include "testing.h"
#include "testing_log.h"

struct values {
	char *name;
	struct conf_text list;
	struct conf_text raw;
	bool flag;
	long count;
	long delay;
	long size;
	int choice;
};

#define FIELD(f) offsetof(struct values, f)

static const struct conf_param params[] = {
	{ "name", CONF_STRING, CONF_AT_START | CONF_FROM_POSTFIX, FIELD(name),
	    "nobody", NULL, "A name." },
	{ "list", CONF_TEXT, 0, FIELD(list), "", NULL, "A list." },
	{ "raw", CONF_RAW, CONF_AT_START, FIELD(raw), "$x", NULL, "Raw." },
	{ "flag", CONF_BOOL, 0, FIELD(flag), "yes", NULL, "A flag." },
	{ "count", CONF_INT, CONF_AT_START, FIELD(count), "5", "1..9",
	    "A count." },
	{ "delay", CONF_TIME, 0, FIELD(delay), "2s", "time", "A delay." },
	{ "size", CONF_SIZE, 0, FIELD(size), "64m", "size", "A size." },
	{ "choice", CONF_CHOICE, 0, FIELD(choice), "fold", "fold|keep",
	    "One." },
};
#define NPARAMS (sizeof params / sizeof params[0])

static struct values values;
static struct strbuf err;
static struct conf *conf;
static char *dir, *path;

static void
setup(void)
{
	dir = testing_make_dir();
	path = xasprintf("%s/main.cf", dir);
	conf = conf_new(params, NPARAMS);
}

static void
teardown(void)
{
	testing_remove_dir(dir);
	free(path);
	conf_free(conf);
	conf_values_free(params, NPARAMS, &values);
	strbuf_free(&err);
}

static enum conf_result
read_text(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ne(fputs(text, f), EOF);
	ck_assert_int_eq(fclose(f), 0);
	return conf_read(conf, path, &err);
}

static int
load(const char *text)
{
	if (read_text(text) != CONF_OK)
		return -1;
	return conf_apply(conf, NULL, &values, &err);
}

/* The error text must hold "FILE" + what, e.g. ":3: unknown ...". */
static void
assert_error(const char *what)
{
	char *wanted = xasprintf("%s%s", path, what);

	ck_assert_msg(strstr(strbuf_str(&err), wanted) != NULL,
	    "no \"%s\" in \"%s\"", wanted, strbuf_str(&err));
	free(wanted);
}

START_TEST(takes_defaults_from_the_table)
{
	ck_assert_int_eq(load(""), 0);
	ck_assert_str_eq(values.name, "nobody");
	ck_assert_str_eq(conf_text_str(&values.list), "");
	ck_assert_str_eq(conf_text_str(&values.raw), "$x");
	ck_assert(values.flag);
	ck_assert_int_eq(values.count, 5);
	ck_assert_int_eq(values.delay, 2);
	ck_assert_int_eq(values.size, 64 << 20);
	ck_assert_int_eq(values.choice, 0);
}
END_TEST

START_TEST(reads_comments_continuations_and_blanks_as_postfix)
{
	ck_assert_int_eq(load("# a comment\n"
			      "list = one,\n"
			      "   two\n"
			      "# between\n"
			      "\n"
			      "\tthree  \n"
			      "name=x\n"
			      "flag =\tno\n"
			      "choice = keep\n"
			      "count = 9\r\n"),
	    0);
	ck_assert_str_eq(conf_text_str(&values.list), "one,   two\tthree");
	ck_assert_str_eq(values.name, "x");
	ck_assert(!values.flag);
	ck_assert_int_eq(values.choice, 1);
	ck_assert_int_eq(values.count, 9);
}
END_TEST

START_TEST(a_word_knows_its_line)
{
	struct conf_word word;
	size_t pos = 0;

	ck_assert_int_eq(load("more = b,\n  c\nlist = a,\n  $more\n  d\n"), 0);
	for (int i = 0; i < 4; i++) {
		static const int lines[] = { 3, 1, 2, 5 };

		ck_assert_int_eq(
		    conf_next_word(&values.list, &pos, &word, &err), 1);
		ck_assert_int_eq(word.len, 1);
		ck_assert_int_eq(word.start[0], 'a' + i);
		ck_assert_int_eq(word.origin.line, lines[i]);
	}
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), 0);
}
END_TEST

/* As Postfix reads it, and as it names a table to proxymap(8). */
START_TEST(a_word_in_braces_is_one_line)
{
	struct conf_word word;
	size_t pos = 0;
	char *copy;

	ck_assert_int_eq(load("list = t:{ a,\n  b }\n"), 0);
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), 1);
	copy = conf_word_dup(&word);
	ck_assert_str_eq(copy, "t:{ a,  b }");
	free(copy);
}
END_TEST

/* The time limit of libcheck is part of this test. */
START_TEST(a_list_of_many_lines_takes_no_time)
{
	struct strbuf text = { 0 };
	struct conf_word word;
	size_t pos = 0, words = 0;

	strbuf_adds(&text, "list =\n");
	for (int i = 0; i < 40000; i++)
		strbuf_addf(&text, "  word%d,\n", i);
	ck_assert_int_eq(load(text.bytes), 0);
	strbuf_free(&text);
	while (conf_next_word(&values.list, &pos, &word, &err) == 1)
		words++;
	ck_assert_uint_eq(words, 40000);
	ck_assert_int_eq(word.origin.line, 40001);
}
END_TEST

START_TEST(braces_keep_a_word_together)
{
	struct conf_word word;
	size_t pos = 0;

	ck_assert_int_eq(load("list = inline:{a=b, c=d} { x, mode = 1 }\n"), 0);
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), 1);
	ck_assert(conf_word_is(&word, "inline:{a=b, c=d}", false));
	ck_assert(!conf_word_unbrace(&word));
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), 1);
	ck_assert(conf_word_unbrace(&word));
	ck_assert(conf_word_is(&word, "x, mode = 1", false));
}
END_TEST

START_TEST(a_lone_brace_is_an_error_with_its_line)
{
	struct conf_word word;
	size_t pos = 0;

	ck_assert_int_eq(load("list = a\n { b\n"), 0);
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), 1);
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), -1);
	assert_error(":2: \"{\"");
	ck_assert_int_eq(conf_next_word(&values.list, &pos, &word, &err), 0);
}
END_TEST

START_TEST(expands_names_in_all_spellings)
{
	ck_assert_int_eq(load("a = x\nempty =\n"
			      "list = $a ${a} $(a) $$a ${a?yes $a} "
			      "${empty:no} ${empty?never}.\n"),
	    0);
	ck_assert_str_eq(conf_text_str(&values.list), "x x x $a yes x no .");
}
END_TEST

START_TEST(a_value_that_takes_in_itself_is_an_error)
{
	ck_assert_int_eq(load("a = $b\nb = $a\nlist = $a\n"), -1);
	assert_error(":2: $a takes in itself");
}
END_TEST

START_TEST(values_that_grow_without_end_are_an_error)
{
	struct strbuf text = { 0 };

	strbuf_adds(&text, "v0 = xxxxxxxxxxxxxxxx\n");
	for (int i = 1; i < 30; i++)
		strbuf_addf(&text, "v%d = $v%d$v%d\n", i, i - 1, i - 1);
	strbuf_adds(&text, "list = $v29\n");
	ck_assert_int_eq(load(text.bytes), -1);
	strbuf_free(&text);
}
END_TEST

START_TEST(a_few_large_values_are_too_much)
{
	struct strbuf text = { 0 };
	char large[1 << 20];

	memset(large, 'x', sizeof large);
	strbuf_adds(&text, "v0 = ");
	strbuf_add(&text, large, sizeof large);
	strbuf_adds(&text, "\nlist = $v0$v0$v0$v0$v0$v0$v0$v0\n");
	ck_assert_int_eq(load(text.bytes), -1);
	assert_error(":2: $v0 takes in itself, or far too much");
	strbuf_free(&text);
}
END_TEST

START_TEST(values_that_grow_without_end_may_be_empty)
{
	struct strbuf text = { 0 };

	strbuf_adds(&text, "v0 =\n");
	for (int i = 1; i < 30; i++)
		strbuf_addf(&text, "v%d = $v%d$v%d\n", i, i - 1, i - 1);
	strbuf_adds(&text, "list = ${{$v29} == {} ? {x}}\n");
	ck_assert_int_eq(load(text.bytes), -1);
	assert_error(":2: $v0 takes in itself, or far too much");
	strbuf_free(&text);
}
END_TEST

START_TEST(conditions_keep_the_lines_of_words)
{
	struct conf_word word;
	size_t pos = 0;

	ck_assert_int_eq(load("a = x\nlist = ${{$a} == {x} ?\n {b\n c} : "
			      "{d}},\n e\n"),
	    0);
	ck_assert_str_eq(conf_text_str(&values.list), "b c, e");
	for (int line = 3; conf_next_word(&values.list, &pos, &word, &err) == 1;
	     line++)
		ck_assert_int_eq(word.origin.line, line);
}
END_TEST

START_TEST(a_name_that_is_used_may_be_set_anywhere)
{
	ck_assert_int_eq(load("own = 1\nlist = ${ own ? {$own} : {0}}\n"
			      "own = 2\nsub/own = 3\n"),
	    0);
	ck_assert_str_eq(conf_text_str(&values.list), "2");
	ck_assert(conf_takes_in(conf, "own"));
	ck_assert(!conf_takes_in(conf, "list"));
	conf_force(conf, "own", "4");
	ck_assert_int_eq(conf_apply(conf, "sub", &values, &err), 0);
	ck_assert_str_eq(conf_text_str(&values.list), "4");
	conf_force(conf, "own", NULL);
	ck_assert_int_eq(conf_apply(conf, "sub", &values, &err), 0);
	ck_assert_str_eq(conf_text_str(&values.list), "3");
}
END_TEST

START_TEST(the_errors_of_a_file_have_a_bound)
{
	struct strbuf text = { 0 };

	for (int i = 0; i < 40000; i++)
		strbuf_addf(&text, "wrong%d = x\n", i);
	ck_assert_int_eq(load(text.bytes), -1);
	ck_assert_uint_lt(err.len, CONF_ERRORS_MAX + 1000);
	ck_assert_ptr_nonnull(strstr(err.bytes, "there are more errors\n"));
	strbuf_free(&text);
}
END_TEST

START_TEST(names_every_error_of_a_file_at_once)
{
	ck_assert_int_eq(load("nmae = x\n"
			      "count = 10\n"
			      "delay = 5 minutes\n"
			      "flag = on\n"
			      "list = $nothing\n"
			      "size = -1\n"
			      "choice = no\n"
			      "name = $dealy\n"),
	    -1);
	assert_error(":1: unknown parameter nmae, did you mean name?");
	assert_error(":2: count = 10: expected 1..9");
	assert_error(":3: delay = 5 minutes: expected a time");
	assert_error(":4: flag = on: expected yes or no");
	assert_error(":5: unknown parameter $nothing\n");
	assert_error(":6: size = -1: expected a size");
	assert_error(":7: choice = no: expected fold|keep");
	assert_error(":8: unknown parameter $dealy, did you mean delay?\n");
}
END_TEST

START_TEST(refuses_lines_that_are_no_parameter)
{
	ck_assert_int_eq(read_text(" early = 1\nno value\na b = c\n"),
	    CONF_BAD);
	assert_error(":1: a line with leading white space");
	assert_error(":2: expected \"name = value\"");
	assert_error(":3: expected \"name = value\"");
}
END_TEST

START_TEST(a_missing_file_is_told_apart_from_a_bad_one)
{
	ck_assert_int_eq(conf_read(conf, "/nonexistent/x.cf", &err),
	    CONF_UNREADABLE);
	ck_assert_str_eq(strbuf_str(&err),
	    "open /nonexistent/x.cf: No such file or directory\n");
}
END_TEST

START_TEST(the_file_beats_what_is_offered_and_that_the_default)
{
	conf_offer(conf, "name", "offered", "main.cf");
	conf_offer(conf, "count", "bad", "main.cf");
	ck_assert_int_eq(load("count = 1\nlist = $name\n"), 0);
	ck_assert_str_eq(values.name, "offered");
	ck_assert_str_eq(conf_text_str(&values.list), "offered");
	ck_assert_int_eq(values.count, 1);
}
END_TEST

START_TEST(an_offered_value_that_is_wrong_names_its_source)
{
	conf_offer(conf, "count", "bad", "main.cf");
	ck_assert_int_eq(load(""), -1);
	ck_assert_str_eq(strbuf_str(&err),
	    "count = bad: expected 1..9 (from main.cf)\n");
}
END_TEST

START_TEST(a_context_has_its_own_values_over_the_rest)
{
	const char *const *names;

	ck_assert_int_eq(load("name = x\nsub/name = y\nsub/list = $name\n"), 0);
	ck_assert_str_eq(values.name, "x");
	ck_assert_int_eq(conf_contexts(conf, &names), 1);
	ck_assert_str_eq(names[0], "sub");
	ck_assert_int_eq(conf_apply(conf, "sub", &values, &err), 0);
	ck_assert_str_eq(values.name, "y");
	ck_assert_str_eq(conf_text_str(&values.list), "y");
}
END_TEST

START_TEST(a_reserved_context_has_no_parameters)
{
	char *expected = xasprintf("%s:1: inside/count: the context inside is "
				   "built in, it has no parameters\n"
				   "%s:2: inside/what: the context inside is "
				   "built in, it has no parameters\n"
				   "%s:4: unknown parameter inside\n",
	    path, path, path);

	conf_reserve(conf, "inside");
	ck_assert_int_eq(load("inside/count = 6\ninside/what = 1\n"
			      "insider/count = 7\ninside = 8\n"),
	    -1);
	testing_eat(&err, expected);
	free(expected);
}
END_TEST

START_TEST(an_error_that_every_context_meets_is_said_once)
{
	const char *first;

	ck_assert_int_eq(load("count = x\nsub/name = y\n"), -1);
	ck_assert_int_eq(conf_apply(conf, "sub", &values, &err), -1);
	first = strstr(strbuf_str(&err), "count = x");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "count = x"));
}
END_TEST

START_TEST(a_declared_name_may_be_set)
{
	struct conf_text text = { 0 };

	ck_assert_int_eq(read_text("class = $name b\n"), CONF_OK);
	ck_assert_int_eq(conf_apply(conf, NULL, &values, &err), -1);
	strbuf_truncate(&err, 0);
	conf_declare(conf, "class");
	ck_assert_int_eq(conf_apply(conf, NULL, &values, &err), 0);
	ck_assert_int_eq(conf_get(conf, NULL, "class", false, &text, &err), 0);
	ck_assert_str_eq(conf_text_str(&text), "nobody b");
	conf_text_free(&text);
}
END_TEST

START_TEST(times_and_sizes_know_their_units)
{
	long n;

	ck_assert_int_eq(conf_parse_time("1w", &n), 0);
	ck_assert_int_eq(n, 604800);
	ck_assert_int_eq(conf_parse_time("5M", &n), 0);
	ck_assert_int_eq(n, 300);
	ck_assert_int_eq(conf_parse_time("", &n), -1);
	ck_assert_int_eq(conf_parse_time("99999999999999999999", &n), -1);
	ck_assert_int_eq(conf_parse_time("9223372036854775807w", &n), -1);
	ck_assert_int_eq(conf_parse_size("1g", &n), 0);
	ck_assert_int_eq(n, 1 << 30);
	ck_assert_int_eq(conf_parse_size("1x", &n), -1);
}
END_TEST

/* As a reload does: what it warns of, and the name that counts then. */
static void
expect_reload(const char *file, const char *warnings, const char *name)
{
	struct conf *running = conf;
	struct conf_text value = { 0 };
	char text[256];
	ssize_t len;

	conf = conf_new(params, NPARAMS);
	ck_assert_int_eq(read_text(file), CONF_OK);
	testing_log_begin("test");
	conf_keep(conf, running);
	len = pread(testing_log_file, text, sizeof text - 1, 0);
	testing_log_end();
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	ck_assert_str_eq(text, warnings);
	ck_assert_int_eq(conf_get(conf, NULL, "name", false, &value, &err), 0);
	ck_assert_str_eq(conf_text_str(&value), name);
	conf_text_free(&value);
	conf_free(running);
}

START_TEST(a_change_of_what_is_read_at_start_is_said_by_name)
{
	static const char warning[] =
	    "test: warning: reload: name has changed, which needs a restart\n";

	ck_assert_int_eq(read_text("x = 1$$\nname = $x\nraw = $x\n"
				   "count = 2\ndelay = 1s\n"),
	    CONF_OK);
	expect_reload("x = 2\nname = $x\ncount = 2\ndelay = 2s\n", warning,
	    "1$");
	expect_reload("name = 3\ncount = 2\n", warning, "1$");
	/* as it was at the start */
	expect_reload("name = 1$$\ncount = 2\n", "", "1$");
}
END_TEST

START_TEST(help_and_manual_say_what_the_flags_mean)
{
	struct strbuf out = { 0 };

	conf_print_help(params, 2, &out);
	ck_assert_str_eq(out.bytes,
	    "  name = nobody\n        A name. Read at start only. Taken from "
	    "Postfix unless set here.\n"
	    "  list = (empty)\n        A list.\n");
	strbuf_truncate(&out, 0);
	conf_print_mdoc(params, 2, &out);
	ck_assert_str_eq(out.bytes,
	    ".It Ic name No = Ar value\nA name.\nRead at start only.\nTaken "
	    "from Postfix unless set here.\nDefault:\n.Ql nobody .\n"
	    ".It Ic list No = Ar value\nA list.\nDefault: empty.\n");
	strbuf_free(&out);
}
END_TEST

START_TEST(of_a_context_the_last_line_is_effective)
{
	struct strbuf out = { 0 };

	ck_assert_int_eq(read_text("name = a\nname = b\nx/name = c\n"
				   "x/name = d\nx/list = e\n"),
	    CONF_OK);
	conf_print(conf, &out);
	ck_assert_ptr_nonnull(strstr(out.bytes, "name = b\n"));
	ck_assert_ptr_nonnull(strstr(out.bytes, "x/name = d\nx/list = e\n"));
	ck_assert_ptr_null(strstr(out.bytes, "x/name = c\n"));
	strbuf_free(&out);
}
END_TEST

int
main(void)
{
	const TTest *tests[] = {
		takes_defaults_from_the_table,
		reads_comments_continuations_and_blanks_as_postfix,
		a_word_knows_its_line,
		a_word_in_braces_is_one_line,
		a_list_of_many_lines_takes_no_time,
		braces_keep_a_word_together,
		a_lone_brace_is_an_error_with_its_line,
		expands_names_in_all_spellings,
		a_value_that_takes_in_itself_is_an_error,
		values_that_grow_without_end_are_an_error,
		a_few_large_values_are_too_much,
		values_that_grow_without_end_may_be_empty,
		conditions_keep_the_lines_of_words,
		a_name_that_is_used_may_be_set_anywhere,
		the_errors_of_a_file_have_a_bound,
		names_every_error_of_a_file_at_once,
		refuses_lines_that_are_no_parameter,
		a_missing_file_is_told_apart_from_a_bad_one,
		the_file_beats_what_is_offered_and_that_the_default,
		an_offered_value_that_is_wrong_names_its_source,
		a_context_has_its_own_values_over_the_rest,
		of_a_context_the_last_line_is_effective,
		a_reserved_context_has_no_parameters,
		an_error_that_every_context_meets_is_said_once,
		a_declared_name_may_be_set,
		times_and_sizes_know_their_units,
		a_change_of_what_is_read_at_start_is_said_by_name,
		help_and_manual_say_what_the_flags_mean,
	};
	Suite *suite = suite_create("conf");
	TCase *tcase = tcase_create("conf");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return testing_run(suite);
}
