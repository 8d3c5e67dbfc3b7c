/*
 * The client's side of SASL: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195),
 * SCRAM (RFC 5802, RFC 7677; without channel binding).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nettle/hmac.h>
#include <nettle/memxor.h>
#include <nettle/nettle-meta.h>
#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "exchange.h"
#include "encoding.h"

#define DIGEST_MAX SHA256_DIGEST_SIZE

struct sasl_mechanism {
	const char *name;
	bool (*start)(struct exchange *, struct strbuf *response);
	/* the answer to the challenge of step 0, 1, ... */
	bool (*answer)(struct exchange *, const struct strbuf *challenge,
	    struct strbuf *response);
	int steps;
	const struct nettle_hash *hash; /* of SCRAM */
	void (*pbkdf2)(size_t password_len, const uint8_t *password,
	    unsigned iterations, size_t salt_len, const uint8_t *salt,
	    size_t key_len, uint8_t *key);
};

static bool
plain_start(struct exchange *exchange, struct strbuf *response)
{
	const struct account *account = exchange->account;

	strbuf_addc(response, '\0');
	strbuf_adds(response, account->name);
	strbuf_addc(response, '\0');
	strbuf_adds(response, account->password);
	return true;
}

static bool
login_answer(struct exchange *exchange, const struct strbuf *challenge,
    struct strbuf *response)
{
	const struct account *account = exchange->account;

	(void)challenge; /* "Username:", "Password:" */
	strbuf_adds(response,
	    exchange->step == 0 ? account->name : account->password);
	return true;
}

static bool
cram_md5_answer(struct exchange *exchange, const struct strbuf *challenge,
    struct strbuf *response)
{
	const char *password = exchange->account->password;
	struct hmac_md5_ctx hmac;
	uint8_t digest[MD5_DIGEST_SIZE];

	hmac_md5_set_key(&hmac, strlen(password), (const uint8_t *)password);
	hmac_md5_update(&hmac, challenge->len,
	    (const uint8_t *)strbuf_str(challenge));
	hmac_md5_digest(&hmac, sizeof digest, digest);
	strbuf_addf(response, "%s ", exchange->account->name);
	hex_add(response, digest, sizeof digest);
	return true;
}

static void
hmac_text(const struct nettle_hash *hash, const uint8_t *key, const char *text,
    uint8_t *digest)
{
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
	} outer, inner, state;

	hmac_set_key(&outer, &inner, &state, hash, hash->digest_size, key);
	hmac_update(&state, hash, strlen(text), (const uint8_t *)text);
	hmac_digest(&outer, &inner, &state, hash, hash->digest_size, digest);
}

static bool
scram_start(struct exchange *exchange, struct strbuf *response)
{
	strbuf_addf(&exchange->client_first, "n=%s,r=%s",
	    exchange->account->name, exchange->nonce);
	strbuf_addf(response, "n,,%s", strbuf_str(&exchange->client_first));
	return true;
}

/* The salted password, from the last login where that had the same salt. */
static bool
salted_password(const struct sasl_mechanism *mechanism, struct account *account,
    const char *salt, unsigned iterations)
{
	struct strbuf bytes = { 0 };
	bool ok = true;

	if (account->iterations == iterations &&
	    strcmp(strbuf_str(&account->salt), salt) == 0)
		return true;
	ok = base64_decode(&bytes, salt, strlen(salt));
	if (ok) {
		mechanism->pbkdf2(strlen(account->password),
		    (const uint8_t *)account->password, iterations, bytes.len,
		    (const uint8_t *)bytes.bytes, mechanism->hash->digest_size,
		    account->key);
		account->iterations = iterations;
		strbuf_truncate(&account->salt, 0);
		strbuf_adds(&account->salt, salt);
	}
	strbuf_free(&bytes);
	return ok;
}

static bool
scram_final(struct exchange *exchange, const char *server_first,
    struct strbuf *response)
{
	const struct nettle_hash *hash = exchange->mechanism->hash;
	struct account *account = exchange->account;
	uint8_t client[DIGEST_MAX], stored[DIGEST_MAX], signature[DIGEST_MAX];
	struct strbuf auth_message = { 0 };
	struct sha256_ctx state; /* the larger of the two */
	char nonce[128], salt[128];
	unsigned iterations;

	if (sscanf(server_first, "r=%127[^,],s=%127[^,],i=%u", nonce, salt,
		&iterations) != 3 ||
	    strncmp(nonce, exchange->nonce, strlen(exchange->nonce)) != 0 ||
	    !salted_password(exchange->mechanism, account, salt, iterations))
		return false;
	strbuf_addf(response, "c=biws,r=%s", nonce);
	strbuf_addf(&auth_message, "%s,%s,%s",
	    strbuf_str(&exchange->client_first), server_first,
	    strbuf_str(response));

	hmac_text(hash, account->key, "Client Key", client);
	hash->init(&state);
	hash->update(&state, hash->digest_size, client);
	hash->digest(&state, hash->digest_size, stored);
	hmac_text(hash, stored, strbuf_str(&auth_message), signature);
	memxor(client, signature, hash->digest_size);
	strbuf_adds(response, ",p=");
	base64_add(response, client, hash->digest_size);

	hmac_text(hash, account->key, "Server Key", stored);
	hmac_text(hash, stored, strbuf_str(&auth_message), signature);
	strbuf_adds(&exchange->server_final, "v=");
	base64_add(&exchange->server_final, signature, hash->digest_size);
	strbuf_free(&auth_message);
	return true;
}

static bool
scram_answer(struct exchange *exchange, const struct strbuf *challenge,
    struct strbuf *response)
{
	if (exchange->step == 0)
		return scram_final(exchange, strbuf_str(challenge), response);
	return strcmp(strbuf_str(challenge),
		   strbuf_str(&exchange->server_final)) == 0;
}

static const struct sasl_mechanism mechanisms[] = {
	{ "PLAIN", plain_start, NULL, 0, NULL, NULL },
	{ "LOGIN", NULL, login_answer, 2, NULL, NULL },
	{ "CRAM-MD5", NULL, cram_md5_answer, 1, NULL, NULL },
	{ "SCRAM-SHA-1", scram_start, scram_answer, 2, &nettle_sha1,
	    pbkdf2_hmac_sha1 },
	{ "SCRAM-SHA-256", scram_start, scram_answer, 2, &nettle_sha256,
	    pbkdf2_hmac_sha256 },
};

const struct sasl_mechanism *
sasl_mechanism_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
		if (strcasecmp(mechanisms[i].name, name) == 0)
			return &mechanisms[i];
	return NULL;
}

bool
exchange_start(struct exchange *exchange,
    const struct sasl_mechanism *mechanism, struct account *account,
    uint64_t nonce, struct strbuf *response)
{
	struct strbuf plain = { 0 };

	exchange->mechanism = mechanism;
	exchange->account = account;
	exchange->step = 0;
	snprintf(exchange->nonce, sizeof exchange->nonce, "%016" PRIx64, nonce);
	strbuf_truncate(&exchange->client_first, 0);
	strbuf_truncate(&exchange->server_final, 0);
	if (!mechanism->start)
		return false;
	mechanism->start(exchange, &plain);
	base64_add(response, plain.bytes, plain.len);
	strbuf_free(&plain);
	return true;
}

bool
exchange_continue(struct exchange *exchange, const char *text,
    struct strbuf *response)
{
	const struct sasl_mechanism *mechanism = exchange->mechanism;
	struct strbuf challenge = { 0 }, plain = { 0 };
	bool ok;

	ok = exchange->step < mechanism->steps &&
	    base64_decode(&challenge, text, strlen(text)) &&
	    mechanism->answer(exchange, &challenge, &plain);
	if (ok && plain.len > 0)
		base64_add(response, plain.bytes, plain.len);
	exchange->step++;
	strbuf_free(&challenge);
	strbuf_free(&plain);
	return ok;
}

bool
exchange_is_complete(const struct exchange *exchange)
{
	return exchange->step == exchange->mechanism->steps;
}
