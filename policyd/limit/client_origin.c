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

#define SET_BITS      11
#define WAYS          4 /* clients of a set: some 8,000 in all */
#define NAME_MAX_KEPT 255

/* The multipliers of a hash; whoever finds clients of one set only has their
 * names looked for each time. */
#define MIX_FRONT UINT64_C(0x9e3779b97f4a7c15)
#define MIX_BACK  UINT64_C(0xc2b2ae3d27d4eb4f)

/* A client, as its address and its name. */
struct known {
	struct ip client;
	char *name; /* NULL: free */
	const char *origin;
};

struct set {
	struct known ways[WAYS]; /* the newest first */
};

static struct set *origins; /* they hold for ever */

static struct set *
set_of(const struct ip *client)
{
	uint64_t halves[2] = { 0 };

	memcpy(halves, client->bytes, ip_len(client));
	return &origins[(halves[0] * MIX_FRONT + halves[1] * MIX_BACK) >>
	    (64 - SET_BITS)];
}

/* NULL: it is not known. */
static const char *
find_known(const struct set *set, const struct request *request)
{
	for (size_t i = 0; i < WAYS && set->ways[i].name != NULL; i++)
		if (ip_equal(&set->ways[i].client, &request->client) &&
		    strcmp(set->ways[i].name, request->client_name) == 0)
			return set->ways[i].origin;
	return NULL;
}

/* In place of the oldest. */
static void
remember(struct set *set, const struct request *request, const char *origin)
{
	size_t size = strlen(request->client_name) + 1;
	size_t origin_size = strlen(origin) + 1;
	char *name = xmalloc(size + origin_size);

	free(set->ways[WAYS - 1].name);
	memmove(&set->ways[1], &set->ways[0], (WAYS - 1) * sizeof set->ways[0]);
	memcpy(name, request->client_name, size);
	memcpy(name + size, origin, origin_size);
	set->ways[0] = (struct known){ request->client, name, name + size };
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
	struct set *set;

	if (origins == NULL)
		origins = xcalloc(1U << SET_BITS, sizeof *origins);
	set = set_of(&request->client);
	origin = find_known(set, request);
	if (origin != NULL)
		return arena_strdup(arena, origin);
	origin = find_origin(request, arena);
	if (origin != NULL && strlen(request->client_name) <= NAME_MAX_KEPT)
		remember(set, request, origin);
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
