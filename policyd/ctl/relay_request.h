#ifndef RELAY_REQUEST_H
#define RELAY_REQUEST_H

#include "relay_form.h"
#include "request.h"
#include "strbuf.h"

/* Somebody who must not relay; names as in relay_form.h. */
struct relay_stranger {
	const char *address, *name, *reverse_name;
};

/* What Postfix would ask of a stranger who uses a form. */
struct relay_request {
	struct request request;
	struct strbuf name, reverse_name, helo, sender, recipient;
};

void relay_request_make(struct relay_request *, const struct relay_stranger *,
    const struct relay_form *, const struct relay_host *);
void relay_request_free(struct relay_request *);

/* As words for `policyctl explain`. */
void relay_request_print(const struct request *, struct strbuf *out);

#endif
