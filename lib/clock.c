/*
 * The time, from one place.
 */
#include "clock.h"

#define LOOKS_BACK 5

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

/* It is set back when it says so again and again: a virtual machine that is
 * moved, or who fakes the time, may step back for an instant, and what ends by
 * the clock would then end too early. */
time_t
clock_now(void)
{
	static const struct timespec pause = { .tv_nsec = 2 * 1000 * 1000 };
	static _Thread_local time_t latest;
	time_t now = read_clock(CLOCK_REALTIME_COARSE).tv_sec;

	for (int i = 0; now < latest && i < LOOKS_BACK; i++) {
		nanosleep(&pause, NULL);
		now = read_clock(CLOCK_REALTIME_COARSE).tv_sec;
	}
	latest = now;
	return now;
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
