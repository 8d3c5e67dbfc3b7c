#ifndef CLIENT_NETWORK_H
#define CLIENT_NETWORK_H

#include "arena.h"
#include "request.h"

/*
 * The network of the client, with a prefix of so many bits for IPv4 and for
 * IPv6, as text; IPv4 that is written as IPv6 is IPv4.  NULL: it has no
 * address.
 */
const char *client_network(const struct request *, unsigned bits4,
    unsigned bits6, struct arena *);

#endif
