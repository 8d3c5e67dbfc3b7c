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

const char *
argument_kind_name(enum argument_kind kind)
{
	switch (kind) {
	case ARGUMENT_NONE:
		break;
	case ARGUMENT_TABLE:
		return "TYPE:NAME";
	case ARGUMENT_BLOCKLIST:
	case ARGUMENT_NAME_BLOCKLIST:
	case ARGUMENT_ALLOWLIST:
	case ARGUMENT_NAME_ALLOWLIST:
		return "ZONE[=FILTER]";
	case ARGUMENT_WORD:
		return "ARGUMENT";
	}
	return "";
}
