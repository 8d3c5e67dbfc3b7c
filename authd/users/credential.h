#ifndef CREDENTIAL_H
#define CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"
#include "user_record.h"

struct crypt_data;

/*
 * Passwords, and what is derived from them for each mechanism.
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

/* SCRAM_HASHES: it is no SCRAM. */
enum scram_hash mechanism_scram(enum mechanism);

/* The secret that a mechanism works from, borrowed; NULL: there is none. */
const char *mechanism_secret(enum mechanism, const struct secrets *);

struct credential_options {
	unsigned mechanisms;         /* bit set of enum mechanism */
	const char *password_scheme; /* as crypt_scheme_make takes it */
	unsigned scram_iterations;   /* SCRAM_ITERATIONS_MIN.._MAX */
};

#define CREDENTIAL_PASSWORD_MAX 511 /* bytes; crypt(3) takes no more */

/*
 * Derive the secrets that the mechanisms need from a password: from its
 * SASLprep form (a password that has none is taken as it is), but CRAM-MD5
 * from the bytes as they are, because that is what clients do.
 * Empty, too long, or with a NUL: refused.
 * Returns 0, or -1 with the reason in err and nothing in secrets.
 */
int credential_make(struct secrets *, const struct credential_options *,
    const char *password, size_t len, struct strbuf *err);

/* The same for an app password, whose entropy makes a slow hash pointless:
 * a salted HMAC instead of the password_scheme. */
int credential_make_app(struct secrets *, const struct credential_options *,
    const char *password, size_t len, struct strbuf *err);

enum credential_match {
	CREDENTIAL_WRONG,
	CREDENTIAL_RIGHT,
	CREDENTIAL_UNKNOWN, /* it has a problem, or needs more memory than
			     * there is */
};

/*
 * Whether the password belongs to a stored string: crypt(3), or what an
 * import took over ({SSHA}, $argon2id$, a SCRAM or CRAM-MD5 secret ...), or
 * that of an app password.  No SASLprep: the caller tries both forms.
 * Slow on purpose: for worker threads.  scratch: one per thread, all-zero
 * before its first use; NULL: allocated for the call.  Constant time but for
 * the scheme and its cost.
 */
enum credential_match credential_verify(const char *stored,
    const char *password, size_t len, struct crypt_data *scratch);

/*
 * Whether credential_verify can do anything with a stored string, at a
 * bounded cost.  Returns NULL, or what is wrong ("its cost is too high ...").
 */
const char *credential_problem(const char *stored);

/*
 * The same for all secrets of a user, whatever brought them: each is whole, of
 * the kind that its place says, and costs little enough.  That of an app
 * password is a fast hash, because it is verified where nothing may wait, and
 * that of the user is none.
 */
const char *credential_record_problem(const struct user_record *);

/* What kind a stored string without a problem is: "yescrypt", "digest". */
const char *credential_kind(const char *stored);

/*
 * Of stored strings without a problem: whether it is of a weaker kind than the
 * password_scheme gives, or of the very kind, whatever the cost; and whether
 * its kind looks at the whole of a password, so that no other one fits.
 */
bool credential_is_weaker(const char *stored, const char *scheme);
bool credential_is_of(const char *stored, const char *scheme);
bool credential_sees_all(const char *stored, const char *password, size_t len);

/* The SASLprep (RFC 4013) form, appended; false when it has none. */
bool credential_saslprep(const char *password, size_t len, struct strbuf *out);

#endif
