/*
 * Latencies are kept one by one: percentiles are exact, the worst included.
 * What the server costs, Linux knows (its clock of another process, and
 * proc(5)).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "measurement.h"
#include "clock.h"
#include "mem.h"

static uint64_t
server_cpu_ns(pid_t pid)
{
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &used) == -1)
		errx(1, "no process %d", (int)pid);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* Memory of its own: no files. */
static long
server_rss_anon_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = -1;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if ((file = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	while (kb == -1 && fgets(line, sizeof line, file))
		sscanf(line, "RssAnon: %ld kB", &kb);
	fclose(file);
	return kb;
}

static int
compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* The time within which so many percent were answered; after sorting. */
static double
percentile_ms(const struct measurement *measurement, double percent)
{
	size_t count = measurement->latency_count;
	size_t rank = (size_t)(percent / 100 * (double)count);

	if (count == 0)
		return 0;
	if (rank >= count)
		rank = count - 1;
	return (double)measurement->latency[rank] / 1e6;
}

bool
measurement_option(struct measurement *measurement, int option, const char *arg)
{
	switch (option) {
	case 'n':
		measurement->wanted = strtol(arg, NULL, 10);
		return true;
	case 'P':
		measurement->server = (pid_t)strtol(arg, NULL, 10);
		return true;
	case 'r':
		measurement->rate = strtod(arg, NULL);
		return true;
	case 't':
		measurement->seconds = strtod(arg, NULL);
		return true;
	case 'w':
		measurement->warm_up = strtol(arg, NULL, 10);
		return true;
	}
	return false;
}

uint64_t
now_ns(void)
{
	return (uint64_t)clock_us() * 1000;
}

void
measurement_begin(struct measurement *measurement)
{
	measurement->begin = now_ns();
	measurement->measured_from = measurement->begin;
	measurement->last_answer = measurement->begin;
	if (measurement->server)
		measurement->cpu_ns = server_cpu_ns(measurement->server);
}

bool
measurement_may_send(const struct measurement *measurement)
{
	return measurement->sent < measurement->warm_up + measurement->wanted;
}

uint64_t
measurement_due(const struct measurement *measurement)
{
	if (measurement->rate > 0)
		return measurement->begin +
		    (uint64_t)((double)measurement->sent / measurement->rate *
			1e9);
	return now_ns();
}

bool
measurement_is_over(const struct measurement *measurement)
{
	long measured = measurement->answered - measurement->warm_up;

	return measured == measurement->wanted ||
	    (measured >= 0 &&
		now_ns() - measurement->measured_from >
		    (uint64_t)(measurement->seconds * 1e9));
}

static void
keep(struct measurement *measurement, uint64_t latency)
{
	if (measurement->latency_count == measurement->latency_size) {
		measurement->latency_size =
		    measurement->latency_size * 2 + 4096;
		measurement->latency = xreallocarray(measurement->latency,
		    measurement->latency_size, sizeof(uint64_t));
	}
	measurement->latency[measurement->latency_count++] = latency;
}

void
measurement_answered(struct measurement *measurement, uint64_t asked)
{
	measurement->last_answer = now_ns();
	if (measurement->answered++ < measurement->warm_up)
		measurement->measured_from = measurement->last_answer;
	else
		keep(measurement, measurement->last_answer - asked);
}

/* The first is to have begun already, or to have nothing yet. */
void
measurement_add(struct measurement *measurement,
    const struct measurement *other)
{
	if (measurement->answered == 0) {
		measurement->cpu_ns = other->cpu_ns;
		measurement->measured_from = other->measured_from;
	}
	measurement->sent += other->sent;
	measurement->answered += other->answered;
	if (measurement->measured_from < other->measured_from)
		measurement->measured_from = other->measured_from;
	if (measurement->last_answer < other->last_answer)
		measurement->last_answer = other->last_answer;
	for (size_t i = 0; i < other->latency_count; i++)
		keep(measurement, other->latency[i]);
}

void
measurement_print(struct measurement *measurement)
{
	double answered = (double)measurement->latency_count;
	double seconds =
	    (double)(measurement->last_answer - measurement->measured_from) /
	    1e9;

	if (measurement->latency_count > 0)
		qsort(measurement->latency, measurement->latency_count,
		    sizeof(uint64_t), compare);
	printf("measured=%zu rate=%.1f p50=%.3f p99=%.3f max=%.3f "
	       "unanswered=%ld",
	    measurement->latency_count, seconds > 0 ? answered / seconds : 0,
	    percentile_ms(measurement, 50), percentile_ms(measurement, 99),
	    percentile_ms(measurement, 100),
	    measurement->sent - measurement->answered);
	if (measurement->server)
		printf(" cpu_us=%.2f rss_anon_kb=%ld",
		    (double)(server_cpu_ns(measurement->server) -
			measurement->cpu_ns) /
			1e3 / (double)measurement->answered,
		    server_rss_anon_kb(measurement->server));
}
