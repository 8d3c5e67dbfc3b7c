#ifndef KEY_HASH_H
#define KEY_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * Hashes of keys that strangers choose, for tables: SipHash with a key of the
 * table's own, so that nobody can fill one bucket.
 */
struct key_hash {
	unsigned char key[16];
};

void key_hash_init(struct key_hash *); /* a random key */
uint64_t key_hash(const struct key_hash *, const void *bytes, size_t len);

#endif
