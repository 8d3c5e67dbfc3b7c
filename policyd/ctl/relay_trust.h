#ifndef RELAY_TRUST_H
#define RELAY_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * Whom main.cf trusts beside its restrictions: for relay-test --static.
 */

/* Whether a value as that of mynetworks has the client, by its address.  What
 * cannot be read has nobody, with the reason in err. */
bool relay_list_has(const char *name, const char *value, const struct ip *,
    struct strbuf *err);

/* Addresses beside those of this host, one in each network that it is in. */
struct relay_neighbors {
	struct strbuf *addresses; /* as text */
	size_t n;
};
void relay_neighbors_find(struct relay_neighbors *);
void relay_neighbors_free(struct relay_neighbors *);

#endif
