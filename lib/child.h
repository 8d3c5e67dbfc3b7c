#ifndef CHILD_H
#define CHILD_H

#include "strbuf.h"

/*
 * Work that may hang, or needs another user, in a process of its own: what it
 * appends to out comes back.  For tools; a daemon makes no processes.
 */
typedef int child_work(const void *arg, struct strbuf *out);

/*
 * Returns what work returned, 0 to 255; -1 with the reason in err when it could
 * not be done, or was not done within the time, in ms, and is gone.
 */
int child_run(child_work *work, const void *arg, long ms, struct strbuf *out,
    struct strbuf *err);

#endif
