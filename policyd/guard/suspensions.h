#ifndef SUSPENSIONS_H
#define SUSPENSIONS_H

#include <stdbool.h>
#include <time.h>

#include "state.h"

struct event_base;
struct json;
struct watch;

/*
 * Logins that may not send, kept in the state.  Two may say so, each for
 * itself: the administrator (authd tells what the user database says, authctl
 * asks) and the guard.  A login is suspended as long as one of them holds that.
 *
 * Whoever finds out in a restriction that a login is to be suspended writes
 * nothing: inquiry_suspend leaves a note, and when the decision is final it
 * comes here as SUSPENSION_GUARD:
 *
 *	inquiry_suspend(inq, login, until, "5 strange places in an hour");
 *
 * From the next request on, of whatever session, decide() answers 421 before
 * it looks at any list.
 */
struct suspensions;

enum suspension_source {
	SUSPENSION_ADMIN,
	SUSPENSION_GUARD,
	SUSPENSION_SOURCES,
};

const char *suspension_source_name(enum suspension_source); /* "admin" */

struct suspension {
	const char *user; /* any bytes; letters are compared without case */
	enum suspension_source source;
	time_t until;       /* 0: until it is resumed */
	const char *reason; /* "": none was given */
};

#define SUSPENSION_USER_MAX   512
#define SUSPENSION_REASON_MAX 500

/* The state is borrowed, and open; watch is told what begins and what ends, by
 * itself, too.  It may be NULL, and the base where there is no loop. */
struct suspensions *suspensions_new(struct event_base *, struct state *,
    struct watch *);
void suspensions_free(struct suspensions *);

/*
 * Whether a login is suspended, and by what: the administrator's word comes
 * first.  What it points to is borrowed until the next change.  NULL for the
 * suspensions: nobody is.
 */
bool suspensions_find(const struct suspensions *, const char *login,
    struct suspension *);

/* Begin one, or change it; what is so already is not told again.  A reason that
 * is too long is cut.  Returns false when there is no room, or the name is too
 * long for any. */
bool suspensions_begin(struct suspensions *, const struct suspension *);

/* Returns false when there was none from this source. */
bool suspensions_end(struct suspensions *, const char *user,
    enum suspension_source);

/* All that last, in no order; fn changes nothing. */
void suspensions_each(const struct suspensions *,
    void (*fn)(void *arg, const struct suspension *), void *arg);

/* The same for some of them, as state_each_of_some. */
bool suspensions_each_of_some(const struct suspensions *, size_t *place,
    void (*fn)(void *arg, const struct suspension *), void *arg);

/* The fields of an event, in an open object. */
void suspension_add_json(const struct suspension *, struct json *);

/* Tell the watch of all that last. */
void suspensions_tell(const struct suspensions *);

/* "suspended by the guard for 3h: REASON" */
void suspension_print(const struct suspension *, time_t now,
    struct strbuf *out);

#endif
