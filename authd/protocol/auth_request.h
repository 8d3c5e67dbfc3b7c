#ifndef AUTH_REQUEST_H
#define AUTH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "conversation.h"
#include "strbuf.h"

/*
 * The requests of one connection: conversations, told apart by the numbers
 * that the client gives them.
 */
struct auth_request {
	struct auth_requests *all;
	TAILQ_ENTRY(auth_request) link;
	uint32_t id;
	struct conversation *conv;
};

struct auth_requests {
	TAILQ_HEAD(, auth_request) list; /* oldest first */
	size_t count;
	size_t *total; /* of all connections together */
	void *owner;
};

/* total, owner: borrowed. */
void auth_requests_init(struct auth_requests *, size_t *total, void *owner);

/* The caller sets the conversation, which then belongs to the request. */
struct auth_request *auth_requests_add(struct auth_requests *, uint32_t id);
void auth_request_free(struct auth_request *);

/* The request ends without its verdict: tell the log, and forget it. */
void auth_request_give_up(struct auth_request *, enum conversation_end);

/*
 * The connection is lost.  An smtpd of Postfix has one connection for all its
 * clients, but one client at a time: all requests but the newest were left by
 * their clients long ago, for Postfix tells nobody of a client that gives up,
 * and the newest may be innocent.  Where it is the only one, it is as if its
 * client had left: Exim opens a connection for each login, and closes it then.
 */
void auth_requests_lose(struct auth_requests *);

/* All without a word: it is we who end. */
void auth_requests_clear(struct auth_requests *);

/* NULL: there is none. */
struct auth_request *auth_requests_find(const struct auth_requests *,
    uint32_t id);

/* The oldest that waits for the client, and so can make room; or NULL. */
struct auth_request *auth_requests_find_idle(const struct auth_requests *);

/* A line for each. */
void auth_requests_print(const struct auth_requests *, struct strbuf *out);

#endif
