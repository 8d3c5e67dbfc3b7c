#ifndef SOURCE_H
#define SOURCE_H

#include "cidr.h"
#include "strbuf.h"

/*
 * Where logins come from, as far as guessers are told apart: an IPv4 address
 * or the /64 of an IPv6 one, since whoever has one address of it has all.
 * All-zero: not known.
 */
struct source {
	unsigned char family; /* 4, 6 or 0 */
	unsigned char bytes[8];
};

struct source source_of(const struct ip *);
void source_print(const struct source *, struct strbuf *out);

#endif
