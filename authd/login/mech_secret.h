#ifndef MECH_SECRET_H
#define MECH_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cidr.h"
#include "cram_md5.h"
#include "identity.h"
#include "login_rules.h"
#include "strbuf.h"

/*
 * Which stored secret a mechanism gets to see.  A user who does not exist, or
 * has none of that kind, has one too: of no password.  Both return whether it
 * is the user's own; a proof of another one proves nothing, because who has
 * read the database can make it.  A database that has just become unreadable
 * is noted in the identity.
 */

/* Append the RFC 5803 text. */
bool mech_secret_scram(struct strbuf *out, struct identity *,
    const struct login_rules *, enum scram_hash);

/*
 * A user may have several passwords and libsasl2 takes one: the one that the
 * client's answer (NAME, blank, digest; RFC 2195) belongs to, if any does.
 */
struct cram_md5_exchange {
	const char *challenge;
	size_t challenge_len;
	const char *answer; /* with a NUL behind it */
	struct ip client;
	time_t now;
};
bool mech_secret_cram_md5(unsigned char state[CRAM_MD5_STATE_LEN],
    struct identity *, const struct login_rules *,
    const struct cram_md5_exchange *);

#endif
