/*
 * Rows of restrictions.
 */
#include <strings.h>

#include "restriction.h"

const struct restriction *
restriction_find(const struct restrictions *restrictions, const char *name)
{
	for (size_t i = 0; i < restrictions->n; i++)
		if (strcasecmp(restrictions->rows[i].name, name) == 0)
			return &restrictions->rows[i];
	return NULL;
}

static const struct {
	const char *name;
	bool is_zone;
} kinds[] = {
	[ARGUMENT_NONE] = { "", false },
	[ARGUMENT_TABLE] = { "TYPE:NAME", false },
	[ARGUMENT_BLOCKLIST] = { "ZONE[=FILTER]", true },
	[ARGUMENT_NAME_BLOCKLIST] = { "ZONE[=FILTER]", true },
	[ARGUMENT_ALLOWLIST] = { "ZONE[=FILTER]", true },
	[ARGUMENT_NAME_ALLOWLIST] = { "ZONE[=FILTER]", true },
	[ARGUMENT_WORD] = { "ARGUMENT", false },
};

const char *
argument_kind_name(enum argument_kind kind)
{
	return kinds[kind].name;
}

bool
argument_kind_is_zone(enum argument_kind kind)
{
	return kinds[kind].is_zone;
}
