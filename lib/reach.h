#ifndef REACH_H
#define REACH_H

#include "listen_value.h"
#include "strbuf.h"

/*
 * Whether a mail server can reach what we listen on, judged by a child that
 * becomes its user (and has his groups, as Postfix's smtpd has).
 */
enum reach {
	REACHED,
	NOT_REACHED,   /* why, and what to do, is in err */
	REACH_UNKNOWN, /* why it cannot be judged is there */
};

/* By the directories on the way, and the rights that the socket will have. */
enum reach reach_by_rights(const struct listen_address *, const char *user,
    struct strbuf *err);

/* By doing it: connect, and wait until what is said begins with greeting. */
enum reach reach_by_asking(const struct listen_address *, const char *user,
    const char *greeting, struct strbuf *err);

/* Log which addresses of a value the default owner will not reach. */
void reach_warn(const struct conf_text *, const struct listener_defaults *);

#endif
