/*
 * {PBKDF2} of Dovecot and of OpenLDAP.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "pbkdf2_scheme.h"
#include "encoding.h"
#include "mem.h"

#define SALT_MAX   64
#define HASH_MAX   SHA512_DIGEST_SIZE
#define ROUNDS_MAX 1000000

static const struct scheme {
	const char *name; /* as we store it */
	size_t hash_len;
	void (*pbkdf2)(size_t key_length, const uint8_t *key,
	    unsigned iterations, size_t salt_length, const uint8_t *salt,
	    size_t length, uint8_t *dst);
} schemes[] = {
	{ "PBKDF2", SHA1_DIGEST_SIZE, pbkdf2_hmac_sha1 },
	{ "PBKDF2-SHA1", SHA1_DIGEST_SIZE, pbkdf2_hmac_sha1 },
	{ "PBKDF2-SHA256", SHA256_DIGEST_SIZE, pbkdf2_hmac_sha256 },
	{ "PBKDF2-SHA512", SHA512_DIGEST_SIZE, pbkdf2_hmac_sha512 },
};
#define DOVECOT (&schemes[0])

struct pbkdf2 {
	const struct scheme *scheme;
	unsigned char salt[SALT_MAX];
	size_t salt_len;
	unsigned rounds;
	unsigned char hash[HASH_MAX];
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

/* OpenLDAP's base64 has '.' for '+' and no padding. */
static bool
decode_base64(const char *text, size_t len, unsigned char *bytes, size_t max,
    size_t *bytes_len)
{
	struct strbuf usual = { 0 }, decoded = { 0 };
	bool ok;

	strbuf_reserve(&usual, len + 3);
	for (size_t i = 0; i < len; i++)
		strbuf_addc(&usual, text[i] == '.' ? '+' : text[i]);
	while (usual.len % 4 != 0)
		strbuf_addc(&usual, '=');
	strbuf_reserve(&decoded, usual.len);
	ok = base64_decode(&decoded, strbuf_str(&usual), usual.len) &&
	    decoded.len > 0 && decoded.len <= max;
	if (ok) {
		memcpy(bytes, decoded.bytes, decoded.len);
		*bytes_len = decoded.len;
	}
	strbuf_wipe(&usual);
	strbuf_wipe(&decoded);
	return ok;
}

static bool
parse_dovecot(struct pbkdf2 *parsed, const char *text)
{
	struct strbuf bytes = { 0 };
	char salt[SALT_MAX + 1];
	int end = 0;
	bool ok;

	if (sscanf(text, "$1$%64[^$]$%9u$%n", salt, &parsed->rounds, &end) !=
		2 ||
	    end == 0)
		return false;
	parsed->salt_len = strlen(salt);
	memcpy(parsed->salt, salt, parsed->salt_len);
	ok = hex_decode(&bytes, text + end, strlen(text + end)) &&
	    bytes.len == parsed->scheme->hash_len;
	if (ok)
		memcpy(parsed->hash, bytes.bytes, bytes.len);
	strbuf_wipe(&bytes);
	return ok;
}

static bool
parse_openldap(struct pbkdf2 *parsed, const char *text)
{
	size_t salt_len, hash_len = 0;
	int end = 0;

	if (sscanf(text, "%9u$%n", &parsed->rounds, &end) != 1 || end == 0)
		return false;
	text += end;
	salt_len = strcspn(text, "$");
	return text[salt_len] == '$' &&
	    decode_base64(text, salt_len, parsed->salt, sizeof parsed->salt,
		&parsed->salt_len) &&
	    decode_base64(text + salt_len + 1, strlen(text + salt_len + 1),
		parsed->hash, sizeof parsed->hash, &hash_len) &&
	    hash_len == parsed->scheme->hash_len;
}

static bool
parse(const char *stored, struct pbkdf2 *parsed)
{
	const char *end = *stored == '{' ? strchr(stored, '}') : NULL;

	*parsed = (struct pbkdf2){ 0 };
	if (end != NULL)
		parsed->scheme =
		    find_scheme(stored + 1, (size_t)(end - stored - 1));
	if (parsed->scheme == NULL)
		return false;
	return (parsed->scheme == DOVECOT ? parse_dovecot(parsed, end + 1)
					  : parse_openldap(parsed, end + 1)) &&
	    parsed->rounds > 0;
}

bool
pbkdf2_scheme_import(struct strbuf *out, const char *name, const char *text)
{
	const struct scheme *scheme = find_scheme(name, strlen(name));
	struct strbuf stored = { 0 };
	struct pbkdf2 parsed;
	bool ok = false;

	if (scheme == NULL)
		return false;
	if (scheme == DOVECOT && *text != '$')
		scheme = find_scheme("PBKDF2-SHA1", strlen("PBKDF2-SHA1"));
	strbuf_reserve(&stored, strlen(text) + 32);
	strbuf_addf(&stored, "{%s}%s", scheme->name, text);
	ok = parse(stored.bytes, &parsed);
	if (ok) {
		strbuf_reserve(out, stored.len);
		strbuf_add(out, stored.bytes, stored.len);
	}
	explicit_bzero(&parsed, sizeof parsed);
	strbuf_wipe(&stored);
	return ok;
}

const char *
pbkdf2_scheme_problem(const char *stored)
{
	struct pbkdf2 parsed;
	const char *problem = NULL;

	if (!parse(stored, &parsed))
		problem = "not a whole PBKDF2 hash";
	else if (parsed.rounds > ROUNDS_MAX)
		problem = "its cost is too high (0.5 s, 128 MiB)";
	explicit_bzero(&parsed, sizeof parsed);
	return problem;
}

bool
pbkdf2_scheme_verify(const char *stored, const char *password, size_t len)
{
	struct pbkdf2 parsed;
	unsigned char hash[HASH_MAX];
	bool equal = false;

	if (parse(stored, &parsed) && parsed.rounds <= ROUNDS_MAX) {
		parsed.scheme->pbkdf2(len, (const uint8_t *)password,
		    parsed.rounds, parsed.salt_len, parsed.salt,
		    parsed.scheme->hash_len, hash);
		equal =
		    secret_equal(hash, parsed.hash, parsed.scheme->hash_len);
		explicit_bzero(hash, sizeof hash);
	}
	explicit_bzero(&parsed, sizeof parsed);
	return equal;
}
