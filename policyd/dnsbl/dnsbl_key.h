#ifndef DNSBL_KEY_H
#define DNSBL_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"

/*
 * Paid lists are asked with a customer's key as the first label of the zone,
 * KEY.zen.dq.example.  It is a secret: what is shown of a zone begins behind
 * it.
 */
struct dnsbl_keys { /* that are known as such; all-zero: none */
	size_t n;
	char **list;
};

/* Bytes of what looks like a key, without the dot behind it; 0: nothing does.
 */
size_t dnsbl_key_len(const char *zone);

/* Whether the first label of a word comes from a parameter, ${key}.zone: one
 * place for a key makes it one, whatever it looks like. */
bool dnsbl_key_is_taken_in(const struct conf_text *, const struct conf_word *);

/* Take the first label of a zone for a key from now on. */
void dnsbl_keys_add(struct dnsbl_keys *, const char *zone);
void dnsbl_keys_free(struct dnsbl_keys *);

/* What may be shown of a zone: the part behind its key. */
const char *dnsbl_keys_hide(const struct dnsbl_keys *, const char *zone);

#endif
