/*
 * Secrets of users that do not exist: random bytes from a seed, which is a
 * keyed hash (BLAKE2b), under a key that only authd knows, of the user's name
 * and what the bytes are for.  They are made at each login, whoever asks, and
 * HMAC-SHA-256 took as long as a quarter of all the rest.
 */
#include <sodium.h>
#include <string.h>

#include "fake_secret.h"

/* Fill any number of bytes. */
static void
fill(unsigned char *bytes, size_t len, const unsigned char key[32],
    const char *purpose, const char *user)
{
	unsigned char seed[randombytes_SEEDBYTES];
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, 32, sizeof seed);
	crypto_generichash_update(&state, (const unsigned char *)purpose,
	    strlen(purpose) + 1);
	crypto_generichash_update(&state, (const unsigned char *)user,
	    strlen(user));
	crypto_generichash_final(&state, seed, sizeof seed);
	randombytes_buf_deterministic(bytes, len, seed);
	explicit_bzero(&state, sizeof state);
	explicit_bzero(seed, sizeof seed);
}

void
fake_secret_scram(struct strbuf *out, const unsigned char key[32],
    const char *user, enum scram_hash hash, unsigned iterations)
{
	struct scram_secret secret = { .hash = hash,
		.iterations = iterations,
		.salt_len = SCRAM_SALT_LEN };
	size_t key_len = scram_key_len(hash);
	unsigned char bytes[SCRAM_SALT_LEN + 2 * SCRAM_KEY_MAX];
	const unsigned char *keys = bytes + SCRAM_SALT_LEN;

	fill(bytes, sizeof bytes, key, scram_name(hash), user);
	memcpy(secret.salt, bytes, SCRAM_SALT_LEN);
	memcpy(secret.stored_key, keys, key_len);
	memcpy(secret.server_key, keys + key_len, key_len);
	scram_print(&secret, out);
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(&secret, sizeof secret);
}

void
fake_secret_cram_md5(unsigned char state[CRAM_MD5_STATE_LEN],
    const unsigned char key[32], const char *user)
{
	fill(state, CRAM_MD5_STATE_LEN, key, "CRAM-MD5", user);
}
