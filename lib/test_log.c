/*
 * Log lines, read back from the file that stderr is during a test.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "testing.h"

static int saved, file;
static struct strbuf out;

static void
setup(void)
{
	char path[] = "/tmp/sekisho-log.XXXXXX";

	file = mkstemp(path);
	ck_assert_int_ne(file, -1);
	unlink(path);
	saved = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_TARGET_STDERR);
	log_set_level(LOG_LEVEL_INFO);
}

static void
teardown(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
	strbuf_free(&out);
}

/* What was logged since the last call. */
static void
check_logged(const char *want)
{
	static char text[4096];
	ssize_t len = pread(file, text, sizeof text - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(ftruncate(file, 0), 0);
	lseek(file, 0, SEEK_SET);
}

START_TEST(names_program_and_level)
{
	log_error("open %s: no", "x");
	log_warn("two");
	log_info("three");
	log_debug("four");
	check_logged("test: error: open x: no\ntest: warning: two\n"
		     "test: three\n");
}
END_TEST

START_TEST(keeps_to_the_level)
{
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("four");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("two");
	log_lines(LOG_LEVEL_WARN, "two\nmore\n");
	log_error("one");
	check_logged("test: debug: four\ntest: error: one\n");
}
END_TEST

START_TEST(an_event_is_one_line)
{
	log_info("a\nb\033[1mc\rd\x7f");
	log_lines(LOG_LEVEL_INFO, "\none\n\ntwo");
	check_logged("test: a?b?[1mc?d?\ntest: one\ntest: two\n");
}
END_TEST

START_TEST(escapes_what_came_from_outside)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "u@example.org", " k=u@example.org" },
		{ "", " k=\"\"" },
		{ "a b", " k=\"a b\"" },
		{ "a=b", " k=\"a=b\"" },
		{ "say \"x\"", " k=\"say \\\"x\\\"\"" },
		{ "back\\slash", " k=back\\\\slash" },
		{ "line\nreject: x", " k=\"line\\x0areject: x\"" },
		{ "k\xc3\xa4se", " k=k\\xc3\\xa4se" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		log_field(&out, "k", cases[i].value);
		testing_eat(&out, cases[i].want);
	}
}
END_TEST

START_TEST(shortens_what_is_too_long_visibly)
{
	char value[LOG_ESCAPE_MAX + 2];

	memset(value, 'x', sizeof value);
	log_escape(&out, value, LOG_ESCAPE_MAX);
	ck_assert_uint_eq(out.len, LOG_ESCAPE_MAX);
	strbuf_free(&out);
	log_escape(&out, value, LOG_ESCAPE_MAX + 1);
	ck_assert_uint_eq(out.len, LOG_ESCAPE_MAX + 3);
	ck_assert_str_eq(out.bytes + LOG_ESCAPE_MAX - 1, "x...");
}
END_TEST

START_TEST(levels_have_names)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	enum log_level level;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		ck_assert_int_eq(log_level_parse(names[i], &level), 0);
		ck_assert_str_eq(log_level_name(level), names[i]);
		log_set_level(level);
		ck_assert_int_eq(log_get_level(), level);
	}
	ck_assert_int_eq(log_level_parse("loud", &level), -1);
	ck_assert_int_eq(log_level_parse("", &level), -1);
}
END_TEST

static void *
log_much(void *arg)
{
	for (int i = 0; i < 20; i++)
		log_info("%s", (const char *)arg);
	return NULL;
}

START_TEST(lines_of_threads_do_not_mix)
{
	static char a[] = "aaaaaaaaaaaaaaaa", b[] = "bbbbbbbbbbbbbbbb";
	char line[100];
	pthread_t thread;
	int lines = 0;
	FILE *f;

	ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFL, O_APPEND), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, log_much, a), 0);
	log_much(b);
	pthread_join(thread, NULL);
	f = fdopen(dup(file), "r");
	rewind(f);
	for (; fgets(line, sizeof line, f) != NULL; lines++)
		ck_assert(strcmp(line, "test: aaaaaaaaaaaaaaaa\n") == 0 ||
		    strcmp(line, "test: bbbbbbbbbbbbbbbb\n") == 0);
	fclose(f);
	ck_assert_int_eq(lines, 40);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = tcase_create("log");

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names_program_and_level);
	tcase_add_test(tc, keeps_to_the_level);
	tcase_add_test(tc, an_event_is_one_line);
	tcase_add_test(tc, escapes_what_came_from_outside);
	tcase_add_test(tc, shortens_what_is_too_long_visibly);
	tcase_add_test(tc, levels_have_names);
	tcase_add_test(tc, lines_of_threads_do_not_mix);
	return testing_run(suite);
}
