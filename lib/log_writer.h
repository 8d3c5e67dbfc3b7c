#ifndef LOG_WRITER_H
#define LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Hand a line to the sink.  Before log_never_wait that may take its time
 * (log_set_patience).
 * Afterwards nobody waits: what the sink does not take at once is written by
 * a thread, and when more than LOG_QUEUE_MAX bytes wait, lines are lost, those
 * that are not urgent first.  How many is logged when the sink takes lines
 * again.
 */
#define LOG_QUEUE_MAX (1024 * 1024)
void log_writer_put(const char *line, size_t len, bool is_urgent);

#endif
