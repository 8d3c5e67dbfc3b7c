/*
 * Threads beside the loop.  Results come back over an eventfd.
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
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "worker.h"

STAILQ_HEAD(jobs, job);

struct workers {
	struct jobs cheap; /* the loop's own */
	struct event *cheap_wanted;

	pthread_mutex_t lock; /* of what follows, to stats */
	pthread_cond_t hash_wanted;
	struct jobs ended;
	struct hash_queue *hash;
	bool stopping;
	struct workers_stats stats;

	int hash_nice;
	int wakeup; /* eventfd */
	struct event *wakeup_event;
	pthread_t *threads; /* stats.threads */
};

static struct job *
job_of(struct hash_entry *entry)
{
	return (struct job *)((char *)entry - offsetof(struct job, entry));
}

/* With the lock held. */
static void
end_job(struct workers *workers, struct job *job, enum job_end how)
{
	uint64_t one = 1;
	bool first = STAILQ_EMPTY(&workers->ended);

	job->place = JOB_ENDED;
	job->how = how;
	STAILQ_INSERT_TAIL(&workers->ended, job, link);
	if (first && write(workers->wakeup, &one, sizeof one) == -1)
		abort(); /* an eventfd takes 2^64-2 of them */
}

static double
thread_seconds(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Called, and returns, with the lock held. */
static void
run_hash(struct workers *workers, struct crypt_data *scratch)
{
	struct job *job = job_of(hash_queue_pop(workers->hash));
	double seconds;

	job->place = JOB_RUNNING;
	pthread_mutex_unlock(&workers->lock);
	seconds = -thread_seconds();
	job->run(job, scratch);
	seconds += thread_seconds();
	explicit_bzero(scratch, sizeof *scratch);
	pthread_mutex_lock(&workers->lock);
	hash_queue_charge(workers->hash, &job->entry.source, seconds * 1000,
	    clock_ms());
	workers->stats.hashed++;
	workers->stats.hash_seconds += seconds;
	end_job(workers, job, JOB_DONE);
}

static void *
hash_thread(void *arg)
{
	struct workers *workers = arg;
	struct crypt_data *scratch = xcalloc(1, sizeof *scratch);

	/* Linux: of this thread.  Not allowed: then it stays as it is. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), workers->hash_nice);
	pthread_mutex_lock(&workers->lock);
	while (!workers->stopping) {
		if (hash_queue_len(workers->hash) == 0)
			pthread_cond_wait(&workers->hash_wanted,
			    &workers->lock);
		else
			run_hash(workers, scratch);
	}
	pthread_mutex_unlock(&workers->lock);
	free(scratch);
	return NULL;
}

static void
on_cheap_wanted(evutil_socket_t fd, short what, void *arg)
{
	struct workers *workers = arg;
	struct job *job;

	(void)fd;
	(void)what;
	while ((job = STAILQ_FIRST(&workers->cheap)) != NULL) {
		STAILQ_REMOVE_HEAD(&workers->cheap, link);
		job->place = JOB_IDLE;
		workers->stats.cheap++;
		job->run(job, NULL);
		job->end(job, JOB_DONE);
	}
}

static void
on_wakeup(evutil_socket_t fd, short what, void *arg)
{
	struct workers *workers = arg;
	struct jobs ended = STAILQ_HEAD_INITIALIZER(ended);
	struct job *job;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) == -1 && errno != EAGAIN)
		abort();
	pthread_mutex_lock(&workers->lock);
	STAILQ_CONCAT(&ended, &workers->ended);
	pthread_mutex_unlock(&workers->lock);
	while ((job = STAILQ_FIRST(&ended)) != NULL) {
		STAILQ_REMOVE_HEAD(&ended, link);
		job->place = JOB_IDLE;
		job->end(job, job->how);
	}
}

struct workers *
workers_new(struct event_base *base, size_t nhash, size_t queue_limit,
    int hash_nice)
{
	struct workers *workers = xcalloc(1, sizeof *workers);
	sigset_t all, before;

	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->hash_wanted, NULL);
	STAILQ_INIT(&workers->cheap);
	workers->cheap_wanted =
	    event_new(base, -1, 0, on_cheap_wanted, workers);
	STAILQ_INIT(&workers->ended);
	workers->hash = hash_queue_new(queue_limit);
	workers->hash_nice = hash_nice;
	workers->stats.threads = nhash;
	workers->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	workers->wakeup_event = event_new(base, workers->wakeup,
	    EV_READ | EV_PERSIST, on_wakeup, workers);
	event_add(workers->wakeup_event, NULL);

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	workers->threads = xcalloc(nhash, sizeof *workers->threads);
	for (size_t i = 0; i < nhash; i++)
		if (pthread_create(&workers->threads[i], NULL, hash_thread,
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
	pthread_cond_broadcast(&workers->hash_wanted);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < workers->stats.threads; i++)
		pthread_join(workers->threads[i], NULL);
	while (hash_queue_pop(workers->hash) != NULL)
		;
	hash_queue_free(workers->hash);
	event_free(workers->cheap_wanted);
	event_free(workers->wakeup_event);
	close(workers->wakeup);
	pthread_mutex_destroy(&workers->lock);
	pthread_cond_destroy(&workers->hash_wanted);
	free(workers->threads);
	free(workers);
}

void
workers_cheap(struct workers *workers, struct job *job)
{
	job->place = JOB_CHEAP;
	STAILQ_INSERT_TAIL(&workers->cheap, job, link);
	event_active(workers->cheap_wanted, EV_TIMEOUT, 0);
}

void
workers_hash(struct workers *workers, struct job *job,
    const struct source *source, bool is_known)
{
	struct hash_entry *turned_away;

	job->entry.source = *source;
	job->entry.is_known = is_known;
	pthread_mutex_lock(&workers->lock);
	job->place = JOB_HASH;
	turned_away = hash_queue_push(workers->hash, &job->entry, clock_ms());
	if (turned_away != NULL) {
		workers->stats.turned_away++;
		end_job(workers, job_of(turned_away), JOB_TURNED_AWAY);
	}
	pthread_cond_signal(&workers->hash_wanted);
	pthread_mutex_unlock(&workers->lock);
}

bool
workers_cancel(struct workers *workers, struct job *job)
{
	bool taken_back = true;

	pthread_mutex_lock(&workers->lock);
	switch (job->place) {
	case JOB_CHEAP:
		STAILQ_REMOVE(&workers->cheap, job, job, link);
		break;
	case JOB_HASH:
		hash_queue_remove(workers->hash, &job->entry);
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
	stats->waiting = hash_queue_len(workers->hash);
	pthread_mutex_unlock(&workers->lock);
}
