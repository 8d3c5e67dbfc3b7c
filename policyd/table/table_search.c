/*
 * One thread, two queues: what waits for it, and what has ended.  A search is
 * the loop's but for the time between, when the thread has it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "table_search.h"
#include "clock.h"
#include "log.h"
#include "mem.h"
#include "thread.h"

#define SEARCHES_MAX 1000 /* open at a time */
#define STOP_MS      1000 /* for a match that takes long (engine_regexp.c) */

enum search_state {
	SEARCH_QUEUED,  /* in waiting; the loop's */
	SEARCH_RUNNING, /* the thread's, but for done */
	SEARCH_ENDED,   /* in ended, or out of it; the loop's */
};

struct table_search {
	TAILQ_ENTRY(table_search) next;
	struct table_searches *searches;
	enum search_state state; /* under the lock */
	struct table_content *content;
	char *key;
	struct effort effort;
	enum lookup result;
	struct strbuf value;
	table_search_done *done; /* NULL: cancelled */
	void *arg;
};

TAILQ_HEAD(search_queue, table_search);

struct table_searches {
	pthread_mutex_t lock;   /* of what follows, up to has_thread */
	pthread_cond_t changed; /* waiting, is_stopping */
	pthread_cond_t thread_ended;
	struct search_queue waiting, ended;
	bool is_stopping;
	bool has_thread;

	size_t nopen;
	int end_fd; /* written to when a search has ended */
	struct event *on_end;
};

static long long
thread_us(void)
{
	return (long long)(clock_cpu_seconds() * 1e6);
}

static void
search_free(struct table_search *search)
{
	search->searches->nopen--;
	table_content_release(search->content);
	free(search->key);
	strbuf_free(&search->value);
	free(search);
}

/* The next one to be searched, or NULL when that was all. */
static struct table_search *
next_search(struct table_searches *all)
{
	struct table_search *search;

	while (TAILQ_EMPTY(&all->waiting) && !all->is_stopping)
		pthread_cond_wait(&all->changed, &all->lock);
	if (all->is_stopping)
		return NULL;
	search = TAILQ_FIRST(&all->waiting);
	TAILQ_REMOVE(&all->waiting, search, next);
	search->state = SEARCH_RUNNING;
	return search;
}

static void *
run(void *arg)
{
	struct table_searches *all = arg;
	struct table_search *search;
	uint64_t one = 1;

	pthread_mutex_lock(&all->lock);
	while ((search = next_search(all)) != NULL) {
		pthread_mutex_unlock(&all->lock);
		search->result = table_content_search(search->content,
		    search->key, &search->effort, &search->value);
		pthread_mutex_lock(&all->lock);
		search->state = SEARCH_ENDED;
		TAILQ_INSERT_TAIL(&all->ended, search, next);
		if (write(all->end_fd, &one, sizeof one) == -1)
			log_error("search: eventfd: %s", strerror(errno));
	}
	all->has_thread = false;
	pthread_cond_signal(&all->thread_ended);
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct table_searches *all = arg;
	struct search_queue ended = TAILQ_HEAD_INITIALIZER(ended);
	struct table_search *search;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) == -1)
		return; /* nothing has ended */
	pthread_mutex_lock(&all->lock);
	TAILQ_CONCAT(&ended, &all->ended, next);
	pthread_mutex_unlock(&all->lock);
	while ((search = TAILQ_FIRST(&ended)) != NULL) {
		TAILQ_REMOVE(&ended, search, next);
		if (search->done != NULL)
			search->done(search->arg, search->result,
			    strbuf_str(&search->value), search->effort.left_us);
		search_free(search);
	}
}

/* At the first search; most daemons never need it. */
static bool
have_thread(struct table_searches *all)
{
	int error = 0;

	pthread_mutex_lock(&all->lock);
	if (!all->has_thread)
		error = thread_start(run, all);
	all->has_thread = error == 0;
	pthread_mutex_unlock(&all->lock);
	if (error != 0)
		log_debug("search: no thread: %s", strerror(error));
	return error == 0;
}

struct table_searches *
table_searches_new(struct event_base *base)
{
	struct table_searches *all = xcalloc(1, sizeof *all);

	pthread_mutex_init(&all->lock, NULL);
	pthread_cond_init(&all->changed, NULL);
	pthread_cond_init(&all->thread_ended, NULL);
	TAILQ_INIT(&all->waiting);
	TAILQ_INIT(&all->ended);
	all->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	all->on_end =
	    event_new(base, all->end_fd, EV_READ | EV_PERSIST, on_end, all);
	if (all->end_fd == -1 || all->on_end == NULL)
		abort(); /* at the start: no descriptors, no memory */
	event_add(all->on_end, NULL);
	return all;
}

static void
free_all(struct search_queue *queue)
{
	struct table_search *search;

	while ((search = TAILQ_FIRST(queue)) != NULL) {
		TAILQ_REMOVE(queue, search, next);
		search_free(search);
	}
}

void
table_searches_free(struct table_searches *all)
{
	bool has_ended;

	if (all == NULL)
		return;
	pthread_mutex_lock(&all->lock);
	all->is_stopping = true;
	pthread_cond_signal(&all->changed);
	has_ended = thread_await_end(&all->has_thread, &all->thread_ended,
	    &all->lock, clock_ms() + STOP_MS);
	pthread_mutex_unlock(&all->lock);
	if (!has_ended)
		return; /* it still uses all that there is */
	free_all(&all->waiting);
	free_all(&all->ended);
	event_free(all->on_end);
	close(all->end_fd);
	pthread_cond_destroy(&all->changed);
	pthread_cond_destroy(&all->thread_ended);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

struct table_search *
table_search_start(struct table_searches *all,
    const struct tables_snapshot *snapshot, const struct table *table,
    const char *key, long long left_us, table_search_done *done, void *arg)
{
	struct table_content *content;
	struct table_search *search;

	if (all->nopen >= SEARCHES_MAX || !have_thread(all))
		return NULL;
	content = table_content_hold(snapshot, table);
	if (content == NULL)
		return NULL;
	search = xcalloc(1, sizeof *search);
	search->searches = all;
	search->content = content;
	search->key = xstrdup(key);
	search->effort =
	    (struct effort){ .clock = thread_us, .left_us = left_us };
	search->done = done;
	search->arg = arg;
	all->nopen++;
	pthread_mutex_lock(&all->lock);
	TAILQ_INSERT_TAIL(&all->waiting, search, next);
	pthread_cond_signal(&all->changed);
	pthread_mutex_unlock(&all->lock);
	return search;
}

void
table_search_cancel(struct table_search *search)
{
	struct table_searches *all = search->searches;
	bool is_queued;

	search->done = NULL;
	pthread_mutex_lock(&all->lock);
	is_queued = search->state == SEARCH_QUEUED;
	if (is_queued)
		TAILQ_REMOVE(&all->waiting, search, next);
	pthread_mutex_unlock(&all->lock);
	if (is_queued)
		search_free(search);
}
