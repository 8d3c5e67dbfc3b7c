#ifndef DERIVATION_H
#define DERIVATION_H

#include <stddef.h>

#include "credential.h"
#include "strbuf.h"

/*
 * Many passwords at once: their secrets are made on all cores, because each
 * takes as long as a login does.
 */
struct derivation {
	struct strbuf *password; /* borrowed; wiped when it is done */
	struct secrets *secrets; /* borrowed; filled */
	struct strbuf problem;   /* why there are none; empty: there are */
};

/* Tells a terminal at stderr how far it is.  The caller frees the problems. */
void derivations_run(struct derivation *, size_t n,
    const struct credential_options *);

#endif
