/*
 * SipHash-2-4, of libsodium.
 */
#include <string.h>

#include <sodium.h>

#include "key_hash.h"
#include "random_bytes.h"

_Static_assert(sizeof(struct key_hash) == crypto_shorthash_KEYBYTES, "key");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES, "hash");

void
key_hash_init(struct key_hash *hash)
{
	random_bytes(hash->key, sizeof hash->key);
}

uint64_t
key_hash(const struct key_hash *hash, const void *bytes, size_t len)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t result;

	crypto_shorthash(out, bytes, len, hash->key);
	memcpy(&result, out, sizeof result);
	return result;
}
