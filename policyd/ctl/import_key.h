#ifndef IMPORT_KEY_H
#define IMPORT_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "postconf.h"
#include "strbuf.h"

/*
 * The keys of paid DNS lists, KEY.zen.dq.example: each stands in one place of
 * policyd.cf, as a parameter that its zones take in.
 */
struct import_keys {
	size_t n;
	struct import_key {
		char *name;
		char *value;
	} * list;
};

/*
 * Append zone with ${name} in place of its key, if it has one: what a
 * parameter of set has as its value, or what looks like one.
 */
void import_keys_add_zone(struct import_keys *,
    const struct postconf_values *set, const char *zone, struct strbuf *out);
void import_keys_free(struct import_keys *);

#endif
