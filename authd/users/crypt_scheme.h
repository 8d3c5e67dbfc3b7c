#ifndef CRYPT_SCHEME_H
#define CRYPT_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

struct crypt_data;

/*
 * crypt(3) strings (libxcrypt): which are made, which are taken over from
 * elsewhere, and what they may cost.
 */

/*
 * A new hash of a password, appended to out.
 * scheme: "yescrypt", "bcrypt:12" (name and cost) and so on, or how a
 * setting begins: "$y$", "$y$jAT$", "$6$rounds=9000$".
 * Returns 0, or -1 with the reason in err.
 */
int crypt_scheme_make(const char *scheme, const char *password, size_t len,
    struct strbuf *out, struct strbuf *err);

/*
 * What looks like a new hash, and costs as much to verify, but is the hash of
 * no password anybody knows: its last part is random.  Costs nothing to make.
 */
int crypt_scheme_make_dummy(const char *scheme, struct strbuf *out,
    struct strbuf *err);

/* Whether crypt_scheme_make would take it: 0, or -1 with the reason in err. */
int crypt_scheme_check_name(const char *scheme, struct strbuf *err);

/*
 * Whether a stored string is a whole hash that can be verified at a bounded
 * cost: about half a second and 128 MiB.  Returns NULL, or what is wrong.
 */
const char *crypt_scheme_problem(const char *stored);

/* Whether it is of the kind that a scheme gives, as crypt_scheme_make takes it,
 * or of a weaker one; another cost makes no other kind. */
bool crypt_scheme_is_of(const char *stored, const char *scheme);
bool crypt_scheme_is_weaker(const char *stored, const char *scheme);

/* Whether a hash of its kind tells this password from every other one: DES
 * sees 8 bytes of 7 bits, bcrypt 72 bytes. */
bool crypt_scheme_sees_all(const char *stored, const char *password,
    size_t len);

/* What kind a stored string without a problem is: "yescrypt", "md5crypt". */
const char *crypt_scheme_name(const char *stored);

/* Slow.  stored: without a problem.  scratch: borrowed, all-zero before its
 * first use.  Sets errno: 0, or why nobody knows. */
bool crypt_scheme_verify(const char *stored, const char *password, size_t len,
    struct crypt_data *scratch);

/* What libxcrypt takes. */
#define CRYPT_PASSWORD_MAX 511

#endif
