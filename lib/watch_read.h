#ifndef WATCH_READ_H
#define WATCH_READ_H

#include "strbuf.h"

/*
 * For the command line tools: read the watch of the daemon at address
 * (unix:PATH), until it goes or this is killed.  events: the names of those
 * that are wanted, separated by blanks; "": all.
 *
 * command: NULL: each event goes to standard output as it comes.  Else: what
 * changes from now on (not what is so already) goes to a command of the shell,
 * one event for each run, as a line on its standard input; one run after the
 * other.
 *
 * Returns an exit code with a line in err: EX_UNAVAILABLE when the daemon
 * cannot be reached or goes; EX_TEMPFAIL when this was too slow for it;
 * EX_IOERR when what is written is not read; EX_OSERR.
 */
int watch_read(const char *address, const char *events, const char *command,
    struct strbuf *err);

#endif
