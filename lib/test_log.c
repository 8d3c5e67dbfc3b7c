/*
 * Log lines, read back from the file that stderr is during a test.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "log_stream.h"
#include "testing.h"
#include "testing_log.h"

static struct strbuf out;

static void
setup(void)
{
	testing_log_begin("test");
	log_set_level(LOG_LEVEL_INFO);
}

static void
teardown(void)
{
	testing_log_end();
	strbuf_free(&out);
}

/* What was logged since the last call. */
static void
check_logged(const char *want)
{
	static char text[4096];
	ssize_t len = pread(testing_log_file, text, sizeof text - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(ftruncate(testing_log_file, 0), 0);
	lseek(testing_log_file, 0, SEEK_SET);
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
	check_logged(
	    "test: a\\x0ab\\x1b[1mc\\x0dd\\x7f\ntest: one\ntest: two\n");
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

START_TEST(takes_what_a_library_prints)
{
	FILE *stream = log_stream("lib");

	ck_assert_ptr_nonnull(stream);
	fprintf(stream, "[%d] error: ", 1);
	fprintf(stream, "no\x1b\n");
	check_logged("test: warning: lib: [1] error: no\\x1b\n");
	fclose(stream);
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

START_TEST(the_journal_has_the_name)
{
	struct stat st;
	char *stream;

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	stream =
	    xasprintf("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("test", LOG_TARGET_STDERR);
	log_error("one\ntwo");
	log_lines(LOG_LEVEL_WARN, "three\nfour\n");
	log_info("five");
	log_plain_lines(LOG_LEVEL_ERROR, "six\nseven");
	check_logged("<3>error: one\\x0atwo\n<4>warning: three\n"
		     "<4>warning: four\n<6>five\n<3>six\n<3>seven\n");
	free(stream);
	/* of another one that we are not connected to any more */
	stream = xasprintf("%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("test", LOG_TARGET_STDERR);
	log_warn("one");
	check_logged("test: warning: one\n");
	free(stream);
	unsetenv("JOURNAL_STREAM");
}
END_TEST

/* A pipe or socket in place of stderr; returns the other end, which nobody
 * reads until the test does. */
static int
stuff(int kind)
{
	int fds[2];

	if (kind == SOCK_STREAM)
		ck_assert_int_eq(socketpair(AF_UNIX, kind, 0, fds), 0);
	else
		ck_assert_int_eq(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	log_open("test", LOG_TARGET_STDERR);
	return fds[0];
}

/* Once, where the tests run in one process. */
static void
begin_thread(void)
{
	static bool has_begun;

	if (!has_begun)
		log_never_wait();
	has_begun = true;
}

static const int kinds[] = { 0, SOCK_STREAM };
#define LINES 100000 /* more than the pipe and the queue have room for */

START_TEST(never_waits_for_who_does_not_read)
{
	int other = stuff(kinds[_i]), flags = fcntl(STDERR_FILENO, F_GETFL);
	unsigned long before, lost = 0, taken = 0, next = 0, n;
	char line[100];
	FILE *f;

	begin_thread();
	before = log_lost();
	for (n = 0; n < LINES; n++)
		log_info("line %lu of too many", n);
	ck_assert_uint_gt(log_lost(), before);
	log_error("the last one");
	f = fdopen(other, "r");
	while (fgets(line, sizeof line, f) != NULL) {
		if (sscanf(line, "test: line %lu", &n) == 1) {
			ck_assert_uint_ge(n, next);
			next = n + 1;
			taken++;
		} else if (sscanf(line, "test: warning: log: %lu", &lost) ==
		    1) {
			break;
		} else {
			ck_assert_str_eq(line, "test: error: the last one\n");
		}
	}
	ck_assert_uint_eq(lost, log_lost() - before);
	ck_assert_uint_eq(lost + taken, LINES);
	log_info("and on");
	ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
	ck_assert_str_eq(line, "test: and on\n");
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL), flags);
	fclose(f);
}
END_TEST

START_TEST(the_last_line_is_not_lost)
{
	int other = stuff(0);
	char line[100] = "";
	pid_t child = fork();
	FILE *f;

	if (child == 0) {
		log_never_wait();
		for (int i = 0; i < 4000; i++) /* more than a pipe holds */
			log_info("line %d of too many", i);
		log_info("the last one");
		exit(0);
	}
	dup2(testing_log_saved, STDERR_FILENO);
	log_open("test", LOG_TARGET_STDERR);
	f = fdopen(other, "r");
	while (fgets(line, sizeof line, f) != NULL)
		;
	ck_assert_str_eq(line, "test: the last one\n");
	fclose(f);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}
END_TEST

START_TEST(counts_what_nobody_takes)
{
	unsigned long before;
	int other = stuff(0);

	begin_thread();
	before = log_lost();
	log_info("one");
	ck_assert_uint_eq(log_lost(), before);
	signal(SIGPIPE, SIG_IGN);
	close(other);
	log_info("two");
	log_info("three");
	ck_assert_uint_eq(log_lost(), before + 2);
}
END_TEST

/* A pipe is full when it has taken the front of a line. */
START_TEST(a_long_line_is_waited_for_where_one_may_wait)
{
	static char text[100000];
	int other = stuff(0), lines = 0;
	char line[100] = "";
	pid_t child = fork();
	FILE *f;

	if (child == 0) {
		memset(text, 'x', sizeof text - 1);
		log_info("%s", text);
		log_info("the last one");
		exit(0);
	}
	dup2(testing_log_saved, STDERR_FILENO);
	log_open("test", LOG_TARGET_STDERR);
	f = fdopen(other, "r");
	while (fgets(line, sizeof line, f) != NULL)
		lines += strchr(line, '\n') != NULL;
	ck_assert_int_eq(lines, 2);
	ck_assert_str_eq(line, "test: the last one\n");
	fclose(f);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
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
	f = fdopen(dup(testing_log_file), "r");
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
	tcase_add_test(tc, takes_what_a_library_prints);
	tcase_add_test(tc, levels_have_names);
	tcase_add_test(tc, the_journal_has_the_name);
	tcase_add_test(tc, lines_of_threads_do_not_mix);
	tcase_add_test(tc, the_last_line_is_not_lost);
	tcase_add_test(tc, a_long_line_is_waited_for_where_one_may_wait);
	tcase_add_loop_test(tc, never_waits_for_who_does_not_read, 0,
	    sizeof kinds / sizeof kinds[0]);
	tcase_add_test(tc, counts_what_nobody_takes);
	return testing_run(suite);
}
