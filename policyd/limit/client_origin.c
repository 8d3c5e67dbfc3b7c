/*
 * Origins of clients, by the list of public suffixes that libpsl brings.  To
 * find a name in it takes longer than anything else about a login, and the
 * list never changes: what was found is remembered.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "client_origin.h"
#include "client_network.h"
#include "mem.h"
#include "ttl_cache.h"

#define ORIGINS_BYTES (1024 * 1024) /* some 6,000 clients */
#define NAME_MAX_KEPT 255

/* A client, as its address and its name. */
struct key {
	size_t len;
	char bytes[sizeof(struct ip) + NAME_MAX_KEPT];
};

static struct ttl_cache *origins; /* texts by key; they hold for ever */

/* Returns false for a name that is too long to remember. */
static bool
key_of(struct key *key, const struct request *request)
{
	size_t len = strlen(request->client_name);

	if (len > NAME_MAX_KEPT)
		return false;
	memcpy(key->bytes, &request->client, sizeof request->client);
	memcpy(key->bytes + sizeof request->client, request->client_name, len);
	key->len = sizeof request->client + len;
	return true;
}

static const char *
registrable_domain(const char *name, struct arena *arena)
{
	const char *lower = arena_lower(arena, name);

	if (name[0] == '\0' || strcmp(lower, "unknown") == 0)
		return NULL;
	return psl_registrable_domain(psl_builtin(), lower);
}

static const char *
find_origin(const struct request *request, struct arena *arena)
{
	const char *domain = registrable_domain(request->client_name, arena);

	return domain != NULL ? domain : client_network(request, 24, 48, arena);
}

const char *
client_origin(const struct request *request, struct arena *arena)
{
	const char *origin;
	struct key key;

	if (!key_of(&key, request))
		return find_origin(request, arena);
	if (origins == NULL)
		origins = ttl_cache_new(ORIGINS_BYTES, free);
	origin = ttl_cache_find(origins, key.bytes, key.len, 0);
	if (origin != NULL)
		return arena_strdup(arena, origin);
	origin = find_origin(request, arena);
	if (origin != NULL)
		ttl_cache_put(origins, key.bytes, key.len, xstrdup(origin),
		    strlen(origin) + 1, UINT64_MAX);
	return origin;
}

int
client_origin_check(struct strbuf *err)
{
	if (psl_builtin() != NULL)
		return 0;
	strbuf_adds(err, "libpsl has no list of public suffixes built in\n");
	return -1;
}
