#ifndef IMPORT_SCHEME_H
#define IMPORT_SCHEME_H

#include <stdbool.h>

#include "strbuf.h"
#include "user_record.h"

/*
 * The password field of another program's user file: `{SCHEME}text` as
 * Dovecot writes it, or text of a scheme that the file implies.
 */
enum import_result {
	IMPORT_SECRETS,   /* taken over into the secrets */
	IMPORT_PLAINTEXT, /* a password in the clear, appended to plain */
	IMPORT_NOT,       /* cannot be verified here: the reason is in err */
};

/* implied: the scheme of a field without one, "CRYPT".  What err says can be
 * shown: nothing of the field is in it. */
enum import_result import_scheme_take(const char *field, const char *implied,
    struct secrets *secrets, struct strbuf *plain, struct strbuf *err);

/* Whether a field of that scheme (any case, no suffix) can be taken over. */
bool import_scheme_is_known(const char *name);

/*
 * The other way: secrets as one field for Dovecot's passwd-file, appended.
 * Returns false when there is no secret that Dovecot could verify.
 */
bool import_scheme_export(const struct secrets *, struct strbuf *out);

#endif
