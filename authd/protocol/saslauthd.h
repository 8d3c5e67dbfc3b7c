#ifndef SASLAUTHD_H
#define SASLAUTHD_H

#include "conversation.h"

/*
 * Connections of programs that check passwords by saslauthd's mux protocol:
 * counted strings (two bytes of length, high byte first) login, password,
 * service, realm; the answer is one counted string, "OK..." or "NO...".
 */
struct saslauthd;

struct saslauthd *saslauthd_new(const struct login_service *);
void saslauthd_free(struct saslauthd *);

/* Takes ownership of the descriptor, which must not block. */
void saslauthd_accept(struct saslauthd *, int fd);

#endif
