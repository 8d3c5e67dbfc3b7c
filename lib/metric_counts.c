/*
 * Counters by labels.  There are few sets, and what came lately comes again, so
 * they are searched from the front, and one that was found moves there.
 */
#include <stdlib.h>
#include <string.h>

#include "metric_counts.h"
#include "mem.h"

struct metric_count {
	char *values[METRIC_COUNTS_LABELS]; /* NULL: no more */
	unsigned long count;
};

static bool
is_for(const struct metric_count *count, const struct metric_counts *counts,
    const char *const values[])
{
	for (int i = 0; i < METRIC_COUNTS_LABELS && counts->names[i] != NULL;
	     i++)
		if (strcmp(count->values[i], values[i]) != 0)
			return false;
	return true;
}

/* The one with the values, at the front; NULL: there is none. */
static struct metric_count *
find(struct metric_counts *counts, const char *const values[])
{
	for (size_t i = 0; i < counts->n; i++) {
		struct metric_count found = counts->list[i];

		if (!is_for(&found, counts, values))
			continue;
		memmove(counts->list + 1, counts->list,
		    i * sizeof *counts->list);
		counts->list[0] = found;
		return &counts->list[0];
	}
	return NULL;
}

static struct metric_count *
add(struct metric_counts *counts, const char *const values[])
{
	struct metric_count *count;

	counts->list =
	    xreallocarray(counts->list, counts->n + 1, sizeof *counts->list);
	count = &counts->list[counts->n++];
	*count = (struct metric_count){ .count = 0 };
	for (int i = 0; i < METRIC_COUNTS_LABELS && counts->names[i] != NULL;
	     i++)
		count->values[i] = xstrdup(values[i]);
	return count;
}

void
metric_counts_add(struct metric_counts *counts, const char *const values[])
{
	static const char *const other[METRIC_COUNTS_LABELS] = { "other",
		"other", "other" };
	struct metric_count *count = find(counts, values);

	if (count == NULL && counts->n >= METRIC_COUNTS_MAX) {
		values = other;
		count = find(counts, values);
	}
	if (count == NULL)
		count = add(counts, values);
	count->count++;
}

void
metric_counts_print(const struct metric_counts *counts, struct metrics *metrics,
    const char *name, const char *help)
{
	metrics_begin(metrics, name, METRIC_COUNTER, help);
	for (size_t i = 0; i < counts->n; i++) {
		const struct metric_count *count = &counts->list[i];
		struct metric_label labels[METRIC_COUNTS_LABELS];
		size_t n = 0;

		for (; n < METRIC_COUNTS_LABELS && counts->names[n] != NULL;
		     n++)
			labels[n] = (struct metric_label){ counts->names[n],
				count->values[n] };
		metrics_value(metrics, labels, n, (double)count->count);
	}
}

void
metric_counts_free(struct metric_counts *counts)
{
	for (size_t i = 0; i < counts->n; i++)
		for (int j = 0; j < METRIC_COUNTS_LABELS; j++)
			free(counts->list[i].values[j]);
	free(counts->list);
	counts->list = NULL;
	counts->n = 0;
}
