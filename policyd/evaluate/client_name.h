#ifndef CLIENT_NAME_H
#define CLIENT_NAME_H

#include <stdbool.h>

#include "cidr.h"
#include "request.h"

struct inquiry;

/*
 * The names of a client as smtpd(8) finds them: reverse_client_name is what
 * its address is called, client_name the same once it leads back to the
 * address; else they are "unknown".
 *
 * Copy a request and complete it, where it lacks one of them; what it has
 * counts.  DNS alone is asked, not the file of hosts.  Returns false while it
 * has not answered.
 */
bool client_names_complete(struct inquiry *, const struct request *given,
    struct request *completed);

/* The name under which an address has its PTR record (RFC 1035, 3596). */
const char *client_ptr_name(struct inquiry *, const struct ip *);

#endif
