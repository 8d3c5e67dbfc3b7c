#ifndef METRICS_SERVER_H
#define METRICS_SERVER_H

#include "strbuf.h"

struct event_base;
struct listener_defaults;
struct listeners;

/*
 * `metrics_listen`: metrics by HTTP (RFC 9112), GET or HEAD of /metrics, one
 * request on a connection.  A client has 10 s for all of it, and there are 16
 * at most.
 */
struct metrics_server;

/* How its listeners are opened. */
extern const struct listener_defaults metrics_defaults;

/* Takes ownership of the listeners.  print: appends the text; ctx: borrowed. */
struct metrics_server *metrics_server_new(struct event_base *,
    struct listeners *, void (*print)(void *ctx, struct strbuf *out),
    void *ctx);
void metrics_server_free(struct metrics_server *);

#endif
