#ifndef THREAD_H
#define THREAD_H

/*
 * Start a thread that nobody joins, for work that comes and goes.  It takes no
 * signals: they are the loop's.
 * Returns 0 or an errno.
 */
int thread_start(void *(*fn)(void *arg), void *arg);

#endif
