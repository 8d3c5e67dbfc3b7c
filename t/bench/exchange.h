#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

struct sasl_mechanism;

/* The client's side of PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1 and -256.
 * Returns NULL for another name. */
const struct sasl_mechanism *sasl_mechanism_find(const char *name);

/*
 * Who logs in.  The SCRAM key of the last login is kept with its salt, as a
 * client would: deriving it takes time from a server on the same machine.
 */
struct account {
	char name[64];
	const char *password;
	uint8_t key[32];
	struct strbuf salt; /* base64; empty: there was none */
	unsigned iterations;
};

/* One login.  Start it with `= { 0 }`, or in one that has ended. */
struct exchange {
	const struct sasl_mechanism *mechanism;
	struct account *account;
	int step; /* challenges that were answered */
	char nonce[17];
	struct strbuf client_first; /* without its GS2 header */
	struct strbuf server_final; /* as it has to be */
};

/*
 * Both append a response in base64.  exchange_start returns false when the
 * mechanism has no initial response; nonce: another number each time.
 * exchange_continue returns false when the challenge (base64) is not as it
 * has to be; a SCRAM server proves itself by its last one.
 */
bool exchange_start(struct exchange *, const struct sasl_mechanism *,
    struct account *, uint64_t nonce, struct strbuf *response);
bool exchange_continue(struct exchange *, const char *challenge,
    struct strbuf *response);

/* Whether all has been said, and OK may come. */
bool exchange_is_complete(const struct exchange *);

#endif
