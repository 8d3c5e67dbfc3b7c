/*
 * Secrets of users that do not exist: a keyed hash (BLAKE2b), under a key that
 * only authd knows, of the user's name and what the secret is for.  They are
 * made at each login, whoever asks: what they cost everybody pays.
 */
#include <sodium.h>
#include <string.h>

#include "fake_secret.h"

static void
fill(unsigned char *bytes, size_t len, const unsigned char key[32],
    const char *purpose, const char *user)
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, key, 32, len);
	crypto_generichash_update(&state, (const unsigned char *)purpose,
	    strlen(purpose) + 1);
	crypto_generichash_update(&state, (const unsigned char *)user,
	    strlen(user));
	crypto_generichash_final(&state, bytes, len);
	explicit_bzero(&state, sizeof state);
}

/* A client hears the salt only.  No proof belongs to keys of zeros: it would
 * have to be what hashes to them. */
void
fake_secret_scram(struct strbuf *out, const unsigned char key[32],
    const char *user, enum scram_hash hash, unsigned iterations)
{
	struct scram_secret secret = { .hash = hash,
		.iterations = iterations,
		.salt_len = SCRAM_SALT_LEN };

	fill(secret.salt, SCRAM_SALT_LEN, key, scram_name(hash), user);
	scram_print(&secret, out);
	explicit_bzero(&secret, sizeof secret);
}

void
fake_secret_cram_md5(unsigned char state[CRAM_MD5_STATE_LEN],
    const unsigned char key[32], const char *user)
{
	fill(state, CRAM_MD5_STATE_LEN, key, "CRAM-MD5", user);
}
