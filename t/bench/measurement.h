#ifndef MEASUREMENT_H
#define MEASUREMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Questions to a server, counted and timed: some to warm it up, then those
 * that are measured, until all are answered or the time of the latter is over.
 * Set the first five (measurement_option does), the rest to 0.
 */
struct measurement {
	long warm_up;
	long wanted;
	double rate; /* questions a second; 0: each after an answer */
	double seconds;
	pid_t server; /* 0: its CPU time and memory are not of interest */

	long sent; /* to be counted by the caller */
	long answered;
	uint64_t begin;         /* as now_ns() */
	uint64_t measured_from; /* the end of the warm-up */
	uint64_t last_answer;
	uint64_t cpu_ns;   /* of the server, at the beginning */
	uint64_t *latency; /* of each measured answer */
	size_t latency_count, latency_size;
};

/* For getopt(3), and what it finds; returns false for another option. */
#define MEASUREMENT_OPTIONS "n:P:r:t:w:"
#define MEASUREMENT_USAGE                                                      \
	"[-n wanted] [-P server_pid] [-r rate] [-t seconds] [-w warm_up]"
bool measurement_option(struct measurement *, int option, const char *arg);

/* Nanoseconds of a clock that nobody sets. */
uint64_t now_ns(void);

void measurement_begin(struct measurement *);
bool measurement_may_send(const struct measurement *); /* more are wanted */
uint64_t measurement_due(const struct measurement *);  /* when the next is */
bool measurement_is_over(const struct measurement *);

/* One was answered that was asked (or should have been) at that time. */
void measurement_answered(struct measurement *, uint64_t asked);

/* Another at the same time, of the same server. */
void measurement_add(struct measurement *, const struct measurement *other);

/* Print "name=value ...", without an end of line.  Times in milliseconds. */
void measurement_print(struct measurement *);

#endif
