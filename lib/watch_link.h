#ifndef WATCH_LINK_H
#define WATCH_LINK_H

#include <stdbool.h>

#include "json_line.h"
#include "socket_address.h"
#include "strbuf.h"

struct event_base;
struct metrics;

/*
 * The other daemon's watch (watch.h), read for as long as this one lives.  When
 * it is not there, goes away or says what is no event, it is asked again after
 * a while, for ever: what it said before is the caller's to keep, and nothing
 * waits for it.  One line of the log says when that begins, one when it is
 * over.
 */
struct watch_link;

struct watch_link_handler {
	const char *event;
	/* What it points to is borrowed for the call. */
	void (*take)(void *arg, const struct json_line *);
};

struct watch_link_options {
	const char *peer;    /* "policyd" */
	const char *address; /* unix:PATH; empty: there is no link */
	const struct watch_link_handler *handlers;
	size_t nhandlers;           /* their events alone are asked for */
	void (*begins)(void *arg);  /* what is so already comes now */
	void (*present)(void *arg); /* all of that has come */
	void *arg;
	/* watch_link_catch_up is called before the owner goes by what it was
	 * told: when much is said it is not woken for each event. */
	bool catches_up;
};

/* Where a daemon can be asked.  Returns 0, or -1 with the reason in err. */
int watch_link_parse(struct socket_address *, const char *text,
    struct strbuf *err);

/* Returns NULL when there is none, and with the reason in err for an address
 * that cannot be one.  All but the address is borrowed. */
struct watch_link *watch_link_new(struct event_base *,
    const struct watch_link_options *, struct strbuf *err);
void watch_link_free(struct watch_link *);

/* Take what has been said until now, and not what is said meanwhile.  NULL:
 * there is no link. */
void watch_link_catch_up(struct watch_link *);

/* Whether all that the other one has to say has come, and nothing was missed
 * since. */
bool watch_link_is_up(const struct watch_link *);

/* The same for Prometheus, where there is a link. */
void watch_link_metrics(const struct watch_link *, struct metrics *);

#define WATCH_LINK_LINE_MAX 16384 /* bytes without LF; longer is no event */

#endif
