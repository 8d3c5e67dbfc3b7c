#ifndef TESTING_LOG_H
#define TESTING_LOG_H

#include <string.h>
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

/* How many lines with text the log has had. */
static inline unsigned
testing_log_count(const char *text)
{
	static char lines[65536];
	unsigned count = 0;
	ssize_t n = pread(testing_log_file, lines, sizeof lines - 1, 0);

	lines[n > 0 ? n : 0] = '\0';
	for (const char *p = lines; (p = strstr(p, text)) != NULL; p++)
		count++;
	return count;
}

#endif
