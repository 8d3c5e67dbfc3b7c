#ifndef TESTING_H
#define TESTING_H

#include <check.h>
#include <stdlib.h>

#include "mem.h"
#include "strbuf.h"

/* What the libcheck programs share. */

/* A deadline ends what hangs, and nothing that is slow because the machine is
 * busy; libcheck's own is 4 seconds. */
__attribute__((constructor)) static void
testing_set_deadline(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "300", 0);
}

/* Run a suite, TAP on stdout.  Returns the exit code of the program. */
static inline int
testing_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The text of sb is text; sb is empty afterwards. */
static inline void
testing_eat(struct strbuf *sb, const char *text)
{
	ck_assert_str_eq(strbuf_str(sb), text);
	strbuf_free(sb);
}

/* A new empty directory; its path, for testing_remove_dir. */
static inline char *
testing_make_dir(void)
{
	char *dir = xstrdup("/tmp/sekisho-test.XXXXXX");

	ck_assert_ptr_nonnull(mkdtemp(dir));
	return dir;
}

static inline void
testing_remove_dir(char *dir)
{
	char *command = xasprintf("rm -rf %s", dir);

	ck_assert_int_eq(system(command), 0);
	free(command);
	free(dir);
}

#endif
