#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/*
 * The parts of a mail address in internal (unquoted) form.
 */

/* The '@' before the domain, the last one; NULL: there is no domain. */
char *mail_address_at(const char *address);

/* The domain, or def where there is none. */
const char *mail_address_domain(const char *address, const char *def);

/* How long the local part is: all of it where there is no domain. */
size_t mail_address_local_len(const char *address);

/* Whether len bytes are no local part unless quoted (RFC 5322, 3.2.4). */
bool mail_local_needs_quotes(const char *local, size_t len);

/*
 * The external form of what a table is asked for: the local part of an
 * address is quoted, "user", "user@" and "user@domain" alike.
 * Returns the key itself where nothing has to be quoted.
 */
const char *mail_address_quoted(struct arena *, const char *key);
const char *mail_local_quoted(struct arena *, const char *local);

/*
 * The local part without its address extension (recipient_delimiter), or
 * NULL when it has none.
 */
const char *mail_local_base(struct arena *, const char *local,
    const char *delimiters);

#endif
