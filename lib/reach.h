#ifndef REACH_H
#define REACH_H

#include <stdbool.h>

#include "listen_value.h"
#include "strbuf.h"

/*
 * Whether a mail server can reach what we listen on, judged by a child that
 * becomes its user (and has his groups, as Postfix's smtpd has).
 */
enum reach {
	REACHED,
	REACH_UNKNOWN, /* it cannot be judged */
	/* It is not reached: */
	REACH_MISSING,  /* there is no such socket */
	REACH_DEAD,     /* nobody listens */
	REACH_CLOSED,   /* a directory on the way may not be entered */
	REACH_RIGHTS,   /* the socket has the wrong owner or mode */
	REACH_LISTED,   /* its access control list says no */
	REACH_STRANGER, /* what answers is not ours */
	REACH_SILENT,   /* nobody answers in time */
	REACH_FAILED,   /* anything else */
};

/* Whether it is sure that it is not reached. */
bool reach_is_denied(enum reach);

struct reach_answer {
	enum reach reach;
	struct strbuf why; /* unless REACHED */
	struct strbuf fix; /* what to do; may be empty */
};
void reach_answer_free(struct reach_answer *);
/* "WHY: FIX" */
void reach_add(struct strbuf *out, const struct reach_answer *);

/* By the directories on the way, and the rights that the socket will have. */
void reach_by_rights(struct reach_answer *, const struct listen_address *,
    const char *user);

/* By doing it: connect, and wait until what is said begins with greeting. "":
 * nothing is said.  ms: how long. */
void reach_by_asking(struct reach_answer *, const struct listen_address *,
    const char *user, const char *greeting, long ms);

/* The process that listens on a unix socket; 0: it cannot be told. */
pid_t reach_listener(const struct listen_address *);

/* Log what a start warns of in a value, and which of its addresses the default
 * owner will not reach. */
void reach_warn(const struct conf_text *, const struct listener_defaults *);

#endif
