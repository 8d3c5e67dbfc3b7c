#ifndef OWN_ADDRESS_H
#define OWN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"
#include "conf_text.h"

/* The addresses of this mail server: inet_interfaces, proxy_interfaces. */
struct own_addresses {
	size_t n;
	struct ip *ips;
};

/*
 * Add those that a value names: addresses, host names, `all`,
 * `loopback-only`.  A name that cannot be resolved is logged and left out.
 */
void own_addresses_add(struct own_addresses *, const struct conf_text *);
bool own_addresses_have(const struct own_addresses *, const struct ip *);
void own_addresses_free(struct own_addresses *); /* back to all-zero */

#endif
