/*
 * A thread that reads tables.  It touches nothing but its job; the loop looks
 * at the job only when the thread has said through the eventfd that it ended.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "table_job.h"
#include "log.h"
#include "mem.h"

struct table_job {
	struct table_reading *readings;
	size_t nreadings;
	table_job_done *done; /* NULL: abandoned */
	void *arg;
	int end_fd; /* written to when the thread has ended; -1: none */
	struct event *ended;
	pthread_t thread;
	bool has_thread;
};

void
table_reading_run(struct table_reading *reading)
{
	reading->input.err = &reading->err;
	reading->content = reading->type->read(&reading->input);
	assert((reading->content == NULL) == (reading->err.len > 0));
}

void
table_reading_free(struct table_reading *reading)
{
	if (reading->content != NULL)
		reading->type->free(reading->content);
	free((char *)reading->input.name);
	strbuf_free(&reading->err);
}

static void
read_all(struct table_job *job)
{
	for (size_t i = 0; i < job->nreadings; i++)
		table_reading_run(&job->readings[i]);
}

static void *
run(void *arg)
{
	struct table_job *job = arg;
	uint64_t one = 1;

	read_all(job);
	if (write(job->end_fd, &one, sizeof one) == -1)
		log_error("table: eventfd: %s", strerror(errno));
	return NULL;
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct table_job *job = arg;

	(void)fd;
	(void)what;
	if (job->has_thread)
		pthread_join(job->thread, NULL);
	if (job->done != NULL)
		job->done(job->arg, job->readings, job->nreadings);
	for (size_t i = 0; i < job->nreadings; i++)
		table_reading_free(&job->readings[i]);
	free(job->readings);
	event_free(job->ended);
	if (job->end_fd != -1)
		close(job->end_fd);
	free(job);
}

/* Without signals: they are the loop's.  Returns 0 or an errno. */
static int
start_thread(struct table_job *job)
{
	sigset_t all, old;
	int result;

	job->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (job->end_fd == -1)
		return errno;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	result = pthread_create(&job->thread, NULL, run, job);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	job->has_thread = result == 0;
	return result;
}

struct table_job *
table_job_start(struct event_base *base, struct table_reading *readings,
    size_t n, table_job_done *done, void *arg)
{
	struct table_job *job = xcalloc(1, sizeof *job);
	int result;

	job->readings = readings;
	job->nreadings = n;
	job->done = done;
	job->arg = arg;
	result = start_thread(job);
	job->ended = event_new(base, job->end_fd, EV_READ, on_end, job);
	if (job->has_thread) {
		event_add(job->ended, NULL);
	} else {
		log_debug("table: no thread, requests wait: %s",
		    strerror(result));
		read_all(job);
		event_active(job->ended, EV_READ, 0);
	}
	return job;
}

void
table_job_abandon(struct table_job *job)
{
	if (job != NULL)
		job->done = NULL;
}
