#ifndef ACCESS_MAP_H
#define ACCESS_MAP_H

#include <stdbool.h>

struct inquiry;
struct table;

/*
 * The search order of access(5): which keys are looked up, one after the
 * other, for a name, an address or a mail address.  The first that is found
 * decides; value is then its text.  A table that failed is "found", too, with
 * the text that Postfix gives for it: a failed lookup is never "not found".
 * Returns whether there is a value.
 */
bool access_map_exact(struct inquiry *, const struct table *, const char *key,
    const char **value);

/* The name and its parents. */
bool access_map_domain(struct inquiry *, const struct table *, const char *name,
    const char **value);

/* The address and its networks. */
bool access_map_address(struct inquiry *, const struct table *,
    const char *address, const char **value);

/* The name with its parents, then the address with its networks. */
bool access_map_client(struct inquiry *, const struct table *, const char *name,
    const char *address, const char **value);

/* A mail address as it was resolved (destination.h). */
bool access_map_mail(struct inquiry *, const struct table *,
    const char *address, const char **value);

#endif
