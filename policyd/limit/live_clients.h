#ifndef LIVE_CLIENTS_H
#define LIVE_CLIENTS_H

#include "live_client.h"
#include "state.h"

/*
 * The clients that commands let in and shut out, kept in the state.  Of the
 * networks that an address is in the smallest counts.
 */
struct live_clients;

/* The state is borrowed, and open. */
struct live_clients *live_clients_new(struct state *);
void live_clients_free(struct live_clients *);

/* Returns false when no network has the address.  The comment is borrowed
 * until the next change.  NULL for the clients: there are none. */
bool live_clients_find(const struct live_clients *, const struct ip *,
    struct live_client *);

/* Put one in place of that of the same network.  Returns false when there is
 * no room. */
bool live_clients_put(struct live_clients *, const struct live_client *);

/* Returns false when there is none of just this network. */
bool live_clients_forget(struct live_clients *, const struct cidr *);

/* What the lists name so that all this has an effect. */
#define LIVE_CLIENTS_RESTRICTION "check_dynamic_client_access"

bool live_clients_are_there(const struct live_clients *);

/* All of them, IPv4 first, in the order of their addresses, in pieces: next
 * appends one, which may be nothing, in less than a millisecond, and returns
 * false when it was the last.  What they are listed of is borrowed. */
struct live_client_list;
struct live_client_list *live_client_list_new(const struct live_clients *,
    bool wants_json);
bool live_client_list_next(struct live_client_list *, struct strbuf *out);
void live_client_list_free(struct live_client_list *);

#endif
