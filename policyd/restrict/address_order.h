#ifndef ADDRESS_ORDER_H
#define ADDRESS_ORDER_H

#include <stddef.h>

#include "cidr.h"

/*
 * Put the addresses of a host into the order in which getaddrinfo(3) gives
 * them (RFC 6724), as far as families go: IPv6 first where this machine has a
 * fitting address to speak from, else IPv4.
 */
void address_order(struct ip *ips, size_t n);

#endif
