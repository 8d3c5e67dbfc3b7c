/*
 * A histogram of latencies: exact up to 20 ms, in steps of a tenth above.
 */
#include "latency.h"

#define EXACT_MAX   20
#define SAMPLES_MAX 10000 /* then every count is halved */

/* The largest value of the step after the one that ends with ms. */
static unsigned
next_bound(unsigned ms)
{
	return ms < EXACT_MAX ? ms + 1 : ms + ms / 10;
}

void
latency_add(struct latency *latency, unsigned ms)
{
	unsigned step = 0;

	for (unsigned bound = 0; bound < ms && step < LATENCY_STEPS - 1; step++)
		bound = next_bound(bound);
	latency->counts[step]++;
	if (++latency->total < SAMPLES_MAX)
		return;
	latency->total = 0;
	for (step = 0; step < LATENCY_STEPS; step++) {
		latency->counts[step] /= 2;
		latency->total += latency->counts[step];
	}
}

unsigned
latency_percentile(const struct latency *latency, unsigned percent)
{
	unsigned long wanted =
	    ((unsigned long)latency->total * percent + 99) / 100;
	unsigned bound = 0;

	if (latency->total == 0)
		return 0;
	for (unsigned step = 0; step < LATENCY_STEPS - 1; step++) {
		if (latency->counts[step] >= wanted)
			return bound;
		wanted -= latency->counts[step];
		bound = next_bound(bound);
	}
	return bound;
}
