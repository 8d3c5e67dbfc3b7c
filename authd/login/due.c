/*
 * What waits for its time, in the order of the times: one that is added goes
 * to the end or near it, because all wait about as long.
 */
#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "due.h"
#include "mem.h"

struct due_list {
	TAILQ_HEAD(due_head, due) waiting; /* the first one first */
	int timer;
	struct event *expired; /* readable: the timer, until it is set anew */
};

/* For the first one; none: never. */
static void
set_timer(const struct due_list *list)
{
	const struct due *first = TAILQ_FIRST(&list->waiting);
	struct itimerspec when = { 0 };

	if (first != NULL) {
		long long us = first->at - clock_us();

		if (us < 1)
			us = 1; /* 0 would be never */
		when.it_value.tv_sec = us / 1000000;
		when.it_value.tv_nsec = us % 1000000 * 1000;
	}
	if (timerfd_settime(list->timer, 0, &when, NULL) == -1)
		abort();
}

/* NULL: none. */
static struct due *
first_due(const struct due_list *list, long long now)
{
	struct due *first = TAILQ_FIRST(&list->waiting);

	return first != NULL && first->at <= now ? first : NULL;
}

static void
on_expired(evutil_socket_t fd, short what, void *arg)
{
	struct due_list *list = arg;
	long long now = clock_us();
	struct due *first;

	(void)fd;
	(void)what;
	while ((first = first_due(list, now)) != NULL) {
		due_remove(list, first);
		first->run(first);
	}
	set_timer(list);
}

struct due_list *
due_list_new(struct event_base *base)
{
	struct due_list *list = xcalloc(1, sizeof *list);

	TAILQ_INIT(&list->waiting);
	list->timer =
	    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (list->timer == -1)
		abort();
	list->expired = event_new(base, list->timer, EV_READ | EV_PERSIST,
	    on_expired, list);
	event_add(list->expired, NULL);
	return list;
}

void
due_list_free(struct due_list *list)
{
	if (list == NULL)
		return;
	assert(TAILQ_EMPTY(&list->waiting));
	event_free(list->expired);
	close(list->timer);
	free(list);
}

void
due_add(struct due_list *list, struct due *due, long long at)
{
	struct due *before = TAILQ_LAST(&list->waiting, due_head);

	due->at = at;
	due->waits = true;
	while (before != NULL && before->at > at)
		before = TAILQ_PREV(before, due_head, link);
	if (before != NULL) {
		TAILQ_INSERT_AFTER(&list->waiting, before, due, link);
		return;
	}
	TAILQ_INSERT_HEAD(&list->waiting, due, link);
	set_timer(list);
}

void
due_remove(struct due_list *list, struct due *due)
{
	if (!due->waits)
		return;
	TAILQ_REMOVE(&list->waiting, due, link);
	due->waits = false;
}
