#ifndef CRAM_MD5_H
#define CRAM_MD5_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * What CRAM-MD5 (RFC 2195) needs of a password: the states of MD5 after the
 * inner and after the outer key block of HMAC (RFC 2104), as hex.  It is as
 * good as the password itself for CRAM-MD5.
 *
 * Ours is the order of libsasl2 (cmusaslsecretCRAM-MD5): inner, then outer,
 * four words each, the high byte first.
 */
#define CRAM_MD5_STATE_LEN 32

/* Append the state of a password, as 64 hex digits. */
void cram_md5_add(struct strbuf *out, const char *password, size_t len);

/* Whether the password has this state; false too when it is none. */
bool cram_md5_verify(const char *hex, const char *password, size_t len);

/* The bytes of a state; false when the hex is none. */
bool cram_md5_decode(unsigned char state[CRAM_MD5_STATE_LEN], const char *hex);

/* Turn Dovecot's (outer first, low byte first) into ours; false when it is
 * none. */
bool cram_md5_from_dovecot(struct strbuf *out, const char *hex);

#endif
