/*
 * Threads that nobody joins.
 */
#include <signal.h>
#include <time.h>

#include "thread.h"

int
thread_start(void *(*fn)(void *arg), void *arg)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int result;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = pthread_create(&thread, &attr, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	/* Else glibc turns this on and off around each call that may wait, by
	 * two locked instructions, from the first thread on. */
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	return result;
}

/* Until is a time of clock_ms, whatever becomes of the wall clock.
 * Returns 0, or ETIMEDOUT then. */
static int
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, long until)
{
	const struct timespec time = { until / 1000, until % 1000 * 1000000 };

	return pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &time);
}

bool
thread_await_end(const bool *is_there, pthread_cond_t *ended,
    pthread_mutex_t *lock, long until)
{
	while (*is_there && wait_until(ended, lock, until) == 0)
		;
	return !*is_there;
}
