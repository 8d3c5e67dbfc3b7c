/*
 * The state that CRAM-MD5 (RFC 2195) works from.
 */
#include <string.h>

#include <nettle/md5.h>

#include "cram_md5.h"
#include "encoding.h"
#include "mem.h"

#define HALF (CRAM_MD5_STATE_LEN / 2)

/* The state of MD5 after a block of the key, every byte xored with pad. */
static void
block_state(const unsigned char key[MD5_BLOCK_SIZE], unsigned char pad,
    unsigned char state[HALF])
{
	struct md5_ctx ctx;
	unsigned char block[MD5_BLOCK_SIZE];

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = key[i] ^ pad;
	md5_init(&ctx);
	md5_update(&ctx, sizeof block, block);
	for (size_t i = 0; i < HALF; i++)
		state[i] =
		    (unsigned char)(ctx.state[i / 4] >> (8 * (3 - i % 4)));
	explicit_bzero(block, sizeof block);
	explicit_bzero(&ctx, sizeof ctx);
}

static void
derive(unsigned char state[CRAM_MD5_STATE_LEN], const char *password,
    size_t len)
{
	unsigned char key[MD5_BLOCK_SIZE] = { 0 };

	if (len > sizeof key) {
		struct md5_ctx ctx;

		md5_init(&ctx);
		md5_update(&ctx, len, (const uint8_t *)password);
		md5_digest(&ctx, MD5_DIGEST_SIZE, key);
		explicit_bzero(&ctx, sizeof ctx);
	} else {
		memcpy(key, password, len);
	}
	block_state(key, 0x36, state);
	block_state(key, 0x5c, state + HALF);
	explicit_bzero(key, sizeof key);
}

void
cram_md5_add(struct strbuf *out, const char *password, size_t len)
{
	unsigned char state[CRAM_MD5_STATE_LEN];

	derive(state, password, len);
	hex_add(out, state, sizeof state);
	explicit_bzero(state, sizeof state);
}

bool
cram_md5_decode(unsigned char state[CRAM_MD5_STATE_LEN], const char *hex)
{
	struct strbuf bytes = { 0 };
	bool ok = strlen(hex) == (size_t)2 * CRAM_MD5_STATE_LEN &&
	    hex_decode(&bytes, hex, strlen(hex));

	if (ok)
		memcpy(state, bytes.bytes, CRAM_MD5_STATE_LEN);
	strbuf_wipe(&bytes);
	return ok;
}

bool
cram_md5_verify(const char *hex, const char *password, size_t len)
{
	unsigned char stored[CRAM_MD5_STATE_LEN], own[CRAM_MD5_STATE_LEN];
	bool equal;

	if (!cram_md5_decode(stored, hex))
		return false;
	derive(own, password, len);
	equal = secret_equal(stored, own, sizeof own);
	explicit_bzero(stored, sizeof stored);
	explicit_bzero(own, sizeof own);
	return equal;
}

bool
cram_md5_from_dovecot(struct strbuf *out, const char *hex)
{
	unsigned char theirs[CRAM_MD5_STATE_LEN], ours[CRAM_MD5_STATE_LEN];

	if (!cram_md5_decode(theirs, hex))
		return false;
	for (size_t i = 0; i < sizeof ours; i++)
		ours[i] = theirs[(i / 4 * 4 + 3 - i % 4) ^ HALF];
	hex_add(out, ours, sizeof ours);
	explicit_bzero(theirs, sizeof theirs);
	explicit_bzero(ours, sizeof ours);
	return true;
}
