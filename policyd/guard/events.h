#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "arena.h"
#include "request.h"
#include "state.h"

/*
 * What became of a login lately, for who finds out about a stolen password:
 * kept in the state for EVENTS_SECONDS, and where there is no more room the
 * oldest goes.  What is the same is one event, that has a first and a last time
 * and says how often.
 */
#define EVENTS_SECONDS (30L * 86400)

enum event_kind {
	EVENT_LOGIN,   /* first: mechanism; second: label, or "" */
	EVENT_MESSAGE, /* first: sender; second: queue id, or "" */
	EVENT_REFUSAL, /* first: what was answered */
	EVENT_ACT,     /* first: what the guard did */
	EVENT_KINDS,
};

#define EVENT_RECIPIENTS_MAX 10 /* of a message, that are kept */

struct event {
	enum event_kind kind;
	time_t since, last;
	unsigned long count; /* of times; of recipients */
	const char *ip, *place;
	const char *first, *second;
	const char *recipients[EVENT_RECIPIENTS_MAX];
	size_t nrecipients;
};

/* authd told of a login; label: "": the user's own password. */
struct login_event {
	const char *user, *ip, *mechanism, *label;
};
void events_add_login(struct state *, const struct login_event *, time_t now);

/* A request of a login was answered: has_passed, or with that action, which the
 * step of that number gave.  recipients: of its message that have passed.
 * origin: of the client, or NULL: then it is found out, in the arena. */
struct answer_event {
	const struct request *request;
	const char *origin;
	struct arena *arena;
	unsigned recipients;
	bool has_passed;
	const char *action;
	unsigned step;
};
void events_add_answer(struct state *, const struct answer_event *, time_t now);

/* The guard did something about a login. */
void events_add_act(struct state *, const char *login, const char *text,
    time_t now);

/* Call fn for the events of a login that were not over before since, in no
 * order, some with each call; place and what is returned are as for
 * state_each_of_some.  The texts of an event are in the arena. */
bool events_each_of_some(struct state *, const char *login, time_t since,
    size_t *place, struct arena *, void (*fn)(void *arg, const struct event *),
    void *arg);

#endif
