#ifndef MAIL_TRANSPORT_H
#define MAIL_TRANSPORT_H

#include <stdbool.h>

struct destination;
struct inquiry;

/* By what, and to where, Postfix would deliver: "smtp", "example.org". */
struct mail_transport {
	const char *channel; /* "": the address is none */
	const char *nexthop; /* a text, if the channel is error or retry */
};

/*
 * What trivial-rewrite(8) answers for a destination.  sender: of mail that goes
 * there; "": the null sender, or nobody so far.
 * Returns 0, or -1 when a table could not be asked.
 */
int mail_transport_find(struct inquiry *, const struct destination *,
    const char *sender, struct mail_transport *);

/* Whether it delivers nothing: error, or retry for now. */
bool mail_transport_is_none(const struct mail_transport *);

#endif
