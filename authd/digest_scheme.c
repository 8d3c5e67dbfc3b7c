/*
 * {SHA}, {SSHA256} and the like.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "digest_scheme.h"
#include "encoding.h"
#include "mem.h"

#define SALT_MAX 64

/* The first of a name is how we store it. */
static const struct scheme {
	const char *name;
	const struct nettle_hash *hash;
	bool is_salted;
	const char *stored; /* NULL: as name */
} schemes[] = {
	{ "SHA", &nettle_sha1, false, NULL },
	{ "SHA1", &nettle_sha1, false, "SHA" },
	{ "SSHA", &nettle_sha1, true, NULL },
	{ "SHA256", &nettle_sha256, false, NULL },
	{ "SSHA256", &nettle_sha256, true, NULL },
	{ "SHA512", &nettle_sha512, false, NULL },
	{ "SSHA512", &nettle_sha512, true, NULL },
	{ "SMD5", &nettle_md5, true, NULL },
	{ "LDAP-MD5", &nettle_md5, false, NULL },
	{ "PLAIN-MD5", &nettle_md5, false, "LDAP-MD5" },
};

union state {
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

static const struct scheme *
find_scheme(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strlen(schemes[i].name) == len &&
		    strncasecmp(schemes[i].name, name, len) == 0)
			return &schemes[i];
	return NULL;
}

/* Whether that many bytes can be a digest and its salt. */
static bool
fits(const struct scheme *scheme, size_t len)
{
	size_t digest_len = scheme->hash->digest_size;

	return scheme->is_salted
	    ? len > digest_len && len <= digest_len + SALT_MAX
	    : len == digest_len;
}

/* Dovecot: hex where the length says so, or `.HEX`, else base64. */
static bool
decode(const struct scheme *scheme, const char *suffix, const char *text,
    struct strbuf *bytes)
{
	size_t len = strlen(text);
	bool may_be_hex = *suffix == '\0' || strcasecmp(suffix, ".HEX") == 0;
	bool may_be_base64 = *suffix == '\0' ||
	    strcasecmp(suffix, ".B64") == 0 ||
	    strcasecmp(suffix, ".BASE64") == 0;

	if (*suffix == '\0')
		may_be_hex = len == 2 * scheme->hash->digest_size;
	return (may_be_hex && hex_decode(bytes, text, len)) ||
	    (may_be_base64 && base64_decode(bytes, text, len));
}

bool
digest_scheme_import(struct strbuf *out, const char *name, const char *text)
{
	size_t name_len = strcspn(name, ".");
	const struct scheme *scheme = find_scheme(name, name_len);
	struct strbuf bytes = { 0 };
	bool ok = scheme != NULL &&
	    decode(scheme, name + name_len, text, &bytes) &&
	    fits(scheme, bytes.len);

	if (ok) {
		strbuf_reserve(out, 32 + 2 * bytes.len);
		strbuf_addf(out, "{%s}",
		    scheme->stored != NULL ? scheme->stored : scheme->name);
		base64_add(out, bytes.bytes, bytes.len);
	}
	strbuf_wipe(&bytes);
	return ok;
}

/* The row and the bytes of a stored string; NULL when it is none. */
static const struct scheme *
parse(const char *stored, struct strbuf *bytes)
{
	const char *end = *stored == '{' ? strchr(stored, '}') : NULL;
	const struct scheme *scheme = end != NULL
	    ? find_scheme(stored + 1, (size_t)(end - stored - 1))
	    : NULL;

	if (scheme == NULL || !base64_decode(bytes, end + 1, strlen(end + 1)) ||
	    !fits(scheme, bytes->len))
		return NULL;
	return scheme;
}

const char *
digest_scheme_problem(const char *stored)
{
	struct strbuf bytes = { 0 };
	const struct scheme *scheme = parse(stored, &bytes);

	strbuf_wipe(&bytes);
	return scheme != NULL ? NULL : "not a hash of a known scheme";
}

bool
digest_scheme_verify(const char *stored, const char *password, size_t len)
{
	struct strbuf bytes = { 0 };
	const struct scheme *scheme = parse(stored, &bytes);
	unsigned char digest[SHA512_DIGEST_SIZE];
	union state state;
	bool equal = false;

	if (scheme != NULL) {
		size_t digest_len = scheme->hash->digest_size;

		scheme->hash->init(&state);
		scheme->hash->update(&state, len, (const uint8_t *)password);
		scheme->hash->update(&state, bytes.len - digest_len,
		    (const uint8_t *)bytes.bytes + digest_len);
		scheme->hash->digest(&state, digest_len, digest);
		equal = secret_equal(digest, bytes.bytes, digest_len);
		explicit_bzero(&state, sizeof state);
		explicit_bzero(digest, sizeof digest);
	}
	strbuf_wipe(&bytes);
	return equal;
}
