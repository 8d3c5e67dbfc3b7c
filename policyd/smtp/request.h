#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * One request of the Postfix policy delegation protocol
 * (SMTPD_POLICY_README).  Every attribute is a borrowed string, "" when the
 * request lacks it; they point into the buffer that was parsed.
 */
enum protocol_state {
	STATE_CONNECT, /* also XCLIENT */
	STATE_HELO,    /* also EHLO */
	STATE_MAIL,
	STATE_RCPT,
	STATE_VRFY,
	STATE_ETRN,
	STATE_DATA, /* also BDAT */
	STATE_END_OF_MESSAGE,
	STATE_UNKNOWN, /* nothing is evaluated: DUNNO */
};

struct request {
	enum protocol_state state;
	bool has_state;   /* it says which; else it is taken as one of RCPT */
	struct ip client; /* client_address; family 0: unknown */

	const char *request; /* "smtpd_access_policy" */
	const char *protocol_state;
	const char *protocol_name;
	const char *client_address;
	const char *client_name;
	const char *client_port;
	const char *reverse_client_name;
	const char *server_address;
	const char *server_port;
	const char *helo_name;
	const char *sender;
	const char *recipient;
	const char *recipient_count;
	const char *queue_id;
	const char *instance;
	const char *size;
	const char *etrn_domain;
	const char *stress;
	const char *sasl_method;
	const char *sasl_username;
	const char *sasl_sender;
	const char *ccert_subject;
	const char *ccert_issuer;
	const char *ccert_fingerprint;
	const char *ccert_pubkey_fingerprint;
	const char *encryption_protocol;
	const char *encryption_cipher;
	const char *encryption_keysize;
	const char *policy_context;
};

/*
 * Parse the request that bytes begin with, in place; a CR before the LF does
 * not count.  A line without '=' or with a NUL makes the request unusable; an
 * unknown name is ignored; of a name given twice the last one counts, as in
 * Postfix.
 * Returns its length with the empty line at its end; 0: that has not come yet,
 * and the bytes are as they were; -1 with the reason in err.
 */
ssize_t request_parse(struct request *, char *bytes, size_t len,
    struct strbuf *err);

/* Whether it is a request that is meant for us at all: it says so, or has a
 * protocol_state.  Returns 0 or -1 with the reason in err. */
int request_check(const struct request *, struct strbuf *err);

/* All attributes "", state unknown. */
void request_init(struct request *);

/*
 * Set one attribute by its name; value is borrowed.  Returns false when there
 * is no such attribute.  request_complete follows the last one.
 */
bool request_set(struct request *, const char *name, size_t namelen,
    const char *value);
void request_complete(struct request *); /* state, client from their text */

/* Whether a sender was given, be it the null sender.  (At VRFY the protocol
 * cannot tell the null sender from none.) */
bool request_has_sender(const struct request *);

/* Whether client_name or reverse_client_name says that there is none. */
bool request_name_is_unknown(const char *name);

/*
 * Whether the values can be those of a request: numbers, addresses, host names
 * and so on.  Evaluated is what comes over the socket whatever it is; people
 * who type a request are told.  Returns 0, or -1 with the first fault in err.
 */
int request_check_values(const struct request *, struct strbuf *err);

/* The attributes one by one; name: NULL behind the last. */
const char *request_attribute_name(size_t i);
const char *request_attribute_value(const struct request *, size_t i);

/* ", did you mean client_name?", in a static buffer; "": it is none of them by
 * far, or one. */
const char *request_attribute_hint(const char *mistyped);

#endif
