/*
 * Origins of clients, by the list of public suffixes that libpsl brings.
 */
#include <string.h>

#include <libpsl.h>

#include "client_origin.h"
#include "client_network.h"

static const char *
registrable_domain(const char *name, struct arena *arena)
{
	const char *lower = arena_lower(arena, name);

	if (name[0] == '\0' || strcmp(lower, "unknown") == 0)
		return NULL;
	return psl_registrable_domain(psl_builtin(), lower);
}

const char *
client_origin(const struct request *request, struct arena *arena)
{
	const char *domain = registrable_domain(request->client_name, arena);

	return domain != NULL ? domain : client_network(request, 24, 48, arena);
}

int
client_origin_check(struct strbuf *err)
{
	if (psl_builtin() != NULL)
		return 0;
	strbuf_adds(err, "libpsl has no list of public suffixes built in\n");
	return -1;
}
