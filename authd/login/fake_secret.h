#ifndef FAKE_SECRET_H
#define FAKE_SECRET_H

#include "cram_md5.h"
#include "scram.h"
#include "strbuf.h"

/*
 * Secrets of users that do not exist.  They look like real ones, are the same
 * at every attempt, and belong to no password that anybody could know.
 * key: that of the user database; user: any name.
 */
void fake_secret_scram(struct strbuf *out, const unsigned char key[32],
    const char *user, enum scram_hash, unsigned iterations);
void fake_secret_cram_md5(unsigned char state[CRAM_MD5_STATE_LEN],
    const unsigned char key[32], const char *user);

#endif
