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

/* Until is a time of clock_ms, whatever becomes of the wall clock.
 * Returns 0, or ETIMEDOUT then. */
int thread_cond_wait(pthread_cond_t *, pthread_mutex_t *, long until);

/*
 * Wait for a thread, with the lock held: in the end it clears *is_there and
 * signals the condition.  Returns false when it is there still at until: what
 * it has, as a disk that is stuck, must not keep the process.
 */
bool thread_await_end(const bool *is_there, pthread_cond_t *ended,
    pthread_mutex_t *, long until);

#endif
