#ifndef HOST_NAME_H
#define HOST_NAME_H

#include <stdbool.h>

#include "arena.h"
#include "cidr.h"
#include "strbuf.h"

/*
 * Names as Postfix judges them: letters, digits, '_' and '-' in labels of up
 * to 63, 255 in all, no empty label, no '-' at the edge of a label, not only
 * digits and dots.
 */
bool host_name_is_valid(const char *);

/* A bare address as Postfix judges it: IPv4 (its first octet not 0, but
 * 0.0.0.0), IPv6.  ip: family 0 for an IPv6 address that none but Postfix
 * takes for one, as 1:2:3. */
bool host_address_is_valid(const char *);
bool host_address_parse(const char *, struct ip *ip);

/* What getaddrinfo(3) takes for an address by itself: one number, or up to
 * four with dots, as inet_aton(3) reads them; IPv6. */
bool host_number_parse(const char *, struct ip *);

/* [a.b.c.d] or [IPv6:...], the tag in any case.  ip may be NULL. */
bool host_literal_parse(const char *, struct ip *ip);

/* Whether the last label has digits only: no domain, but part of an address. */
bool host_name_ends_numeric(const char *);

/* The name without one trailing dot; "name.." is left as it is. */
const char *host_name_without_dot(struct arena *, const char *name);

/*
 * Whether ICU has the data that host_name_to_ascii needs; it is loaded when it
 * is first used.  Returns 0, or -1 with the remedy in err.
 */
int host_name_check_data(struct strbuf *err);

/*
 * The A-label form of a domain (UTS #46), in the arena; a name in ASCII is
 * returned as it is.  NULL: there is none.
 */
const char *host_name_to_ascii(struct arena *, const char *domain);

#endif
