#ifndef HOST_LOOKUP_H
#define HOST_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"

struct inquiry;

/*
 * The addresses of a host as getaddrinfo(3) finds them, without its order: the
 * name is a number (127.1), or in the file of hosts, or in DNS.
 */
struct host_addresses {
	size_t n;       /* 0: there are none, or they cannot be found */
	struct ip *ips; /* as long as the walk */
};

/* Returns false while DNS has not answered. */
bool host_lookup(struct inquiry *, const char *name, struct host_addresses *);

#endif
