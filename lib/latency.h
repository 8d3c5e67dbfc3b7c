#ifndef LATENCY_H
#define LATENCY_H

/*
 * How long things take, in milliseconds, in bounded memory: counts in steps
 * of some 10 %.  Old samples fade as new ones come.
 */
#define LATENCY_STEPS 88

struct latency {
	unsigned counts[LATENCY_STEPS];
	unsigned total;
};

void latency_add(struct latency *, unsigned ms);

/* The value that `percent` of the samples do not exceed; 0: no samples. */
unsigned latency_percentile(const struct latency *, unsigned percent);

#endif
