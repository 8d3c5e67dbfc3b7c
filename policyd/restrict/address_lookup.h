#ifndef ADDRESS_LOOKUP_H
#define ADDRESS_LOOKUP_H

#include "action.h"
#include "store.h"
#include "table_list.h"

struct inquiry;

/*
 * Mail addresses as keys.  Each is asked of all tables before the next one is:
 * user+ext@domain, user@domain, then user+ext and user where the domain is one
 * of ours, and @domain; those with a local part quoted first, where that
 * differs.
 */
enum lookup address_lookup(struct inquiry *, const struct table_list *,
    const char *address, const char **value);

/* The order of transport(5): the domain, its parents and * come behind
 * user@domain instead. */
enum lookup address_lookup_transport(struct inquiry *,
    const struct table_list *, const char *address, const char **value);

/* What to answer when the last one has failed. */
enum verdict address_lookup_failure(struct inquiry *, const char *address,
    struct action *);

#endif
