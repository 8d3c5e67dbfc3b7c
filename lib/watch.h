#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

#include "json.h"

struct control_request;
struct event_base;

/*
 * What happens in a daemon, as a stream: the control command `watch` gets JSON,
 * one event a line.  What is so already comes first, in the same words, and
 * {"event":"present"} after it; then what changes.  A reader that does not keep
 * up gets {"event":"cut",...}, and its connection is closed: nobody waits for
 * it.  What happens within WATCH_MS is written together.  Only the other daemon
 * (WATCH_PEER) has what it goes by at the end of the turn of the loop, or
 * before somebody hears more of it (watch_flush).
 *
 *	if (watch_wants(watch, WATCH_LOGIN)) {
 *		struct json *json = watch_begin(watch, WATCH_LOGIN);
 *
 *		json_string(json, "user", user);
 *		watch_end(watch);
 *	}
 */
struct watch;

enum watch_event {
	WATCH_SUSPENDED,
	WATCH_RESUMED,
	WATCH_LOCK,
	WATCH_PLACE,
	WATCH_LIMIT,
	WATCH_LOGIN,
	WATCH_CHANGED,
	WATCH_DECISION,
	WATCH_LIST,
	WATCH_EVENTS,
};

const char *watch_event_name(enum watch_event); /* "suspended" */
bool watch_event_find(const char *name, enum watch_event *);

/* Append a name that somebody typed, and a blank.  Returns -1, with a line in
 * err, when there is no such event. */
int watch_add_name(struct strbuf *, const char *name, struct strbuf *err);

/* tell_present writes the events of what is so already: they go to the one
 * reader that begins. */
struct watch *watch_new(struct event_base *, void (*tell_present)(void *arg),
    void *arg);
void watch_free(struct watch *); /* after control_free */

/* Whether anybody would read it: else it need not be written.  NULL: nobody. */
bool watch_wants(const struct watch *, enum watch_event);

/* An open object that the event is in; between begin and end no other. */
struct json *watch_begin(struct watch *, enum watch_event);
void watch_end(struct watch *);

/* Have the other daemon told now what it goes by: before a client hears that it
 * is logged in, say.  NULL: there is no watch. */
void watch_flush(struct watch *);

/* The command: args are the names of the events that are wanted, none: all.
 * Names that are not known here are not told of.  WATCH_PEER among them: who
 * asks acts on them (watch_link.h), and has a place beside WATCH_READERS_MAX
 * others.  Whom there is no place for is closed. */
#define WATCH_ARGS "[EVENT ...]"
#define WATCH_PEER "peer"
#define WATCH_DOC  "What happens, as it happens: JSON, one event a line."
void watch_run(struct watch *, struct control_request *, const char *args);

#define WATCH_MS          10
#define WATCH_READERS_MAX 16
#define WATCH_PEERS_MAX   2 /* the one of before may not be seen to have gone */
#define WATCH_QUEUE_MAX   (256 * 1024)       /* bytes that a reader is behind */
#define WATCH_PRESENT_MAX (16 * 1024 * 1024) /* the same when it begins */

#endif
