#ifndef DNS_KEY_H
#define DNS_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "dns_answer.h"

#define DNS_KEY_NAME_MAX 253

/*
 * What a name and a type are found under: the name in lower case, its NUL, and
 * the type in one byte.  A plain value that is copied at will; its bytes begin
 * with the name as a string:
 *
 *	struct dns_key key;
 *
 *	if (dns_key_init(&key, "Example.ORG", DNS_MX) == 0)
 *		answer = ttl_cache_find(cache, key.bytes, key.len, now);
 */
struct dns_key {
	char bytes[DNS_KEY_NAME_MAX + 2]; /* the NUL of the name, the type */
	size_t len;
};

/* Returns 0, or -1 for what is too long for a name. */
int dns_key_init(struct dns_key *, const char *name, enum dns_type);
enum dns_type dns_key_type(const struct dns_key *);
bool dns_key_equal(const struct dns_key *, const struct dns_key *);

/* Whether the bytes of a key are of the name that top, a struct dns_key, is of,
 * or of one below it: a match for ttl_cache_remove. */
int dns_key_is_at_or_below(void *top, const void *bytes, size_t len);

#endif
