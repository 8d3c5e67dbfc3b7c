#ifndef TESTING_CLOCK_H
#define TESTING_CLOCK_H

#include <stdatomic.h>

#include "clock.h"

/* A clock that a test moves: it stands still, or goes on at each look. */

static atomic_long testing_clock_ms, testing_clock_step;

static inline int
testing_clock_source(clockid_t id, struct timespec *now)
{
	long ms = atomic_fetch_add(&testing_clock_ms, testing_clock_step);

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
	testing_clock_step = 0;
	clock_set_source(testing_clock_source);
}

static inline void
testing_clock_pass(long ms)
{
	testing_clock_ms += ms;
}

/* So much passes with each look from now on. */
static inline void
testing_clock_fly(long ms)
{
	testing_clock_step = ms;
}

#endif
