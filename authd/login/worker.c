/*
 * Threads that hash.  Results come back to the loop over an eventfd.
 */
#include <crypt.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "worker.h"

TAILQ_HEAD(jobs, job);

struct workers {
	pthread_mutex_t lock; /* everything below */
	pthread_cond_t wanted;
	struct hash_queue *queue;
	struct jobs ended;
	bool stopping;
	struct workers_stats stats;

	int nice;
	int wakeup; /* eventfd */
	struct event *wakeup_event;
	size_t nthreads;
	pthread_t *threads;
};

static struct job *
job_of(struct hash_entry *entry)
{
	return (struct job *)((char *)entry - offsetof(struct job, entry));
}

/* With the lock held; wake_loop comes after it. */
static void
end_job(struct workers *workers, struct job *job, enum job_end how)
{
	job->place = JOB_ENDED;
	job->how = how;
	TAILQ_INSERT_TAIL(&workers->ended, job, link);
}

/* Without the lock, which the loop will want at once. */
static void
wake_loop(struct workers *workers)
{
	uint64_t one = 1;

	if (write(workers->wakeup, &one, sizeof one) == -1)
		abort(); /* an eventfd takes 2^64-2 of them */
}

/* Called, and returns, with the lock held. */
static void
run_next(struct workers *workers, struct crypt_data *scratch)
{
	struct job *job = job_of(hash_queue_pop(workers->queue));
	double seconds;

	job->place = JOB_RUNNING;
	pthread_mutex_unlock(&workers->lock);
	seconds = -clock_cpu_seconds();
	job->run(job, scratch);
	seconds += clock_cpu_seconds();
	explicit_bzero(scratch, sizeof *scratch);
	pthread_mutex_lock(&workers->lock);
	hash_queue_charge(workers->queue, &job->entry.source, seconds * 1000,
	    clock_ms());
	workers->stats.hashed += job->hashes;
	workers->stats.hash_seconds += seconds;
	end_job(workers, job, JOB_DONE);
	pthread_mutex_unlock(&workers->lock);
	wake_loop(workers);
	pthread_mutex_lock(&workers->lock);
}

static void *
thread_main(void *arg)
{
	struct workers *workers = arg;
	struct crypt_data *scratch = xcalloc(1, sizeof *scratch);

	/* Linux: of this thread.  Not allowed: then it stays as it is. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), workers->nice);
	pthread_mutex_lock(&workers->lock);
	while (!workers->stopping) {
		if (hash_queue_len(workers->queue) == 0)
			pthread_cond_wait(&workers->wanted, &workers->lock);
		else
			run_next(workers, scratch);
	}
	pthread_mutex_unlock(&workers->lock);
	free(scratch);
	return NULL;
}

static void
tell_ended(struct workers *workers)
{
	struct jobs ended = TAILQ_HEAD_INITIALIZER(ended);
	struct job *job;

	pthread_mutex_lock(&workers->lock);
	TAILQ_CONCAT(&ended, &workers->ended, link);
	pthread_mutex_unlock(&workers->lock);
	while ((job = TAILQ_FIRST(&ended)) != NULL) {
		TAILQ_REMOVE(&ended, job, link);
		job->place = JOB_IDLE;
		job->end(job, job->how);
	}
}

static void
on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) == -1 && errno != EAGAIN)
		abort();
	tell_ended(arg);
}

struct workers *
workers_new(struct event_base *base, size_t nthreads, size_t queue_limit,
    int nice)
{
	struct workers *workers = xcalloc(1, sizeof *workers);
	sigset_t all, before;

	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->wanted, NULL);
	TAILQ_INIT(&workers->ended);
	workers->queue = hash_queue_new(queue_limit);
	workers->nice = nice;
	workers->stats.threads = nthreads;
	workers->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	workers->wakeup_event = event_new(base, workers->wakeup,
	    EV_READ | EV_PERSIST, on_wakeup, workers);
	event_add(workers->wakeup_event, NULL);

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	workers->nthreads = nthreads;
	workers->threads = xcalloc(workers->nthreads, sizeof *workers->threads);
	for (size_t i = 0; i < workers->nthreads; i++)
		if (pthread_create(&workers->threads[i], NULL, thread_main,
			workers) != 0)
			abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return workers;
}

void
workers_free(struct workers *workers)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	pthread_cond_broadcast(&workers->wanted);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < workers->nthreads; i++)
		pthread_join(workers->threads[i], NULL);
	tell_ended(workers);
	while (hash_queue_pop(workers->queue) != NULL)
		;
	hash_queue_free(workers->queue);
	event_free(workers->wakeup_event);
	close(workers->wakeup);
	pthread_mutex_destroy(&workers->lock);
	pthread_cond_destroy(&workers->wanted);
	free(workers->threads);
	free(workers);
}

void
workers_add(struct workers *workers, struct job *job,
    const struct source *source, bool is_known)
{
	struct hash_entry *turned_away;

	job->entry.source = *source;
	job->entry.is_known = is_known;
	pthread_mutex_lock(&workers->lock);
	job->place = JOB_WAITING;
	turned_away = hash_queue_push(workers->queue, &job->entry, clock_ms());
	if (turned_away != NULL) {
		workers->stats.turned_away++;
		end_job(workers, job_of(turned_away), JOB_TURNED_AWAY);
	}
	pthread_mutex_unlock(&workers->lock);
	if (turned_away != NULL)
		wake_loop(workers);
	pthread_cond_signal(&workers->wanted);
}

bool
workers_cancel(struct workers *workers, struct job *job)
{
	bool taken_back = true;

	pthread_mutex_lock(&workers->lock);
	switch (job->place) {
	case JOB_WAITING:
		hash_queue_remove(workers->queue, &job->entry);
		break;
	case JOB_RUNNING:
	case JOB_ENDED:
		taken_back = false;
		break;
	case JOB_IDLE:
		break;
	}
	if (taken_back)
		job->place = JOB_IDLE;
	pthread_mutex_unlock(&workers->lock);
	return taken_back;
}

void
workers_stats(struct workers *workers, struct workers_stats *stats)
{
	pthread_mutex_lock(&workers->lock);
	*stats = workers->stats;
	stats->waiting = hash_queue_len(workers->queue);
	pthread_mutex_unlock(&workers->lock);
}
