#ifndef TESTING_MECH_H
#define TESTING_MECH_H

#include <crypt.h>
#include <nettle/hmac.h>
#include <nettle/pbkdf2.h>
#include <stdio.h>
#include <string.h>

#include "encoding.h"
#include "mech.h"
#include "testing.h"

/*
 * The clients' side of mechanisms.
 */

/* One message of the client; bytes NULL: no initial response. */
static inline enum mech_result
respond(struct mech *mech, const char *bytes, size_t len)
{
	struct strbuf response = { 0 };
	enum mech_result result;

	if (bytes == NULL)
		return mech_step(mech, NULL);
	strbuf_add(&response, bytes, len);
	result = mech_step(mech, &response);
	strbuf_free(&response);
	return result;
}

/* The same, with the hash if it needs one. */
static inline enum mech_result
step(struct mech *mech, const char *bytes, size_t len)
{
	static struct crypt_data scratch;
	enum mech_result result = respond(mech, bytes, len);

	return result == MECH_HASH ? mech_hash(mech, &scratch) : result;
}

static inline enum mech_result
plain(struct mech *mech, const char *name, const char *password)
{
	struct strbuf message = { 0 };
	enum mech_result result;

	strbuf_addc(&message, '\0');
	strbuf_adds(&message, name);
	strbuf_addc(&message, '\0');
	strbuf_adds(&message, password);
	result = step(mech, message.bytes, message.len);
	strbuf_free(&message);
	return result;
}

/* A client of SCRAM-SHA-256 (RFC 5802, 3; RFC 7677) that can be told to do
 * wrong. */
struct scram_client {
	const char *name;     /* as it stands in the message */
	const char *password; /* prepared */
	const char *header;   /* GS2: "n,," */
	const char *binding;  /* c=: "biws" */
	const char *nonce;    /* NULL: the server's */
	bool has_bad_proof;
};

static const struct scram_client good_client = {
	.name = "fred",
	.password = "secret",
	.header = "n,,",
	.binding = "biws",
};

static inline void
hmac(const unsigned char *key, size_t keylen, const char *text, size_t len,
    unsigned char out[32])
{
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, keylen, key);
	hmac_sha256_update(&ctx, len, (const unsigned char *)text);
	hmac_sha256_digest(&ctx, 32, out);
}

/* Append p= of a client (SHA-256). */
static inline void
add_proof(const struct scram_client *client, const char *salt,
    unsigned iterations, const struct strbuf *auth_message, struct strbuf *out)
{
	unsigned char salted[32], key[32], stored[32], signature[32];
	struct strbuf raw = { 0 };
	struct sha256_ctx sha;

	ck_assert(base64_decode(&raw, salt, strlen(salt)));
	pbkdf2_hmac_sha256(strlen(client->password),
	    (const unsigned char *)client->password, iterations, raw.len,
	    (const unsigned char *)raw.bytes, 32, salted);
	hmac(salted, 32, "Client Key", 10, key);
	sha256_init(&sha);
	sha256_update(&sha, 32, key);
	sha256_digest(&sha, 32, stored);
	hmac(stored, 32, auth_message->bytes, auth_message->len, signature);
	for (size_t i = 0; i < 32; i++)
		key[i] ^= signature[i];
	if (client->has_bad_proof)
		key[0] ^= 1;
	strbuf_adds(out, ",p=");
	base64_add(out, key, sizeof key);
	strbuf_free(&raw);
}

static inline void
scram_first(const struct scram_client *client, struct strbuf *out)
{
	strbuf_addf(out, "%sn=%s,r=clientnonce", client->header, client->name);
}

/* server: what it said to the first message. */
static inline void
scram_final(const struct scram_client *client, const char *server,
    struct strbuf *out)
{
	struct strbuf auth_message = { 0 };
	char nonce[256], salt[128];
	unsigned iterations;

	ck_assert_int_eq(sscanf(server, "r=%255[^,],s=%127[^,],i=%u", nonce,
			     salt, &iterations),
	    3);
	strbuf_addf(out, "c=%s,r=%s", client->binding,
	    client->nonce != NULL ? client->nonce : nonce);
	strbuf_addf(&auth_message, "n=%s,r=clientnonce,%s,%s", client->name,
	    server, strbuf_str(out));
	add_proof(client, salt, iterations, &auth_message, out);
	strbuf_free(&auth_message);
}

static inline enum mech_result
scram(struct mech *mech, const struct scram_client *client)
{
	struct strbuf first = { 0 }, server = { 0 }, final = { 0 };
	enum mech_result result;
	const char *challenge;
	size_t len;

	scram_first(client, &first);
	result = step(mech, first.bytes, first.len);
	if (result == MECH_CHALLENGE) {
		challenge = mech_challenge(mech, &len);
		strbuf_add(&server, challenge, len);
		scram_final(client, strbuf_str(&server), &final);
		result = step(mech, final.bytes, final.len);
	}
	strbuf_free(&first);
	strbuf_free(&server);
	strbuf_free(&final);
	return result;
}

static inline enum mech_result
cram_md5(struct mech *mech, const char *name, const char *password)
{
	struct hmac_md5_ctx ctx;
	unsigned char digest[MD5_DIGEST_SIZE];
	struct strbuf answer = { 0 };
	enum mech_result result;
	const char *challenge;
	size_t len;

	ck_assert_int_eq(step(mech, NULL, 0), MECH_CHALLENGE);
	challenge = mech_challenge(mech, &len);
	hmac_md5_set_key(&ctx, strlen(password),
	    (const unsigned char *)password);
	hmac_md5_update(&ctx, len, (const unsigned char *)challenge);
	hmac_md5_digest(&ctx, sizeof digest, digest);
	strbuf_addf(&answer, "%s ", name);
	hex_add(&answer, digest, sizeof digest);
	result = step(mech, answer.bytes, answer.len);
	strbuf_free(&answer);
	return result;
}

#endif
