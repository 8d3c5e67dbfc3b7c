#ifndef LOG_STREAM_H
#define LOG_STREAM_H

#include <stdio.h>

/*
 * For a library that prints what it has to say: every line becomes one of the
 * log, at level warn.  prefix: what stands before it; borrowed for ever.
 * Returns NULL when there is no memory.
 */
FILE *log_stream(const char *prefix);

#endif
