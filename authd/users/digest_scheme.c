/*
 * {SHA}, {SSHA256} and the like.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nettle/md4.h>
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
	{ "SHA384", &nettle_sha384, false, NULL },
	{ "SSHA384", &nettle_sha384, true, NULL },
	{ "SHA512", &nettle_sha512, false, NULL },
	{ "SSHA512", &nettle_sha512, true, NULL },
	{ "SMD5", &nettle_md5, true, NULL },
	{ "LDAP-MD5", &nettle_md5, false, NULL },
	{ "PLAIN-MD5", &nettle_md5, false, "LDAP-MD5" },
	{ "MD5", &nettle_md5, false, "LDAP-MD5" },
	{ "PLAIN-MD4", &nettle_md4, false, NULL },
};

union state {
	struct md4_ctx md4;
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

bool
digest_scheme_is_known(const char *name)
{
	return find_scheme(name, strlen(name)) != NULL;
}

bool
digest_scheme_import(struct strbuf *out, const char *name, const char *text)
{
	size_t name_len = strcspn(name, ".");
	const struct scheme *scheme = find_scheme(name, name_len);
	struct strbuf bytes = { 0 };
	bool ok = scheme != NULL;

	strbuf_reserve(&bytes, strlen(text));
	ok = ok &&
	    encoding_decode(&bytes, name + name_len, text,
		scheme->is_salted ? 0 : scheme->hash->digest_size) &&
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
