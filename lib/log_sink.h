#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "log.h"
#include "strbuf.h"

/*
 * Where the lines of the log go, and how they look there.  Nothing waits in
 * here but log_sink_wait.
 */
void log_sink_open(const char *ident, enum log_target); /* as log_open */

/*
 * Append a line with its LF.  word: what stands before the text, "" for
 * nothing.  Bytes that are not printable are escaped.
 */
void log_sink_add(struct strbuf *, int priority, const char *word,
    const char *text, size_t len);

/*
 * Give away a line, or what is left of one.
 * Returns how many bytes were taken; 0: it would have to wait; -1: nobody
 * takes it.
 */
ssize_t log_sink_write(const char *line, size_t len);

/* Until it is worth another try, for ms at most; -1: however long it takes.
 * Returns whether it is. */
bool log_sink_wait(int ms);

#endif
