/*
 * $apr1$: the MD5 scheme of FreeBSD's crypt, with a prefix of its own.
 */
#include <string.h>

#include <nettle/md5.h>

#include "apr1.h"
#include "encoding.h"
#include "mem.h"

#define PREFIX   "$apr1$"
#define SALT_MAX 8
#define HASH_LEN 22
#define ROUNDS   1000

static const char digits[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The salt (not NUL-terminated) and what follows it. */
static bool
parse(const char *stored, const char **salt, size_t *salt_len,
    const char **hash)
{
	if (strncmp(stored, PREFIX, strlen(PREFIX)) != 0)
		return false;
	*salt = stored + strlen(PREFIX);
	*salt_len = strcspn(*salt, "$");
	if (*salt_len > SALT_MAX || (*salt)[*salt_len] != '$')
		return false;
	*hash = *salt + *salt_len + 1;
	return strlen(*hash) == HASH_LEN && strspn(*hash, digits) == HASH_LEN;
}

static void
update(struct md5_ctx *ctx, const void *bytes, size_t len)
{
	md5_update(ctx, len, bytes);
}

/* Digest of password, salt and password again. */
static void
alternate(const char *password, size_t len, const char *salt, size_t salt_len,
    unsigned char digest[MD5_DIGEST_SIZE])
{
	struct md5_ctx ctx;

	md5_init(&ctx);
	update(&ctx, password, len);
	update(&ctx, salt, salt_len);
	update(&ctx, password, len);
	md5_digest(&ctx, MD5_DIGEST_SIZE, digest);
	explicit_bzero(&ctx, sizeof ctx);
}

static void
derive(const char *password, size_t len, const char *salt, size_t salt_len,
    unsigned char digest[MD5_DIGEST_SIZE])
{
	unsigned char other[MD5_DIGEST_SIZE];
	struct md5_ctx ctx;

	alternate(password, len, salt, salt_len, other);
	md5_init(&ctx);
	update(&ctx, password, len);
	update(&ctx, PREFIX, strlen(PREFIX));
	update(&ctx, salt, salt_len);
	for (size_t left = len; left > 0;) {
		size_t n = left < sizeof other ? left : sizeof other;

		update(&ctx, other, n);
		left -= n;
	}
	for (size_t bits = len; bits > 0; bits >>= 1)
		update(&ctx, bits & 1 ? "" : password, 1);
	md5_digest(&ctx, MD5_DIGEST_SIZE, digest);

	for (int round = 0; round < ROUNDS; round++) {
		md5_init(&ctx);
		update(&ctx, round & 1 ? password : (const char *)digest,
		    round & 1 ? len : MD5_DIGEST_SIZE);
		if (round % 3 != 0)
			update(&ctx, salt, salt_len);
		if (round % 7 != 0)
			update(&ctx, password, len);
		update(&ctx, round & 1 ? (const char *)digest : password,
		    round & 1 ? MD5_DIGEST_SIZE : len);
		md5_digest(&ctx, MD5_DIGEST_SIZE, digest);
	}
	explicit_bzero(other, sizeof other);
	explicit_bzero(&ctx, sizeof ctx);
}

/* The bytes are taken in this order, three at a time, low digit first. */
static void
print(const unsigned char d[MD5_DIGEST_SIZE], char text[HASH_LEN])
{
	for (size_t i = 0; i < 5; i++) {
		size_t last = i == 4 ? 5 : i + 12;
		unsigned long n = (unsigned long)d[i] << 16 |
		    (unsigned long)d[i + 6] << 8 | d[last];

		for (size_t j = 0; j < 4; j++, n >>= 6)
			text[i * 4 + j] = digits[n & 63];
	}
	text[20] = digits[d[11] & 63];
	text[21] = digits[d[11] >> 6];
}

bool
apr1_import(struct strbuf *out, const char *prefix, const char *text)
{
	struct strbuf bytes = { 0 };
	char hash[HASH_LEN];
	const char *salt;
	size_t salt_len;
	bool ok;

	strbuf_reserve(&bytes, strlen(text));
	ok = base64_decode(&bytes, text, strlen(text)) &&
	    bytes.len > MD5_DIGEST_SIZE &&
	    bytes.len <= MD5_DIGEST_SIZE + SALT_MAX;
	if (ok) {
		salt = bytes.bytes + MD5_DIGEST_SIZE;
		salt_len = bytes.len - MD5_DIGEST_SIZE;
		ok = strspn(salt, digits) == salt_len;
	}
	if (ok) {
		print((const unsigned char *)bytes.bytes, hash);
		strbuf_reserve(out, 64);
		strbuf_addf(out, "%s%s$%.*s", prefix, salt, HASH_LEN, hash);
		explicit_bzero(hash, sizeof hash);
	}
	strbuf_wipe(&bytes);
	return ok;
}

const char *
apr1_problem(const char *stored)
{
	const char *salt, *hash;
	size_t salt_len;

	return parse(stored, &salt, &salt_len, &hash) ? NULL
						      : "not a whole $apr1$ "
							"hash";
}

bool
apr1_verify(const char *stored, const char *password, size_t len)
{
	const char *salt, *hash;
	size_t salt_len;
	unsigned char digest[MD5_DIGEST_SIZE];
	char text[HASH_LEN];
	bool equal;

	if (!parse(stored, &salt, &salt_len, &hash))
		return false;
	derive(password, len, salt, salt_len, digest);
	print(digest, text);
	equal = secret_equal(text, hash, HASH_LEN);
	explicit_bzero(digest, sizeof digest);
	explicit_bzero(text, sizeof text);
	return equal;
}
