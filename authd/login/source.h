#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * Where logins come from, as far as guessers are told apart: an IPv4 address
 * or the /64 of an IPv6 one, since whoever has one address of it has all.
 * All-zero: not known.
 */
struct source {
	unsigned char family; /* 4, 6 or 0 */
	unsigned char prefix; /* 32; 64, or 48 of a site */
	unsigned char bytes[8];
};

/*
 * The site that an IPv6 /64 lies in: its /48, the most that one customer
 * usually gets (RFC 6177).  Who has it all can come from 65,536 sources, but
 * it may as well be the homes of 256 families; so what is done lately from
 * all of a site counts as that of SITE_SOURCES, neither of one nor of 65,536.
 */
#define SITE_SOURCES 10

struct source source_of(const struct ip *);

/* Returns false, with *site all-zero, where there is none. */
bool source_site(const struct source *, struct source *site);

bool source_equal(const struct source *, const struct source *);
void source_print(const struct source *, struct strbuf *out);

#endif
