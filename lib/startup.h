#ifndef STARTUP_H
#define STARTUP_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"
#include "strbuf.h"

/*
 * The start of a daemon: its command line, and the steps from there to
 * daemon_ready that are the same for each.  Every function here logs what goes
 * wrong and ends the process with the exit code for it.
 */
struct startup_program {
	const char *name;        /* of the program, and of NAME.cf(5) */
	const char *config_file; /* unless -c names one */
	const struct conf_param *params;
	size_t nparams;
	struct startup_listing {
		char option; /* as -M; 0: there is none */
		const char *what;
		void (*print)(struct strbuf *out);
	} listing; /* what the manual lists beside the parameters */
};

struct startup {
	const struct startup_program *program; /* borrowed */
	char *config_file; /* absolute; its symbolic links are kept, so that
			    * a reload follows where they lead then */
	bool foreground;   /* -f */
	bool only_check;   /* -t */
};

/*
 * Log to stderr from now on, and read the command line.  What only prints (-h,
 * -M, --version) is done here and ends the process, as a wrong option does
 * (EX_USAGE).
 */
void startup_options(struct startup *, const struct startup_program *, int argc,
    char **argv);
void startup_free(struct startup *); /* back to all-zero */

/* Whether the user that it names can be become (daemon.h).
 * Returns 0, or -1 with a line in err, that says where it is named. */
int startup_check_user(const struct conf *, const char *user,
    struct strbuf *err);

/* Into the background, unless -f; many descriptors. */
void startup_detach(const struct startup *);

/* The pid file, unless -f (EX_OSERR); then the user (EX_CONFIG). */
void startup_become(const struct startup *, const char *pid_file,
    const char *user);

/* Enter the sandbox (sandbox.h).  Reading stays free, for a reload may name
 * files anywhere.  directory: all that is written is in it; NULL: nothing. */
void startup_sandbox(const char *directory);

/* Everything serves: log to syslog, unless -f, that it does, and tell who
 * waits. */
void startup_ready(const struct startup *);

/* Log every line of err and end the process. */
void startup_fail(int code, struct strbuf *err) __attribute__((noreturn));

#endif
