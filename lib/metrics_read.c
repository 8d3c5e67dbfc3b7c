/*
 * Metrics in the text format of Prometheus, read.
 */
#include <stdlib.h>
#include <string.h>

#include "metrics_read.h"
#include "mem.h"

/* One line, which is cut up; false: it has none of them. */
static bool
read_sample(char *line, const char *prefix, struct metric_sample *sample)
{
	char *value = strrchr(line, ' ');
	char *labels = strchr(line, '{');

	if (strncmp(line, prefix, strlen(prefix)) != 0 || value == NULL)
		return false;
	*value++ = '\0';
	sample->name = line + strlen(prefix);
	sample->labels = "";
	sample->value = strtod(value, NULL);
	if (labels == NULL)
		return true;
	*labels++ = '\0';
	labels[strlen(labels) - 1] = '\0';
	sample->labels = labels;
	return true;
}

void
metrics_read(struct metric_samples *samples, const char *text,
    const char *program)
{
	char *prefix = xasprintf("sekisho_%s_", program);
	char *rest, *line;

	*samples = (struct metric_samples){ .text = xstrdup(text) };
	for (line = strtok_r(samples->text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct metric_sample sample;

		if (!read_sample(line, prefix, &sample))
			continue;
		samples->list = xreallocarray(samples->list, samples->n + 1,
		    sizeof *samples->list);
		samples->list[samples->n++] = sample;
	}
	free(prefix);
}

void
metric_samples_free(struct metric_samples *samples)
{
	free(samples->text);
	free(samples->list);
	*samples = (struct metric_samples){ 0 };
}

double
metrics_value_of(const struct metric_samples *samples, const char *name,
    const char *labels)
{
	double sum = 0;

	for (size_t i = 0; i < samples->n; i++) {
		const struct metric_sample *sample = &samples->list[i];

		if (strcmp(sample->name, name) == 0 &&
		    (labels == NULL || strcmp(sample->labels, labels) == 0))
			sum += sample->value;
	}
	return sum;
}
