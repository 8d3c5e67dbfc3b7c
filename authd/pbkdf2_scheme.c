/*
 * {PBKDF2} of Dovecot.
 */
#include <stdio.h>
#include <string.h>

#include <nettle/pbkdf2.h>
#include <nettle/sha1.h>

#include "pbkdf2_scheme.h"
#include "encoding.h"
#include "mem.h"

#define SALT_MAX   64
#define ROUNDS_MAX 1000000

struct pbkdf2 {
	char salt[SALT_MAX + 1];
	unsigned rounds;
	unsigned char hash[SHA1_DIGEST_SIZE];
};

static bool
parse(const char *stored, struct pbkdf2 *parsed)
{
	struct strbuf bytes = { 0 };
	int end = 0;
	bool ok;

	if (sscanf(stored, PBKDF2_PREFIX "$1$%64[^$]$%9u$%n", parsed->salt,
		&parsed->rounds, &end) != 2 ||
	    end == 0 || parsed->rounds == 0)
		return false;
	ok = hex_decode(&bytes, stored + end, strlen(stored + end)) &&
	    bytes.len == sizeof parsed->hash;
	if (ok)
		memcpy(parsed->hash, bytes.bytes, sizeof parsed->hash);
	strbuf_wipe(&bytes);
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
	unsigned char hash[SHA1_DIGEST_SIZE];
	bool equal = false;

	if (parse(stored, &parsed) && parsed.rounds <= ROUNDS_MAX) {
		pbkdf2_hmac_sha1(len, (const uint8_t *)password, parsed.rounds,
		    strlen(parsed.salt), (const uint8_t *)parsed.salt,
		    sizeof hash, hash);
		equal = secret_equal(hash, parsed.hash, sizeof hash);
		explicit_bzero(hash, sizeof hash);
	}
	explicit_bzero(&parsed, sizeof parsed);
	return equal;
}
