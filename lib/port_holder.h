#ifndef PORT_HOLDER_H
#define PORT_HOLDER_H

#include <sys/types.h>

/*
 * Who listens on a TCP port of this host, by /proc: 0 for nobody, -1 when it
 * cannot be told (not root).  name: of the program, 16 bytes.
 */
#define PORT_HOLDER_NAME 16
pid_t port_holder(unsigned port, char name[PORT_HOLDER_NAME]);

#endif
