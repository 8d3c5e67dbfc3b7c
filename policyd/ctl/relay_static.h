#ifndef RELAY_STATIC_H
#define RELAY_STATIC_H

#include <stdbool.h>

#include "cidr.h"

struct policyctl;

/*
 * relay-test without a server: what main.cf and master.cf say to strangers,
 * evaluated as smtpd would.  What policyd cannot evaluate is taken as silent,
 * and named.
 */

/* directory: of main.cf; NULL: that which policyd.cf names.  Returns an exit
 * code. */
int relay_static(struct policyctl *, const char *directory);

/* Whether Postfix of this host has the client in mynetworks. */
bool relay_is_own_network(struct policyctl *, const struct ip *client);

#endif
