/*
 * The order of addresses: RFC 6724, section 6, rules 1, 2, 5 and 6.  Those
 * within a family keep the order that they have.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address_order.h"
#include "mem.h"

#define DISCARD_PORT 9 /* nothing is sent there */

/* The address that we would speak from.  Returns 0 or -1. */
static int
source_of(const struct in6_addr *destination, struct in6_addr *source)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_port = htons(DISCARD_PORT),
		.sin6_addr = *destination };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = -1;

	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
		*source = address.sin6_addr;
		result = 0;
	}
	close(fd);
	return result;
}

static bool
is_near(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_LINKLOCAL(address);
}

/* fc00::/7 */
static bool
is_unique_local(const struct in6_addr *address)
{
	return (address->s6_addr[0] & 0xfe) == 0xfc;
}

/* Whether it comes before addresses of IPv4. */
static bool
is_first(const struct ip *ip)
{
	struct in6_addr destination, source;

	memcpy(&destination, ip->bytes, sizeof destination);
	return source_of(&destination, &source) == 0 &&
	    is_near(&source) == is_near(&destination) &&
	    is_unique_local(&source) == is_unique_local(&destination);
}

static const struct ip *
find_family(const struct ip *ips, size_t n, int family)
{
	for (size_t i = 0; i < n; i++)
		if (ips[i].family == family)
			return &ips[i];
	return NULL;
}

void
address_order(struct ip *ips, size_t n)
{
	const struct ip *six = find_family(ips, n, AF_INET6);
	struct ip *ordered;
	size_t filled = 0;
	int first;

	if (six == NULL || find_family(ips, n, AF_INET) == NULL)
		return;
	first = is_first(six) ? AF_INET6 : AF_INET;
	ordered = xcalloc(n, sizeof *ordered);
	for (size_t i = 0; i < n; i++)
		if (ips[i].family == first)
			ordered[filled++] = ips[i];
	for (size_t i = 0; i < n; i++)
		if (ips[i].family != first)
			ordered[filled++] = ips[i];
	memcpy(ips, ordered, n * sizeof *ips);
	free(ordered);
}
