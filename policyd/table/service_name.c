/*
 * Names of tables that servers have.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "service_name.h"
#include "mem.h"
#include "nearest.h"

/* What Postfix can have behind proxy:, DATABASE_README. */
static const struct {
	const char *name;
	bool is_whole; /* asked for whole keys only */
	bool is_list;  /* {TYPE:NAME, ...}: as the first of these */
} proxied[] = {
	{ "btree", false, false },
	{ "cdb", false, false },
	{ "cidr", true, false },
	{ "dbm", false, false },
	{ "environ", false, false },
	{ "fail", false, false },
	{ "hash", false, false },
	{ "inline", false, false },
	{ "internal", false, false },
	{ "ldap", false, false },
	{ "lmdb", false, false },
	{ "memcache", false, false },
	{ "mongodb", false, false },
	{ "mysql", false, false },
	{ "netinfo", false, false },
	{ "nis", false, false },
	{ "nisplus", false, false },
	{ "pcre", true, false },
	{ "pgsql", false, false },
	{ "pipemap", false, true },
	{ "randmap", true, false },
	{ "regexp", true, false },
	{ "sdbm", false, false },
	{ "socketmap", true, false },
	{ "sqlite", false, false },
	{ "static", false, false },
	{ "tcp", true, false },
	{ "texthash", false, false },
	{ "unionmap", false, true },
	{ "unix", false, false },
};

#define NPROXIED (sizeof proxied / sizeof proxied[0])

void
service_name_offer(struct nearest *nearest)
{
	for (size_t i = 0; i < NPROXIED; i++)
		nearest_offer(nearest, proxied[i].name);
}

bool
service_name_is_proxied(const char *name, bool *is_whole)
{
	size_t len = strcspn(name, ":");

	if (name[len] == '\0' || name[len + 1] == '\0')
		return false;
	for (size_t i = 0; i < NPROXIED; i++) {
		if (strlen(proxied[i].name) != len ||
		    strncmp(proxied[i].name, name, len) != 0)
			continue;
		*is_whole = proxied[i].is_whole;
		if (!proxied[i].is_list)
			return true;
		name += len + 1;
		return service_name_is_proxied(name + strspn(name, "{ \t"),
		    is_whole);
	}
	return false;
}

void *
table_proxy_read(struct table_input *input)
{
	struct service_name *name = xcalloc(1, sizeof *name);
	bool is_whole = false;

	service_name_is_proxied(input->name, &is_whole);
	name->protocol = &service_proxymap;
	name->server = xstrdup(service_proxymap.name);
	name->table = xstrdup(input->name);
	name->is_folded = !is_whole;
	return name;
}

/* HOST:PORT, len bytes; a host may have several addresses. */
static int
find_addresses(struct service_name *name, const char *host_and_port, size_t len,
    struct table_input *input)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char *host = xstrndup(host_and_port, len);
	char *port = strrchr(host, ':'), *start = host;
	struct addrinfo *found = NULL;
	int error = EAI_NONAME;

	if (port != NULL && port > host) {
		*port++ = '\0';
		if (host[0] == '[' && port[-2] == ']') {
			port[-2] = '\0';
			start++;
		}
		error = getaddrinfo(start, port, &hints, &found);
	}
	if (error != 0)
		table_input_error(input, 0,
		    "%.*s: expected HOST:PORT of a server: %s", (int)len,
		    host_and_port, gai_strerror(error));
	for (const struct addrinfo *ai = found;
	     ai != NULL && name->naddresses < SERVICE_ADDRESSES_MAX;
	     ai = ai->ai_next) {
		struct socket_address *address =
		    &name->addresses[name->naddresses++];

		memcpy(&address->sockaddr, ai->ai_addr, ai->ai_addrlen);
		address->len = ai->ai_addrlen;
	}
	if (found != NULL)
		freeaddrinfo(found);
	free(host);
	return name->naddresses > 0 ? 0 : -1;
}

static int
read_socketmap(struct service_name *name, struct table_input *input)
{
	const char *text = input->name, *end = strrchr(text, ':');
	size_t len = end != NULL ? (size_t)(end - text) : 0;

	if (len > 0 && end[1] != '\0')
		name->table = xstrdup(end + 1);
	if (name->table != NULL && len > 5 && strncmp(text, "unix:", 5) == 0) {
		name->path = xstrndup(text + 5, len - 5);
		return 0;
	}
	if (name->table != NULL && len > 5 && strncmp(text, "inet:", 5) == 0)
		return find_addresses(name, text + 5, len - 5, input);
	table_input_error(input, 0,
	    "socketmap:%s: expected inet:HOST:PORT:NAME or unix:PATH:NAME",
	    text);
	return -1;
}

void *
table_socketmap_read(struct table_input *input)
{
	struct service_name *name = xcalloc(1, sizeof *name);

	name->protocol = &service_socketmap;
	if (read_socketmap(name, input) == -1) {
		table_service_name_free(name);
		return NULL;
	}
	name->server = xasprintf("socketmap:%.*s",
	    (int)(strrchr(input->name, ':') - input->name), input->name);
	return name;
}

void *
table_tcp_read(struct table_input *input)
{
	struct service_name *name = xcalloc(1, sizeof *name);

	name->protocol = &service_tcp;
	if (find_addresses(name, input->name, strlen(input->name), input) ==
	    -1) {
		table_service_name_free(name);
		return NULL;
	}
	name->server = xasprintf("tcp:%s", input->name);
	name->table = xstrdup("");
	return name;
}

void
table_service_name_free(void *content)
{
	struct service_name *name = content;

	if (name == NULL)
		return;
	free(name->server);
	free(name->table);
	free(name->path);
	free(name);
}

struct service_name *
service_name_copy(const struct service_name *name)
{
	struct service_name *copy = xcalloc(1, sizeof *copy);

	*copy = *name;
	copy->server = xstrdup(name->server);
	copy->table = xstrdup(name->table);
	copy->path = name->path != NULL ? xstrdup(name->path) : NULL;
	return copy;
}
