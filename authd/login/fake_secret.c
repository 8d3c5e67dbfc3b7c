/*
 * Secrets of users that do not exist: HMAC-SHA-256, under a key that only
 * authd knows, over the user's name and what the bytes are for.
 */
#include <nettle/hmac.h>
#include <string.h>

#include "fake_secret.h"
#include "mem.h"

/* Fill len bytes, at most 64. */
static void
fill(unsigned char *bytes, size_t len, const unsigned char key[32],
    const char *purpose, const char *user)
{
	struct hmac_sha256_ctx ctx;
	unsigned char block;

	hmac_sha256_set_key(&ctx, 32, key);
	for (block = 0; len > 0; block++) {
		size_t n = len < SHA256_DIGEST_SIZE ? len : SHA256_DIGEST_SIZE;

		hmac_sha256_update(&ctx, 1, &block);
		hmac_sha256_update(&ctx, strlen(purpose) + 1,
		    (const unsigned char *)purpose);
		hmac_sha256_update(&ctx, strlen(user),
		    (const unsigned char *)user);
		hmac_sha256_digest(&ctx, n, bytes);
		bytes += n;
		len -= n;
	}
	explicit_bzero(&ctx, sizeof ctx);
}

void
fake_secret_scram(struct strbuf *out, const unsigned char key[32],
    const char *user, enum scram_hash hash, unsigned iterations)
{
	struct scram_secret secret = { 0 };

	secret.hash = hash;
	secret.iterations = iterations;
	secret.salt_len = SCRAM_SALT_LEN;
	fill(secret.salt, secret.salt_len, key, scram_name(hash), user);
	fill(secret.stored_key, scram_key_len(hash), key, "stored key", user);
	fill(secret.server_key, scram_key_len(hash), key, "server key", user);
	scram_print(&secret, out);
	explicit_bzero(&secret, sizeof secret);
}

void
fake_secret_cram_md5(unsigned char state[CRAM_MD5_STATE_LEN],
    const unsigned char key[32], const char *user)
{
	fill(state, CRAM_MD5_STATE_LEN, key, "CRAM-MD5", user);
}
