/*
 * SCRAM secrets (RFC 5802, 3; RFC 7677; text of RFC 5803).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "scram.h"
#include "encoding.h"
#include "mem.h"

static const struct kind {
	const char *name;
	const struct nettle_hash *hash;
	void (*pbkdf2)(size_t key_length, const uint8_t *key,
	    unsigned iterations, size_t salt_length, const uint8_t *salt,
	    size_t length, uint8_t *dst);
} kinds[SCRAM_HASHES] = {
	[SCRAM_SHA_1] = { "SCRAM-SHA-1", &nettle_sha1, pbkdf2_hmac_sha1 },
	[SCRAM_SHA_256] = { "SCRAM-SHA-256", &nettle_sha256,
	    pbkdf2_hmac_sha256 },
	[SCRAM_SHA_512] = { "SCRAM-SHA-512", &nettle_sha512,
	    pbkdf2_hmac_sha512 },
};

union state {
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

/* HMAC(key, text), both keys of SCRAM are made with a constant text. */
static void
hmac_text(const struct kind *kind, const unsigned char *key, const char *text,
    unsigned char *out)
{
	union state outer, inner, state;
	size_t len = kind->hash->digest_size;

	hmac_set_key(&outer, &inner, &state, kind->hash, len, key);
	hmac_update(&state, kind->hash, strlen(text), (const uint8_t *)text);
	hmac_digest(&outer, &inner, &state, kind->hash, len, out);
	explicit_bzero(&outer, sizeof outer);
	explicit_bzero(&inner, sizeof inner);
	explicit_bzero(&state, sizeof state);
}

const char *
scram_name(enum scram_hash hash)
{
	return kinds[hash].name;
}

size_t
scram_key_len(enum scram_hash hash)
{
	return kinds[hash].hash->digest_size;
}

void
scram_derive(struct scram_secret *secret, const char *password, size_t len)
{
	const struct kind *kind = &kinds[secret->hash];
	size_t key_len = scram_key_len(secret->hash);
	unsigned char salted[SCRAM_KEY_MAX], client_key[SCRAM_KEY_MAX];
	union state state;

	kind->pbkdf2(len, (const uint8_t *)password, secret->iterations,
	    secret->salt_len, secret->salt, key_len, salted);
	hmac_text(kind, salted, "Client Key", client_key);
	hmac_text(kind, salted, "Server Key", secret->server_key);
	kind->hash->init(&state);
	kind->hash->update(&state, key_len, client_key);
	kind->hash->digest(&state, key_len, secret->stored_key);

	explicit_bzero(salted, sizeof salted);
	explicit_bzero(client_key, sizeof client_key);
	explicit_bzero(&state, sizeof state);
}

void
scram_print(const struct scram_secret *secret, struct strbuf *out)
{
	size_t key_len = scram_key_len(secret->hash);

	strbuf_reserve(out, 512); /* one piece: it is a secret */
	strbuf_adds(out, scram_name(secret->hash));
	strbuf_addc(out, '$');
	strbuf_addu(out, secret->iterations);
	strbuf_addc(out, ':');
	base64_add(out, secret->salt, secret->salt_len);
	strbuf_addc(out, '$');
	base64_add(out, secret->stored_key, key_len);
	strbuf_addc(out, ':');
	base64_add(out, secret->server_key, key_len);
}

/* The base64 text up to the first byte of stop; *text moves behind that. */
static bool
parse_base64(const char **text, const char *stop, unsigned char *bytes,
    size_t max, size_t *len)
{
	struct strbuf decoded = { 0 };
	size_t text_len = strcspn(*text, stop);
	bool ok = base64_decode(&decoded, *text, text_len) && decoded.len > 0 &&
	    decoded.len <= max;

	if (ok) {
		memcpy(bytes, decoded.bytes, decoded.len);
		*len = decoded.len;
		*text += text_len;
		if (**text != '\0')
			(*text)++;
	}
	strbuf_wipe(&decoded);
	return ok;
}

static bool
parse_iterations(const char **text, unsigned *iterations)
{
	char *end;
	unsigned long n;

	if (**text < '1' || **text > '9')
		return false;
	errno = 0;
	n = strtoul(*text, &end, 10);
	if (*end != ':' || errno != 0 || n > SCRAM_ITERATIONS_MAX)
		return false;
	*text = end + 1;
	*iterations = (unsigned)n;
	return true;
}

bool
scram_parse(struct scram_secret *secret, const char *text)
{
	size_t name_len = strcspn(text, "$"), stored_len, server_len, key_len;
	enum scram_hash hash = 0;

	*secret = (struct scram_secret){ 0 };
	while (hash < SCRAM_HASHES &&
	    (strlen(kinds[hash].name) != name_len ||
		strncmp(text, kinds[hash].name, name_len) != 0))
		hash++;
	if (hash == SCRAM_HASHES || text[name_len] != '$')
		return false;
	secret->hash = hash;
	key_len = scram_key_len(hash);
	text += name_len + 1;
	return parse_iterations(&text, &secret->iterations) &&
	    parse_base64(&text, "$", secret->salt, SCRAM_SALT_MAX,
		&secret->salt_len) &&
	    parse_base64(&text, ":", secret->stored_key, key_len,
		&stored_len) &&
	    stored_len == key_len &&
	    parse_base64(&text, "", secret->server_key, key_len, &server_len) &&
	    server_len == key_len;
}

bool
scram_verify(const struct scram_secret *secret, const char *password,
    size_t len)
{
	struct scram_secret own = *secret;
	bool equal;

	scram_derive(&own, password, len);
	equal = secret_equal(own.stored_key, secret->stored_key,
	    scram_key_len(secret->hash));
	explicit_bzero(&own, sizeof own);
	return equal;
}
