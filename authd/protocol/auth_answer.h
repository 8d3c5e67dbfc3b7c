#ifndef AUTH_ANSWER_H
#define AUTH_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "authd_config.h"
#include "strbuf.h"

/*
 * What the server says in the Dovecot auth-client protocol: whole lines, LF
 * included, which are appended to out.  Names and codes go in as they are:
 * they hold no TAB and no LF.
 */

/* The version of the protocol that the greeting names. */
#define AUTH_VERSION_MAJOR 1
#define AUTH_VERSION_MINOR 2

/* Everything that a connection is offered.  number: of the connection. */
void auth_answer_greeting(struct strbuf *out, const struct authd_config *,
    unsigned long number);

void auth_answer_challenge(struct strbuf *out, uint32_t id, const char *data,
    size_t len);

/* data: the mechanism's last words; NULL: none. */
void auth_answer_ok(struct strbuf *out, uint32_t id, const char *user,
    const char *data, size_t len);

/* A refusal.  user, code: may be NULL.  why: for the client; NULL: no more
 * than that it is one. */
void auth_answer_fail(struct strbuf *out, uint32_t id, const char *user,
    const char *code, const char *why);

/* Not now: for clients that know the code (not Postfix, Exim, chasquid). */
void auth_answer_tempfail(struct strbuf *out, uint32_t id);

#endif
