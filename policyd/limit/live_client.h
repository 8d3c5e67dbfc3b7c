#ifndef LIVE_CLIENT_H
#define LIVE_CLIENT_H

#include <stdbool.h>
#include <time.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * A client, or a network of them, that a command let in or shut out.
 */
enum live_client_action {
	LIVE_CLIENT_ALLOW,
	LIVE_CLIENT_RELAY, /* allowed, and may relay where main.cf asks */
	LIVE_CLIENT_DENY,
};

struct live_client {
	struct cidr net;
	enum live_client_action action;
	time_t expires;      /* 0: never */
	const char *comment; /* borrowed; "" for none */
};

#define LIVE_CLIENT_COMMENT_MAX 500

/*
 * What the commands take: NET, TIME ("": for ever) and COMMENT, as text.
 * An IPv4 network that is written as IPv6 is IPv4.  is_forced: any network
 * will do.  client->action is set already; the comment is borrowed.
 * Returns 0, or -1 with the reason, without a LF, in err.
 */
struct live_client_words {
	const char *net, *time, *comment;
	bool is_forced;
};
int live_client_parse(struct live_client *, const struct live_client_words *,
    time_t now, struct strbuf *err);

/* NET alone. */
int live_client_parse_net(struct cidr *, const char *net, struct strbuf *err);

/*
 * A line of --stdin: NET [TIME] [COMMENT], cut in place; the second word is a
 * TIME if it can be one.  Returns false for a line without words, and for a
 * comment (#).
 */
bool live_client_read_line(struct live_client_words *, char *line);

/* "deny 192.0.2.0/24, 12m left: COMMENT" */
void live_client_print(const struct live_client *, time_t now,
    struct strbuf *out);

#endif
