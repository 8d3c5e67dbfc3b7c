/*
 * The time, from one place.
 */
#include "clock.h"

static clock_source *source = clock_gettime;

static struct timespec
read_clock(clockid_t id)
{
	struct timespec now = { 0 };

	source(id, &now);
	return now;
}

static long
ms_of(clockid_t id)
{
	struct timespec now = read_clock(id);

	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

time_t
clock_now(void)
{
	return read_clock(CLOCK_REALTIME_COARSE).tv_sec;
}

long
clock_ms(void)
{
	return ms_of(CLOCK_MONOTONIC);
}

long
clock_coarse_ms(void)
{
	return ms_of(CLOCK_MONOTONIC_COARSE);
}

long long
clock_us(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);

	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

double
clock_cpu_seconds(void)
{
	struct timespec used = read_clock(CLOCK_THREAD_CPUTIME_ID);

	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

void
clock_set_source(clock_source *other)
{
	source = other;
}
