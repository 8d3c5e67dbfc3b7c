/* Tests of child.c. */
#include <signal.h>
#include <unistd.h>

#include "testing.h"
#include "child.h"

#define LONG_MS 100000
#define MUCH    200000 /* bytes: more than a pipe holds */

static struct strbuf out, err;

static int
says_much(const void *arg, struct strbuf *text)
{
	for (int i = 0; i < MUCH; i++)
		strbuf_adds(text, arg);
	return 7;
}

static int
hangs(const void *arg, struct strbuf *text)
{
	(void)arg;
	(void)text;
	while (pause() == -1)
		continue;
	return 0;
}

static int
is_killed(const void *arg, struct strbuf *text)
{
	(void)arg;
	(void)text;
	raise(SIGKILL);
	return 0;
}

START_TEST(brings_back_all_that_was_said)
{
	ck_assert_int_eq(child_run(says_much, "x", LONG_MS, &out, &err), 7);
	ck_assert_uint_eq(out.len, MUCH);
	ck_assert_uint_eq(err.len, 0);
	strbuf_free(&out);
}
END_TEST

START_TEST(ends_what_hangs)
{
	ck_assert_int_eq(child_run(hangs, NULL, 1, &out, &err), -1);
	testing_eat(&err, "no answer within 1 ms");
}
END_TEST

START_TEST(tells_of_one_that_was_killed)
{
	ck_assert_int_eq(child_run(is_killed, NULL, LONG_MS, &out, &err), -1);
	testing_eat(&err, "ended by a signal");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("child");
	TCase *tc = tcase_create("child");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, brings_back_all_that_was_said);
	tcase_add_test(tc, ends_what_hangs);
	tcase_add_test(tc, tells_of_one_that_was_killed);
	return testing_run(suite);
}
