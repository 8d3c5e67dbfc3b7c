#ifndef CLIENT_ORIGIN_H
#define CLIENT_ORIGIN_H

#include "arena.h"
#include "request.h"
#include "strbuf.h"

/*
 * Whose a client is, as far as it can be told: the registrable domain of the
 * name that Postfix has verified (what one can buy below a public suffix), so
 * that the many addresses of a provider are one.  Without a name, or with one
 * that nobody can buy, it is the network: an IPv4 /24, an IPv6 /48.
 * Returns it as text in small letters; NULL when there is no address either.
 */
const char *client_origin(const struct request *, struct arena *);

/* Whether the list of public suffixes is there.  Returns 0, or -1 with the
 * reason in err. */
int client_origin_check(struct strbuf *err);

#endif
