#ifndef AUTH_CLIENT_H
#define AUTH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "conversation.h"
#include "strbuf.h"

/*
 * Connections of SMTP servers that speak the Dovecot authentication protocol,
 * auth-client side, version 1.2.
 */
struct auth_clients;

/* service: borrowed; its rules may be exchanged. */
struct auth_clients *auth_clients_new(const struct login_service *);
void auth_clients_free(struct auth_clients *);

/* Takes ownership of the descriptor, which must not block. */
void auth_clients_accept(struct auth_clients *, int fd);

/* Other mechanisms are offered from now on: close the connections that were
 * told of the old ones, as soon as nothing is going on there. */
void auth_clients_retire(struct auth_clients *);

/* A line per connection and per login that is going on. */
void auth_clients_print(const struct auth_clients *, struct strbuf *out);

#endif
