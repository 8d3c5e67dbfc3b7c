#ifndef MECH_MESSAGE_H
#define MECH_MESSAGE_H

#include <stddef.h>

#include "credential.h"

/*
 * What libsasl2 does not look at in the messages of clients: it cuts names at
 * a NUL, takes what stands before the last blank for the name of CRAM-MD5, and
 * lets any channel binding of SCRAM pass.
 */
struct mech_message {
	const char *bytes; /* with a NUL behind them */
	size_t len;
};

/*
 * What is wrong with a message, in words for the log that hold nothing of it;
 * NULL: nothing.  first: the one before of the same login, with the GS2 header
 * of SCRAM; NULL: this is the first that says who it is.
 */
const char *mech_message_problem(enum mechanism, const struct mech_message *,
    const struct mech_message *first);

/* What looks odd in a name or a password that was not accepted, to follow the
 * reason in the log; "" when nothing does. */
const char *mech_message_hint(const char *bytes, size_t len);

#endif
