#ifndef SOCKET_ADDRESS_H
#define SOCKET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "strbuf.h"

/* unix:PATH or inet:ADDRESS:PORT (IPv6: inet:[::1]:PORT). */
struct socket_address {
	struct sockaddr_storage sockaddr;
	socklen_t len;
};

/* Returns 0, or -1 with the reason in err (a path over 107 bytes, a name
 * instead of an address, a port out of range). */
int socket_address_parse(struct socket_address *, const char *text,
    struct strbuf *err);
bool socket_address_is_loopback(const struct socket_address *); /* or unix */
const char *socket_address_path(const struct socket_address *); /* or NULL */

#endif
