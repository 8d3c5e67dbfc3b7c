#ifndef SERVICE_CONNECTION_H
#define SERVICE_CONNECTION_H

#include "service_name.h"

struct event_base;
struct proxymap_door;

/*
 * One connection to a server that has tables.  It is opened, asked one question
 * after the other, and closed when nothing was asked for a while.
 */
struct service_connection;

enum service_connection_state {
	SERVICE_CLOSED,
	SERVICE_OPENING,
	SERVICE_IDLE,
	SERVICE_BUSY, /* a question waits for its answer */
};

enum service_end {
	SERVICE_REFUSED, /* it could not be opened */
	SERVICE_LOST,    /* it ended before an answer began */
	SERVICE_WRONG,   /* what came is no answer */
};

/* What servers share: how to get to them. */
struct service_ways {
	struct event_base *base;
	struct proxymap_door *door;
	const char *queue_directory; /* of relative paths; or NULL */
};

/* Called from the loop, or before open and ask return. */
struct service_handlers {
	void (*opened)(void *arg);
	void (*answered)(void *arg, struct service_answer *); /* borrowed */
	/* It is closed, and may be opened again. */
	void (*ended)(void *arg, enum service_end, const char *why);
};

/* All but arg is borrowed for its life. */
struct service_connection *service_connection_new(const struct service_ways *,
    const struct service_name *, const struct service_handlers *, void *arg);
void service_connection_free(struct service_connection *);

enum service_connection_state service_connection_state(
    const struct service_connection *);
void service_connection_open(struct service_connection *);
void service_connection_ask(struct service_connection *, const char *table,
    const char *key);
void service_connection_close(struct service_connection *);

#endif
