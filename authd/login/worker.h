#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "hash_queue.h"

struct crypt_data;
struct event_base;

/*
 * Threads that hash passwords, which the loop must not wait for, in the order
 * of hash_queue.h.  What is cheap is done in the loop: to hand a step of SCRAM
 * over to a thread and back costs more than the step.  All functions are for
 * the loop's thread.
 */
struct workers;

enum job_end {
	JOB_DONE,
	JOB_TURNED_AWAY, /* the queue was full; did not run */
};

struct job {
	/* In a thread.  scratch: the thread's own, for crypt_r(3). */
	void (*run)(struct job *, struct crypt_data *scratch);
	/* In the loop, later; never from inside of workers_add. */
	void (*end)(struct job *, enum job_end);
	bool hashes; /* a password: it is counted */

	/* The rest is the workers' own. */
	enum { JOB_IDLE, JOB_WAITING, JOB_RUNNING, JOB_ENDED } place;
	enum job_end how;
	struct hash_entry entry;
	TAILQ_ENTRY(job) link;
};

/* nice: the nice(2) value of the threads, where the process may set it. */
struct workers *workers_new(struct event_base *, size_t nthreads,
    size_t queue_limit, int nice);

/* Ends when all threads have finished what they are at, and those jobs have
 * heard of their end; queued ones are forgotten without it. */
void workers_free(struct workers *);

/* The job is borrowed until its end or until it was cancelled. */
void workers_add(struct workers *, struct job *, const struct source *,
    bool is_known);

/*
 * Take back a job that waits.  Returns false when it is too late: it runs or
 * has run, and its end is still to come.
 */
bool workers_cancel(struct workers *, struct job *);

struct workers_stats {
	size_t threads;
	size_t waiting;
	size_t turned_away; /* since the start, as all below */
	size_t hashed;
	double hash_seconds; /* CPU time */
};
void workers_stats(struct workers *, struct workers_stats *);

#endif
