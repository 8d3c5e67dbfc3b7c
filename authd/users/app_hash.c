/*
 * Hashes of app passwords.
 */
#include <string.h>

#include <nettle/hmac.h>

#include "app_hash.h"
#include "encoding.h"
#include "mem.h"
#include "random_bytes.h"

#define PREFIX   "$app$"
#define SALT_LEN 16
#define MAC_LEN  SHA256_DIGEST_SIZE

static void
mac_of(const unsigned char salt[SALT_LEN], const char *password, size_t len,
    unsigned char mac[MAC_LEN])
{
	struct hmac_sha256_ctx ctx;

	hmac_sha256_set_key(&ctx, SALT_LEN, salt);
	hmac_sha256_update(&ctx, len, (const uint8_t *)password);
	hmac_sha256_digest(&ctx, MAC_LEN, mac);
	explicit_bzero(&ctx, sizeof ctx);
}

void
app_hash_add(struct strbuf *out, const char *password, size_t len)
{
	unsigned char salt[SALT_LEN], mac[MAC_LEN];

	random_bytes(salt, sizeof salt);
	mac_of(salt, password, len, mac);
	strbuf_reserve(out, 128);
	strbuf_adds(out, PREFIX);
	base64_add(out, salt, sizeof salt);
	strbuf_addc(out, '$');
	base64_add(out, mac, sizeof mac);
	explicit_bzero(mac, sizeof mac);
}

static bool
parse(const char *stored, unsigned char salt[SALT_LEN],
    unsigned char mac[MAC_LEN])
{
	struct strbuf bytes = { 0 };
	const char *dollar;
	bool ok = false;

	if (strncmp(stored, PREFIX, strlen(PREFIX)) != 0)
		return false;
	stored += strlen(PREFIX);
	dollar = strchr(stored, '$');
	if (dollar == NULL)
		return false;
	if (base64_decode(&bytes, stored, (size_t)(dollar - stored)) &&
	    bytes.len == SALT_LEN &&
	    base64_decode(&bytes, dollar + 1, strlen(dollar + 1)) &&
	    bytes.len == SALT_LEN + MAC_LEN) {
		memcpy(salt, bytes.bytes, SALT_LEN);
		memcpy(mac, bytes.bytes + SALT_LEN, MAC_LEN);
		ok = true;
	}
	strbuf_wipe(&bytes);
	return ok;
}

const char *
app_hash_problem(const char *stored)
{
	unsigned char salt[SALT_LEN], mac[MAC_LEN];

	return parse(stored, salt, mac) ? NULL : "not a whole $app$ hash";
}

bool
app_hash_verify(const char *stored, const char *password, size_t len)
{
	unsigned char salt[SALT_LEN], mac[MAC_LEN], own[MAC_LEN];
	bool equal;

	if (!parse(stored, salt, mac))
		return false;
	mac_of(salt, password, len, own);
	equal = secret_equal(mac, own, MAC_LEN);
	explicit_bzero(mac, sizeof mac);
	explicit_bzero(own, sizeof own);
	return equal;
}
