#ifndef CIDR_H
#define CIDR_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/* An IP address.  family 0: none. */
struct ip {
	int family; /* AF_INET, AF_INET6 */
	unsigned char bytes[16];
};

/* ADDRESS as Postfix writes it: 192.0.2.1, 2001:db8::1.  IPv4 needs four
 * decimal fields.  Returns false, and family 0, when it is none. */
bool ip_parse(struct ip *, const char *);
/* As cidr_unmap. */
void ip_unmap(struct ip *);
bool ip_equal(const struct ip *, const struct ip *);
size_t ip_len(const struct ip *); /* 4, 16 or 0 */
/* Clear the bits behind the prefix. */
void ip_mask(struct ip *, unsigned prefix);
void ip_print(const struct ip *, struct strbuf *out);

struct cidr {
	struct ip ip;
	unsigned prefix; /* bits */
};

/*
 * 192.0.2.0/24, 2001:db8::/32, or an address alone; [ ] may stand around the
 * address or all of it, as IPv6 has them in mynetworks: [::1]/128.
 * Returns 0, or -1 with the reason in err: no address, mask too long, bits
 * set behind the mask (with the network that was perhaps meant).
 */
int cidr_parse(struct cidr *, const char *, struct strbuf *err);
/* IPv4 that is written as IPv6, ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2), becomes
 * IPv4; what is no such address or network stays as it is. */
void cidr_unmap(struct cidr *);
bool cidr_match(const struct cidr *, const struct ip *);
void cidr_print(const struct cidr *, struct strbuf *out);

#endif
