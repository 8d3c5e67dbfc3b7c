/*
 * Histograms of latencies.
 */
#include "histogram.h"

#define NBOUNDS (HISTOGRAM_STEPS - 1)

/* Seconds, as they are compared and as they are written. */
static const struct {
	double seconds;
	const char *shown;
} bounds[NBOUNDS] = {
	{ 0.0001, "0.0001" },
	{ 0.0005, "0.0005" },
	{ 0.001, "0.001" },
	{ 0.005, "0.005" },
	{ 0.01, "0.01" },
	{ 0.05, "0.05" },
	{ 0.1, "0.1" },
	{ 0.25, "0.25" },
	{ 0.5, "0.5" },
	{ 1, "1" },
	{ 2.5, "2.5" },
	{ 5, "5" },
};

void
histogram_add(struct histogram *histogram, double seconds)
{
	int step = 0;

	while (step < NBOUNDS && seconds > bounds[step].seconds)
		step++;
	histogram->counts[step]++;
	histogram->seconds += seconds;
}

/* The count of each step holds those of all before it. */
static void
print_parts(const struct histogram *histogram, struct metrics *metrics,
    struct metric_label *labels, size_t nlabels)
{
	struct metric_label *bound = &labels[nlabels];
	double sum = 0;

	bound->name = "le";
	for (int step = 0; step < HISTOGRAM_STEPS; step++) {
		bound->value = step < NBOUNDS ? bounds[step].shown : "+Inf";
		sum += (double)histogram->counts[step];
		metrics_part(metrics, "_bucket", labels, nlabels + 1, sum);
	}
	metrics_part(metrics, "_sum", labels, nlabels, histogram->seconds);
	metrics_part(metrics, "_count", labels, nlabels, sum);
}

void
histogram_print(const struct histogram *histogram, struct metrics *metrics,
    const char *name, const char *help)
{
	struct metric_label bound;

	metrics_begin(metrics, name, METRIC_HISTOGRAM, help);
	print_parts(histogram, metrics, &bound, 0);
}

void
histogram_value(const struct histogram *histogram, struct metrics *metrics,
    const struct metric_label *label)
{
	struct metric_label labels[2] = { *label };

	print_parts(histogram, metrics, labels, 1);
}
