/*
 * Addresses of sockets: unix:PATH and inet:ADDRESS:PORT.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "cidr.h"
#include "socket_address.h"

static int
parse_unix(struct socket_address *sa, const char *text, const char *path,
    struct strbuf *err)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&sa->sockaddr;
	size_t len = strlen(path);

	if (path[0] != '/') {
		strbuf_addf(err, "%s: the path must begin with /", text);
		return -1;
	}
	if (len >= sizeof un->sun_path) {
		strbuf_addf(err,
		    "%s: the path has %zu bytes, a socket may have %zu: use "
		    "a shorter one",
		    text, len, sizeof un->sun_path - 1);
		return -1;
	}
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len + 1);
	sa->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	return 0;
}

/* Returns 0 when it is no port. */
static in_port_t
parse_port(const char *text)
{
	size_t len = strspn(text, "0123456789");
	long port;

	if (len == 0 || len > 5 || text[len] != '\0')
		return 0;
	port = strtol(text, NULL, 10);
	return port <= 65535 ? (in_port_t)port : 0;
}

/* ADDRESS or [ADDRESS], len bytes. */
static bool
parse_ip(struct ip *ip, const char *text, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';

	if (bracketed) {
		text++;
		len -= 2;
	}
	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return ip_parse(ip, address) && bracketed == (ip->family == AF_INET6);
}

static int
parse_inet(struct socket_address *sa, const char *text, const char *rest,
    struct strbuf *err)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&sa->sockaddr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&sa->sockaddr;
	const char *colon = strrchr(rest, ':');
	in_port_t port = colon != NULL ? parse_port(colon + 1) : 0;
	struct ip ip;

	if (port == 0) {
		strbuf_addf(err,
		    "%s: the port must be a number from 1 to 65535", text);
		return -1;
	}
	if (!parse_ip(&ip, rest, (size_t)(colon - rest))) {
		strbuf_addf(err,
		    "%s: not an IP address (write inet:127.0.0.1:%u or "
		    "inet:[::1]:%u)",
		    text, port, port);
		return -1;
	}
	if (ip.family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, ip.bytes, sizeof in->sin_addr);
		sa->len = sizeof *in;
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, ip.bytes, sizeof in6->sin6_addr);
		sa->len = sizeof *in6;
	}
	return 0;
}

int
socket_address_parse(struct socket_address *sa, const char *text,
    struct strbuf *err)
{
	*sa = (struct socket_address){ 0 };
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(sa, text, text + 5, err);
	if (strncmp(text, "inet:", 5) == 0)
		return parse_inet(sa, text, text + 5, err);
	if (text[0] == '/')
		strbuf_addf(err, "%s: write unix:%s", text, text);
	else
		strbuf_addf(err, "%s: not unix:PATH or inet:ADDRESS:PORT",
		    text);
	return -1;
}

bool
socket_address_is_loopback(const struct socket_address *sa)
{
	const struct sockaddr_in *in = (const void *)&sa->sockaddr;
	const struct sockaddr_in6 *in6 = (const void *)&sa->sockaddr;

	switch (sa->sockaddr.ss_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	}
	return false;
}

const char *
socket_address_path(const struct socket_address *sa)
{
	const struct sockaddr_un *un = (const void *)&sa->sockaddr;

	return un->sun_family == AF_UNIX ? un->sun_path : NULL;
}
