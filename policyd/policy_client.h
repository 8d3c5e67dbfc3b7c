#ifndef POLICY_CLIENT_H
#define POLICY_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "facts.h"
#include "histogram.h"
#include "strbuf.h"

struct event_base;
struct policies;

/*
 * Connections that speak the policy delegation protocol
 * (SMTPD_POLICY_README): requests of name=value lines, each ended by an empty
 * line and answered by action=..., in their order.
 */
#define REQUEST_MAX     (256 * 1024)       /* bytes of one request */
#define BUFFERS_MAX     (64 * 1024 * 1024) /* of all requests beyond 4 kB */
#define REQUEST_SECONDS 60                 /* for a whole request to arrive */
#define IDLE_SECONDS    3600               /* between requests */

struct policy_stats {
	unsigned long connections; /* since the start */
	unsigned long requests;
	unsigned long passed, refused, deferred, effects;
	unsigned long waited;    /* requests that had to wait for facts */
	unsigned long bad;       /* connections closed for what they sent */
	size_t open_connections; /* now */
	size_t open_requests;
	struct histogram took; /* until there was an answer */
};

struct policy_clients;
struct policyd_authd;

/* source: borrowed. */
struct policy_clients *policy_clients_new(struct event_base *,
    const struct fact_source *);
void policy_clients_free(struct policy_clients *);

/* What requests are evaluated by from now on; held. */
void policy_clients_set_policies(struct policy_clients *, struct policies *);

/* Whose word counts for requests of logins; borrowed. */
void policy_clients_set_authd(struct policy_clients *, struct policyd_authd *);

/* Takes ownership of the descriptor. */
void policy_clients_accept(struct policy_clients *, int fd);

/* Close each connection as soon as no request of it is open. */
void policy_clients_finish(struct policy_clients *);

const struct policy_stats *policy_clients_stats(const struct policy_clients *);

/* A line for each connection. */
void policy_clients_describe(const struct policy_clients *, struct strbuf *out);

#endif
