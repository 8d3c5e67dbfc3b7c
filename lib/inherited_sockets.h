#ifndef INHERITED_SOCKETS_H
#define INHERITED_SOCKETS_H

#include "socket_address.h"

/*
 * Listening sockets that the service manager has opened for this process
 * (sd_listen_fds(3) protocol: LISTEN_PID, LISTEN_FDS).
 */

/* The one bound to the address, close-on-exec; the caller owns it.
 * Returns -1 when there is none. */
int inherited_socket_take(const struct socket_address *);

/* Close what nobody took, and warn: its clients would wait for ever. */
void inherited_sockets_close(void);

#endif
