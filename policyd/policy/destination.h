#ifndef DESTINATION_H
#define DESTINATION_H

#include <stdbool.h>

#include "arena.h"

struct policy;
struct table_view;

/*
 * Where mail to an address goes: what Postfix's trivial-rewrite(8) finds out,
 * as far as restrictions need it (ADDRESS_CLASS_README).
 */
enum destination_class {
	DESTINATION_LOCAL,
	DESTINATION_ALIAS,   /* virtual_alias_domains */
	DESTINATION_MAILBOX, /* virtual_mailbox_domains */
	DESTINATION_RELAY,   /* relay_domains */
	DESTINATION_DEFAULT, /* anywhere else */
};

struct destination {
	enum destination_class class;
	bool is_routed; /* user%elsewhere@here: the local part routes on */
	bool is_valid;  /* its domain can be one */
	const char *resolved; /* canonical; never without '@' */
	const char *address;  /* the same in lower case */
	const char *domain;   /* its part behind the last '@' */
};

/* An address in the form user@domain, as far as it can be told; borrowed, or in
 * the arena. */
const char *destination_rewrite(const struct policy *, struct arena *,
    const char *address);

/*
 * Resolve an address in internal (unquoted) form.  Returns 0, or -1 when a
 * table that decides could not be asked.
 */
int destination_resolve(struct destination *, const struct policy *,
    struct table_view *, struct arena *, const char *address);

/* Whether mail to it may be relayed for anybody. */
bool destination_is_authorised(const struct destination *,
    const struct policy *);

/* Local, alias or mailbox: no further mail server follows. */
bool destination_is_final(const struct destination *);

/*
 * The A-label form of a domain (IDNA), for DNS; a name in ASCII is returned as
 * it is, and so is what has no such form.
 */
const char *domain_to_ascii(const struct policy *, struct arena *,
    const char *domain);

/* Whether a domain is one of our own (mydestination, own [address]).
 * Returns 1, 0, or -1 when a table could not be asked. */
int destination_is_local_domain(const struct policy *, struct table_view *,
    struct arena *, const char *domain);

#endif
