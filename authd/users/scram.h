#ifndef SCRAM_H
#define SCRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"
#include "user_record.h"

/*
 * What SCRAM (RFC 5802, 7677) keeps of a password: salt, iteration count,
 * stored key, server key.  As text (RFC 5803), which is also what libsasl2
 * takes as authPassword:
 *
 *	SCRAM-SHA-256$20000:SALT$STOREDKEY:SERVERKEY	(each base64)
 */
#define SCRAM_SALT_LEN       16
#define SCRAM_SALT_MAX       64
#define SCRAM_KEY_MAX        64
#define SCRAM_ITERATIONS_MIN 4096  /* RFC 7677, 4 */
#define SCRAM_ITERATIONS_MAX 65536 /* libsasl2's clients take no more */

struct scram_secret {
	enum scram_hash hash;
	unsigned iterations;
	unsigned char salt[SCRAM_SALT_MAX];
	size_t salt_len;
	unsigned char stored_key[SCRAM_KEY_MAX]; /* scram_key_len bytes */
	unsigned char server_key[SCRAM_KEY_MAX];
};

const char *scram_name(enum scram_hash); /* "SCRAM-SHA-1" */
size_t scram_key_len(enum scram_hash);   /* 20, 32, 64 */

/*
 * Fill in the two keys from a password (its SASLprep form); hash,
 * iterations and salt are given.  Slow: one PBKDF2.
 */
void scram_derive(struct scram_secret *, const char *password, size_t len);

/* Returns false when the text is no such secret, or its iteration count is
 * beyond SCRAM_ITERATIONS_MAX (the cost of a login by PLAIN). */
bool scram_parse(struct scram_secret *, const char *text);
void scram_print(const struct scram_secret *, struct strbuf *out);

/* Whether the password (its SASLprep form) has these keys.  Slow. */
bool scram_verify(const struct scram_secret *, const char *password,
    size_t len);

#endif
