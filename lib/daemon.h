#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>

#include "strbuf.h"

struct event_base;

/*
 * The life of a daemon.  Order at start: configuration, daemon_detach,
 * sockets, daemon_pid_file, daemon_become, tables and databases,
 * daemon_signals, daemon_ready.
 */

/*
 * Go into the background.  The parent waits for daemon_ready and exits 0, or
 * with the exit code of a child that ends before; stderr stays until then.
 * The working directory becomes /: make relative paths absolute before.
 */
void daemon_detach(void);

/* Create and lock the pid file; it stays locked for the life of the process,
 * and is emptied when that ends by exit().  One who has come so far is waited
 * for.
 * Returns 0 or -1 (another daemon runs: its pid is named). */
int daemon_pid_file(const char *path, struct strbuf *err);

/*
 * Become the user with its own groups, for good; nothing when the process is
 * not root's, or when user is "" or root's (which logs a warning).
 * Returns 0 or -1, with the useradd line in err when there is no such user.
 */
int daemon_become(const char *user, struct strbuf *err);

/* Whether daemon_become would find the user; the same reasons, no effect:
 * for the check of a configuration. */
int daemon_check_user(const char *user, struct strbuf *why);

/* Everything serves: let the parent of daemon_detach go, READY=1 to the
 * service manager (sd_notify(3) protocol). */
void daemon_ready(void);
void daemon_reloading(void); /* RELOADING=1; daemon_ready ends it */
void daemon_stopping(void);

/*
 * SIGTERM and SIGINT call stop, SIGHUP calls reload, from the loop; SIGPIPE
 * is ignored.
 */
void daemon_signals(struct event_base *, void (*stop)(void *arg),
    void (*reload)(void *arg), void *arg);

/* Raise the soft limit of descriptors to the hard one. */
void daemon_raise_descriptor_limit(void);

#endif
