#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "hash_queue.h"

struct crypt_data;
struct event_base;

/*
 * Threads that hash passwords, which the loop must not wait for; the jobs
 * wait in the order of hash_queue.h.  Cheap jobs (mechanism steps, database
 * reads: some 10 us) the loop does itself, first come first served, when it
 * is back from what it is at: to hand one to a thread and back would cost
 * more than the job.  All functions are for the loop's thread.
 */
struct workers;

enum job_end {
	JOB_DONE,
	JOB_TURNED_AWAY, /* the queue was full; did not run */
};

struct job {
	/* scratch: for crypt_r(3); NULL in a cheap job. */
	void (*run)(struct job *, struct crypt_data *scratch);
	/* In the loop, later; never from inside of workers_cheap/hash. */
	void (*end)(struct job *, enum job_end);

	/* The rest is the workers' own. */
	enum { JOB_IDLE, JOB_CHEAP, JOB_HASH, JOB_RUNNING, JOB_ENDED } place;
	enum job_end how;
	struct hash_entry entry;
	STAILQ_ENTRY(job) link;
};

/*
 * nhash: hashing threads.  hash_nice: their nice(2) value, where the process
 * may set it.
 */
struct workers *workers_new(struct event_base *, size_t nhash,
    size_t queue_limit, int hash_nice);

/* Ends when all threads have finished what they are at; queued jobs are
 * forgotten without their end. */
void workers_free(struct workers *);

/* The job is borrowed until its end or until it was cancelled. */
void workers_cheap(struct workers *, struct job *);
void workers_hash(struct workers *, struct job *, const struct source *,
    bool is_known);

/*
 * Take back a job that waits.  Returns false when it is too late: it runs or
 * has run, and its end is still to come.
 */
bool workers_cancel(struct workers *, struct job *);

struct workers_stats {
	size_t threads;       /* hashing */
	size_t waiting;       /* hashing jobs */
	size_t turned_away;   /* since the start, as all below */
	size_t cheap, hashed; /* jobs that ran */
	double hash_seconds;
};
void workers_stats(struct workers *, struct workers_stats *);

#endif
