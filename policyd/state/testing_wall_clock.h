#ifndef TESTING_WALL_CLOCK_H
#define TESTING_WALL_CLOCK_H

#include <stdatomic.h>

#include "clock.h"

/* A wall clock that the test moves; what bounds a wait goes on. */

static atomic_long testing_now = 1000000;

static inline int
testing_wall_clock(clockid_t id, struct timespec *now)
{
	if (id != CLOCK_REALTIME_COARSE)
		return clock_gettime(id, now);
	*now = (struct timespec){ .tv_sec = testing_now };
	return 0;
}

#endif
