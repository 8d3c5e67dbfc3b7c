#ifndef TESTING_LOG_H
#define TESTING_LOG_H

#include <unistd.h>

#include "log.h"
#include "testing.h"

/* What a test logs goes to a file in place of standard error. */

static int testing_log_file, testing_log_saved;

static inline void
testing_log_begin(const char *program)
{
	char path[] = "/tmp/sekisho-log.XXXXXX";

	testing_log_file = mkstemp(path);
	ck_assert_int_ne(testing_log_file, -1);
	unlink(path);
	testing_log_saved = dup(STDERR_FILENO);
	ck_assert_int_eq(dup2(testing_log_file, STDERR_FILENO), STDERR_FILENO);
	log_open(program, LOG_TARGET_STDERR);
}

static inline void
testing_log_end(void)
{
	dup2(testing_log_saved, STDERR_FILENO);
	close(testing_log_saved);
	close(testing_log_file);
}

#endif
