#ifndef LISTEN_VALUE_H
#define LISTEN_VALUE_H

#include <sys/types.h>

#include "conf_text.h"
#include "listener.h"
#include "socket_address.h"
#include "strbuf.h"

/* One address of a `listen` value, and who may connect to it. */
struct listen_address {
	char *text; /* unix:PATH, as written */
	struct socket_address socket;
	uid_t uid; /* (uid_t)-1: left alone, as when it is not root who */
	gid_t gid; /* starts the program; inet: always */
	mode_t mode;
};

struct listen_value {
	struct listen_address *addresses;
	size_t count;
};

/*
 * Parse a value; all errors as "file:line: ..." lines in err.  An owner or
 * group that is named but does not exist is an error; a default one that does
 * not exist is left out, with the reason in warnings, one line each.
 * Returns 0 or -1; *value is to be freed in both cases.
 */
int listen_value_parse(struct listen_value *value, const struct conf_text *,
    const struct listener_defaults *, struct strbuf *err,
    struct strbuf *warnings);
void listen_value_free(struct listen_value *);

#endif
