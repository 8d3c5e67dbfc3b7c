/*
 * Networks of clients, for what is counted by network.
 */
#include <sys/socket.h>

#include "client_network.h"

const char *
client_network(const struct request *request, unsigned bits4, unsigned bits6,
    struct arena *arena)
{
	struct cidr net = { .ip = request->client };
	struct strbuf text = { 0 };
	const char *copy;

	if (net.ip.family == 0)
		return NULL;
	ip_unmap(&net.ip);
	net.prefix = net.ip.family == AF_INET ? bits4 : bits6;
	ip_mask(&net.ip, net.prefix);
	cidr_print(&net, &text);
	copy = arena_strdup(arena, strbuf_str(&text));
	strbuf_free(&text);
	return copy;
}
