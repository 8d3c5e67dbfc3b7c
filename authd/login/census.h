#ifndef CENSUS_H
#define CENSUS_H

#include <stdbool.h>
#include <stddef.h>

#include "authd_config.h"
#include "strbuf.h"

/*
 * A look at all users, in a thread of its own: how many cannot use a mechanism
 * that is offered, because their passwords were set before it was, and which
 * realms there are.
 */
struct census; /* NULL where there is no database: nothing is known */

/* Begins.  What is found is logged when it is complete. */
struct census *census_new(const struct authd_config *);
void census_free(struct census *); /* ends it early */

/* At once, for who only checks a configuration: log who will fail where, or
 * that there is no database. */
void census_log(const struct authd_config *);

/* What is known so far, for people. */
void census_print(struct census *, struct strbuf *out);

/*
 * Copy the realms found into realms, which the caller frees; at most
 * CENSUS_REALMS.  Returns how many; 0 while it is going on.
 */
#define CENSUS_REALMS 32
size_t census_realms(struct census *, char *realms[CENSUS_REALMS]);

#endif
