#ifndef RATE_KEY_H
#define RATE_KEY_H

#include <stdbool.h>

#include "arena.h"
#include "reply.h"
#include "request.h"

/*
 * For whom rates are counted: attributes of requests, and parts of them.
 */
enum rate_key {
	RATE_SASL_USERNAME,
	RATE_SASL_DOMAIN,
	RATE_CLIENT_ADDRESS,
	RATE_CLIENT_NETWORK, /* IPv4 /24, IPv6 /64 */
	RATE_ORIGIN,         /* client_origin.h */
	RATE_SENDER,
	RATE_SENDER_DOMAIN,
	RATE_RECIPIENT,
	RATE_RECIPIENT_DOMAIN,
	RATE_APP_PASSWORD, /* LOGIN/LABEL: of no attribute, nor in a file */
	RATE_KEYS,
};

const char *rate_key_name(enum rate_key); /* "sasl_username" ... */

/* The key of a name, in any case; RATE_KEYS: there is none. */
enum rate_key rate_key_find(const char *name);

/* Say that a word is no key. */
void rate_key_blame(const char *word, struct strbuf *err);

/* The value of a key in a request, in small letters; NULL: it has none. */
const char *rate_key_value(enum rate_key, const struct request *,
    struct arena *);

/* Whom a refusal blames. */
struct subject rate_key_subject(enum rate_key, const struct request *,
    struct arena *);

/* Whether the key tells one recipient of a message from another. */
bool rate_key_is_of_recipient(enum rate_key);

#endif
