#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"
#include "user_record.h"

struct crypt_data;

/*
 * Passwords and what is derived from them: crypt(3) strings, SCRAM keys
 * (RFC 5802, 5803), the CRAM-MD5 state (RFC 2195).
 */

/* The mechanisms that authd can offer. */
enum mechanism {
	MECHANISM_PLAIN,
	MECHANISM_LOGIN,
	MECHANISM_SCRAM_SHA_256,
	MECHANISM_SCRAM_SHA_1,
	MECHANISM_SCRAM_SHA_512,
	MECHANISM_CRAM_MD5,
	MECHANISMS,
};

const char *mechanism_name(enum mechanism);
/* Any case.  Returns MECHANISMS when it is none. */
enum mechanism mechanism_parse(const char *name, size_t len);

struct credential_options {
	unsigned mechanisms;         /* bit set of enum mechanism */
	const char *password_scheme; /* "yescrypt", or a crypt(3) setting */
	unsigned scram_iterations;
};

/*
 * Derive the secrets that the mechanisms need from a password (SASLprep form
 * for SCRAM; a password it refuses is taken as it is).
 * Returns 0 or -1 with the reason in err.
 */
int credential_make(struct secrets *, const struct credential_options *,
    const char *password, size_t len, struct strbuf *err);

/*
 * Whether the password belongs to the crypt(3) string (or {ARGON2ID} etc.
 * taken over by an import).  Slow on purpose: for worker threads.  scratch:
 * one per thread.  Constant time but for the scheme and its cost.
 */
bool credential_verify(const char *stored, const char *password, size_t len,
    struct crypt_data *scratch);

/* The SASLprep (RFC 4013) form, appended; false when it has none. */
bool credential_saslprep(const char *password, size_t len, struct strbuf *out);

#endif
