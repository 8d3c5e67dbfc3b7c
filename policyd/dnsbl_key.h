#ifndef DNSBL_KEY_H
#define DNSBL_KEY_H

#include <stddef.h>

/*
 * Paid lists are asked with a customer's key as the first label of the zone,
 * KEY.zen.dq.example.  It is a secret: what is shown of a zone begins behind
 * it.
 */

/* Bytes of the key, without the dot behind it; 0: there is none. */
size_t dnsbl_key_len(const char *zone);

/* What may be shown of a zone: the part behind its key, in zone. */
const char *dnsbl_key_hide(const char *zone);

#endif
