#ifndef PROXYMAP_DOOR_H
#define PROXYMAP_DOOR_H

#include "strbuf.h"

struct event_base;

/*
 * The way to proxymap(8).  Its socket lies in private/ of Postfix's queue
 * directory, where only root and Postfix's own user get in.  So a child that is
 * started before the rights are dropped stays there: it is locked up in that
 * directory (chroot), runs as Postfix's user, and is told nothing but "one
 * more"; the answer is a connected socket.  It ends with its parent.
 */
struct proxymap_door;

/*
 * Start the child; to be called while the process may become another user, and
 * before its first thread.  A process that is not root's keeps its user, and
 * the child only goes to the directory.  What goes wrong is told by whoever
 * asks.  NULL values: there is no Postfix.
 */
struct proxymap_door *proxymap_door_open(const char *queue_directory,
    const char *mail_owner);
void proxymap_door_free(struct proxymap_door *); /* NULL is fine */

/* Why nobody will get through; NULL: nothing is wrong.  Borrowed. */
const char *proxymap_door_problem(const struct proxymap_door *);

void proxymap_door_start(struct proxymap_door *, struct event_base *);

/*
 * One more connection to proxymap: opened is called later, in the loop, with a
 * non-blocking descriptor, that it owns, or -1 and the reason.
 * Returns 0, or -1: nobody gets through (see problem), and it is not called.
 */
typedef void proxymap_opened(void *arg, int fd, const char *why);
int proxymap_door_ask(struct proxymap_door *, proxymap_opened *, void *arg);

/* Nobody waits for it any more. */
void proxymap_door_forget(struct proxymap_door *, void *arg);

#endif
