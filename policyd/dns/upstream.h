#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stddef.h>

#include "dns_answer.h"
#include "resolver_config.h"

struct event_base;

/*
 * libunbound in the daemon's event loop: sends questions, follows aliases and
 * delegations, repeats what got lost.  It keeps no answers: that is done above
 * it, where an answer can be forgotten when asked to.
 *
 * Its settings cannot be changed; a change means another one, which takes the
 * place of the older.  That goes on until its last open question has been
 * answered, and frees itself then, or with the newer one:
 *
 *	up = upstream_new(base, &config, open_max, NULL, &err);
 *	upstream_ask(up, "example.org", DNS_MX, on_packet, lookup);
 *	...
 *	newer = upstream_new(base, &other, open_max, up, &err);
 *	if (newer != NULL)
 *		up = newer;
 *	...
 *	upstream_free(up);
 */
struct upstream;

/* packet: the reply on the wire, borrowed for the call; NULL: there is none. */
typedef void upstream_done(void *arg, const unsigned char *packet, size_t len);

/*
 * How many questions can be open at the same time: each takes a socket.  What
 * goes beyond it would wait for those before, even for dead servers.
 */
size_t upstream_open_max(size_t wanted);

/*
 * open_max: as told by upstream_open_max.  older: the one that it replaces, or
 * NULL; taken over.  Returns NULL with the reason in err, and the older one is
 * as before.
 */
struct upstream *upstream_new(struct event_base *,
    const struct resolver_config *, size_t open_max, struct upstream *older,
    struct strbuf *err);

/* Open questions are not answered any more. */
void upstream_free(struct upstream *);

/*
 * Forget the answer it gave last, the only one it keeps: what failed would
 * fail for some seconds more.  NULL is fine.
 */
void upstream_forget(struct upstream *);

/*
 * Ask; done is called exactly once, perhaps before upstream_ask returns, with
 * no packet when it cannot be asked.  Returns 0, or -1, and done is not called,
 * for what is no name.
 */
int upstream_ask(struct upstream *, const char *name, enum dns_type,
    upstream_done *, void *arg);

#endif
