/*
 * libevent's priorities are strict: as long as a client has something to
 * say, nothing else runs.  So a mark is sent after the clients now and then;
 * when it is late, the clients line up behind the others for once.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>

#include <event2/event.h>

#include "turns.h"
#include "mem.h"

enum priority {
	CLIENTS,
	MARK,
	OTHERS, /* libevent's default: the middle of four */
	UNUSED,
	PRIORITIES,
};

enum {
	SLICE = 16, /* callbacks of the others, before clients are looked for */
	PATIENCE_MS = 5, /* of the others */
};

struct turns {
	struct event_base *base;
	struct event *mark; /* runs when no client has anything to say */
	long long sent;     /* ms */
};

struct event_base *
turns_loop_new(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL ||
	    event_config_set_max_dispatch_interval(config, NULL, SLICE,
		OTHERS) == -1)
		abort();
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL || event_base_priority_init(base, PRIORITIES) == -1)
		abort();
	return base;
}

static void
on_mark(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

struct turns *
turns_new(struct event_base *base)
{
	struct turns *turns = xcalloc(1, sizeof *turns);

	turns->base = base;
	turns->mark = evtimer_new(base, on_mark, NULL);
	if (turns->mark == NULL)
		abort();
	event_priority_set(turns->mark, MARK);
	return turns;
}

void
turns_free(struct turns *turns)
{
	event_free(turns->mark);
	free(turns);
}

void
turns_take(struct turns *turns, struct event *event)
{
	static const struct timeval at_once = { 0, 0 };
	struct timeval now;
	long long ms;
	bool is_late = false;

	event_base_gettimeofday_cached(turns->base, &now);
	ms = (long long)now.tv_sec * 1000 + now.tv_usec / 1000;
	if (ms - turns->sent > PATIENCE_MS) {
		is_late = evtimer_pending(turns->mark, NULL);
		if (!is_late) {
			evtimer_add(turns->mark, &at_once);
			turns->sent = ms;
		}
	}
	if (event_get_priority(event) != (is_late ? OTHERS : CLIENTS))
		event_priority_set(event, is_late ? OTHERS : CLIENTS);
}
