#ifndef TESTING_CLOCK_H
#define TESTING_CLOCK_H

#include <stdatomic.h>

#include "clock.h"

/* A clock that stands still until a test sets it. */

static atomic_long testing_clock_ms;

static inline int
testing_clock_source(clockid_t id, struct timespec *now)
{
	long ms = testing_clock_ms;

	(void)id;
	now->tv_sec = ms / 1000;
	now->tv_nsec = ms % 1000 * 1000000;
	return 0;
}

/* Before threads are made. */
static inline void
testing_clock_begin(void)
{
	testing_clock_ms = 1000;
	clock_set_source(testing_clock_source);
}

static inline void
testing_clock_pass(long ms)
{
	testing_clock_ms += ms;
}

#endif
