#ifndef REALM_HINT_H
#define REALM_HINT_H

#include "census.h"
#include "login_rules.h"
#include "worker.h"

/*
 * A name that is unknown in its realm but exists in another one: more often a
 * wrong default_realm than a guesser.  It is not accepted, but said in the
 * log, at most ten times in a second.
 */
struct realm_hint;

struct realm_hint *realm_hint_new(struct workers *);
void realm_hint_free(struct realm_hint *); /* after the workers */

/* name: user@realm, unknown.  Looks for it in a worker. */
void realm_hint_look(struct realm_hint *, struct login_rules *, struct census *,
    const char *name, long now);

/* Append " exists=NAME" for each of these realms that has the name; reads the
 * database.  name: user@realm. */
void realm_hint_add_names(struct strbuf *out, const struct login_rules *,
    char *const *realms, size_t nrealms, const char *name);

#endif
