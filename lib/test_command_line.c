#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "command_line.h"
#include "testing.h"

#define ARGS_MAX 4

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "label", required_argument, NULL, 300 },
	{ "lapse", no_argument, NULL, 301 },
	{ 0 },
};

START_TEST(names_the_option_that_is_refused)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *says;
	} cases[] = {
		{ { "-x" }, "unknown option -x (-h shows all)\n" },
		{ { "-xj" }, "unknown option -x (-h shows all)\n" },
		{ { "-jx" }, "unknown option -x (-h shows all)\n" },
		{ { "--json", "-xj" }, "unknown option -x (-h shows all)\n" },
		{ { "word", "-x" }, "unknown option -x (-h shows all)\n" },
		{ { "--bogus" }, "unknown option --bogus (-h shows all)\n" },
		{ { "--bogus=1" }, "unknown option --bogus (-h shows all)\n" },
		{ { "--la" }, "unknown option --la (-h shows all)\n" },
		{ { "--lable" },
		    "unknown option --lable, did you mean --label?\n" },
		{ { "--lpase=x" },
		    "unknown option --lpase, did you mean --lapse?\n" },
		{ { "-c" }, "option -c needs a value\n" },
		{ { "-jc" }, "option -c needs a value\n" },
		{ { "--json", "-jc" }, "option -c needs a value\n" },
		{ { "--label" }, "option --label needs a value\n" },
		{ { "--json=3" }, "option --json takes no value\n" },
		{ { "--lapse=3" }, "option --lapse takes no value\n" },
	};

	opterr = 0;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *argv[ARGS_MAX + 2] = { "tool" };
		struct strbuf err = { 0 };
		int argc = 1, result;

		while (cases[i].args[argc - 1] != NULL) {
			argv[argc] = (char *)cases[i].args[argc - 1];
			argc++;
		}
		optind = 0; /* begin anew */
		do {
			result =
			    getopt_long(argc, argv, ":c:j", long_options, NULL);
			ck_assert_int_ne(result, -1);
		} while (result != '?' && result != ':');
		command_line_add_refusal(&err, result, argv, long_options);
		ck_assert_str_eq(strbuf_str(&err), cases[i].says);
		strbuf_free(&err);
	}
}
END_TEST

START_TEST(names_programs_as_we_are_called)
{
	struct strbuf out = { 0 };

	program_invocation_short_name = "sekisho-authctl";
	command_line_add_version(&out);
	command_line_add_usage(&out, "[-c FILE]");
	ck_assert_str_eq(strbuf_str(&out),
	    "sekisho-authctl (sekisho) " VERSION "\n"
	    "usage: sekisho-authctl [-c FILE]\n");
	ck_assert_str_eq(command_line_prefix(), "sekisho-");
	program_invocation_short_name = "authctl";
	ck_assert_str_eq(command_line_prefix(), "");
	strbuf_free(&out);
}
END_TEST

START_TEST(knows_what_words_may_mean)
{
	static const struct {
		const char *words[ARGS_MAX];
		bool may_mean;
	} cases[] = {
		{ { NULL }, true },
		{ { "user" }, true },
		{ { "user", "add" }, true },
		{ { "user", "add", "joe" }, true },
		{ { "us" }, false },
		{ { "users" }, false },
		{ { "user", "del" }, false },
		{ { "user", "addx" }, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int nwords = 0;

		while (cases[i].words[nwords] != NULL)
			nwords++;
		ck_assert_int_eq(command_line_may_mean("user add", nwords,
				     (char *const *)cases[i].words),
		    cases[i].may_mean);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("command_line");
	TCase *tc = tcase_create("command_line");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, names_the_option_that_is_refused);
	tcase_add_test(tc, names_programs_as_we_are_called);
	tcase_add_test(tc, knows_what_words_may_mean);
	return testing_run(suite);
}
