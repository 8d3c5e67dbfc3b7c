#ifndef REHASH_H
#define REHASH_H

#include <stdbool.h>
#include <stddef.h>

#include "credential.h"
#include "strbuf.h"
#include "user_record.h"

/*
 * What a right password adds to a record that lacks it: a hash in place of one
 * of a weaker scheme, secrets of SCRAM.  Who knows the password cannot write
 * the database; so the secrets wait in a directory, a file for each user.
 */

/*
 * Which mechanisms lack a secret that would be made today, a bit set of enum
 * mechanism; PLAIN stands for a hash of a weaker scheme.  Never CRAM-MD5, whose
 * secret is as good as the password.
 */
unsigned rehash_missing(const struct secrets *,
    const struct credential_options *);

/* Whether the right password is known whole: some hashes do not look at all of
 * it, and what was typed may be another one. */
bool rehash_is_certain(const char *stored, const char *password, size_t len);

/*
 * The name of the file: a digest of the user and of what his password was
 * verified by, so that it fits no record with another password.
 */
#define REHASH_NAME_LEN 64
void rehash_name(const char *user, const char *stored,
    char name[REHASH_NAME_LEN + 1]);
bool rehash_is_name(const char *name);

struct rehash_entry {
	char *user; /* in its normal form */
	struct secrets secrets;
};

#define REHASH_ENTRY_MAX 4096 /* bytes of a file */
#define REHASH_SPOOL_MAX 4096 /* files */

void rehash_encode(const struct rehash_entry *, struct strbuf *out);
/* Returns 0, or -1 with the reason in err; to be freed in both cases. */
int rehash_decode(struct rehash_entry *, const char *bytes, size_t len,
    struct strbuf *err);
void rehash_entry_free(struct rehash_entry *); /* wipes; back to all-zero */

/*
 * Move to a record what it lacks, if the secret is whole and one that would be
 * made today.  Returns what was added, as rehash_missing says it.
 */
unsigned rehash_add(struct secrets *record, struct secrets *more,
    const struct credential_options *);

#endif
