#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Start a thread that nobody joins, for work that comes and goes.  It takes no
 * signals: they are the loop's.  Nobody may cancel the thread that calls this.
 * Returns 0 or an errno.
 */
int thread_start(void *(*fn)(void *arg), void *arg);

/*
 * Wait for a thread, with the lock held: in the end it clears *is_there and
 * signals the condition.  Returns false when it is there still at until, a time
 * of clock_ms: what it has, as a disk that is stuck, must not keep the process.
 */
bool thread_await_end(const bool *is_there, pthread_cond_t *ended,
    pthread_mutex_t *, long until);

#endif
