#ifndef SANDBOX_H
#define SANDBOX_H

#include "strbuf.h"

/*
 * What a daemon needs for the rest of its life.  The lists end with NULL (or
 * are NULL); an entry is a file or a directory with all below it; one that
 * does not exist is left out.  What belongs to a file that gets replaced by
 * rename is its directory.  libc's own needs (/etc, /usr, /dev/null ...) are
 * added.  What a reload may name is wanted here, too: "/" where that can be
 * anything, which still leaves the process nothing to write or to execute.
 */
struct sandbox_paths {
	const char *const *read;
	const char *const *write; /* read, write, create, rename, remove */
};

/*
 * Give up, for good, what the daemon does not need: other files (Landlock),
 * new processes and programs, and system calls that no part of it uses
 * (seccomp: those fail with ENOSYS, so that libc does without them).  Call it
 * once, when privileges are dropped and sockets are open, and before the
 * first thread starts: Landlock binds the calling thread and its children.
 *
 * Kernels without Landlock or seccomp, and builds with a sanitizer: goes on
 * without, with a line at debug level.
 * Returns 0; -1 with the reason in err when the kernel refuses what it has:
 * worth a warning, the daemon works without.
 */
int sandbox_enter(const struct sandbox_paths *, struct strbuf *err);

#endif
