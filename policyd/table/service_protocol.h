#ifndef SERVICE_PROTOCOL_H
#define SERVICE_PROTOCOL_H

#include <stddef.h>
#include <sys/types.h>

#include "store.h"
#include "strbuf.h"

/*
 * How servers are asked for what is in a table: proxymap(8),
 * socketmap_table(5), tcp_table(5).  On one connection, an answer follows each
 * question before the next one is asked.
 */
struct service_answer {
	enum lookup result;
	struct strbuf text; /* the value, or why there is none */
};

struct service_protocol {
	const char *name;
	const char *greeting; /* what the server says first */
	size_t greeting_len;
	size_t answer_max; /* bytes on the wire */
	/* Append a question; table: as the server calls it. */
	void (*ask)(struct strbuf *out, const char *table, const char *key);
	/*
	 * Read the answer that bytes begin with, to an empty one.  Returns its
	 * length; 0: not all of it is there; -1: that is no answer.
	 */
	ssize_t (
	    *parse)(const char *bytes, size_t len, struct service_answer *);
};

extern const struct service_protocol service_proxymap, service_socketmap,
    service_tcp;

/* An answer that has failed; what was there before is gone. */
void service_answer_fail(struct service_answer *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
