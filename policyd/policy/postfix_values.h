#ifndef POSTFIX_VALUES_H
#define POSTFIX_VALUES_H

#include <stdbool.h>

#include "conf.h"
#include "strbuf.h"

/*
 * What policyd knows from Postfix: its networks, domains and names.  Asked
 * once, at the start, before privileges are dropped.
 */
struct postfix_values;

/*
 * directory: postfix_config_directory; "" asks nobody, and has no values.
 * Returns NULL with the reason, and what to write to policyd.cf instead, in
 * err.
 */
struct postfix_values *postfix_values_ask(const char *directory,
    struct strbuf *err);
void postfix_values_free(struct postfix_values *);

/* Give the values to a configuration as defaults, "(from main.cf)". */
void postfix_values_offer(const struct postfix_values *, struct conf *);

/* Another value that was asked for, of queue_directory, mail_owner,
 * proxy_read_maps; NULL: it is not known.  Borrowed. */
const char *postfix_values_find(const struct postfix_values *,
    const char *name);

/* Whether main.cf was changed since; path: its name, borrowed. */
bool postfix_values_are_old(const struct postfix_values *, const char **path);

/*
 * myorigin may name a file (Debian: /etc/mailname): the domain in it, the
 * first word that is no comment; the caller frees it.
 * Returns NULL with the reason in err.
 */
char *postfix_origin(const char *path, struct strbuf *err);

#endif
