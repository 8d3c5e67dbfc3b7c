#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "conf_text.h"
#include "strbuf.h"

struct event_base;

/*
 * Sockets that are listened on.  A `listen` value is a list of addresses,
 * each plain or as { ADDRESS, owner = U, group = G, mode = 0660 }.
 */
struct listeners;

/* What may be told to anybody who can connect, and what may not. */
enum listener_inet {
	LISTENER_ANYWHERE, /* an inet address beyond loopback: a warning */
	LISTENER_LOOPBACK, /* ... an error */
	LISTENER_UNIX,     /* any inet address is an error */
};

struct listener_defaults {
	const char *owner; /* set only when root starts the program; NULL: */
	const char *group; /* left alone */
	mode_t mode;
	enum listener_inet inet;
};

/* Check a value and name all its errors; opens nothing.  Returns 0 or -1. */
int listeners_check(const struct conf_text *, const struct listener_defaults *,
    struct strbuf *err);

/* The first address of a value that was checked, for who wants to connect to
 * it.  NULL when it is empty; the caller frees it. */
char *listeners_first_address(const struct conf_text *);

/*
 * Open all sockets of the value (empty: none), or take those that the service
 * manager passed (LISTEN_FDS; matched by address).  A dead unix socket file
 * (ECONNREFUSED) is replaced, a live one or another file is an error.
 * Returns NULL with one line "text, fix" per failure in err: EX_OSERR.
 */
struct listeners *listeners_open(const struct conf_text *,
    const struct listener_defaults *, struct strbuf *err);

/*
 * Begin to accept.  accepted gets a non-blocking, close-on-exec descriptor
 * and owns it; it must not free the listeners.  When descriptors become few
 * (one in eight is kept for lookups and files) accepting pauses until some are
 * free again, logged once; existing connections go on.
 */
void listeners_start(struct listeners *, struct event_base *,
    void (*accepted)(int fd, void *arg), void *arg);

/* Stop accepting and close; unix socket files are left behind. */
void listeners_free(struct listeners *);

#endif
