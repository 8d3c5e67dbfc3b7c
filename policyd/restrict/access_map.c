/*
 * The search order of access(5).  Names are looked up as they are written:
 * tables of fixed text fold the case of their keys, patterns see it.
 */
#include <string.h>

#include "access_map.h"
#include "inquiry.h"
#include "host_name.h"
#include "mail_address.h"
#include "policy.h"
#include "table.h"

/* What Postfix makes of a table that it cannot look into. */
static const char failed_value[] = "451 4.3.5 Server configuration error";

enum key {
	KEY_WHOLE,
	KEY_PART, /* not for tables that are asked for whole keys only */
};

static bool
look(struct inquiry *inq, const struct table *table, enum key key,
    const char *text, const char **value)
{
	if (key == KEY_PART && table_wants_whole_keys(table))
		return false;
	switch (inquiry_table(inq, table, text, value)) {
	case LOOKUP_FOUND:
		return true;
	case LOOKUP_NOT_FOUND:
		return false;
	case LOOKUP_TEMPFAIL:
		inquiry_log(inq, "%s: table lookup problem", table_word(table));
		*value = failed_value;
		return true;
	}
	return false;
}

bool
access_map_exact(struct inquiry *inq, const struct table *table,
    const char *key, const char **value)
{
	return look(inq, table, KEY_WHOLE, key, value);
}

bool
access_map_domain(struct inquiry *inq, const struct table *table,
    const char *name, const char **value)
{
	bool is_dotted = inq->policy->access_parents_are_dotted;
	enum key key = KEY_WHOLE;
	const char *dot;

	while (*name != '\0') {
		if (look(inq, table, key, name, value))
			return true;
		if (key == KEY_WHOLE && host_address_is_valid(name))
			return false;
		dot = strchr(name + 1, '.');
		if (dot == NULL)
			return false;
		name = is_dotted ? dot : dot + 1;
		key = KEY_PART;
	}
	return false;
}

bool
access_map_address(struct inquiry *inq, const struct table *table,
    const char *address, const char **value)
{
	char separator = strchr(address, ':') != NULL ? ':' : '.';
	char *net = arena_strdup(inq->arena, address);
	enum key key = KEY_WHOLE;
	char *end;

	while (*net != '\0') {
		if (look(inq, table, key, net, value))
			return true;
		end = strrchr(net, separator);
		if (end == NULL)
			return false;
		*end = '\0';
		key = KEY_PART;
	}
	return false;
}

bool
access_map_client(struct inquiry *inq, const struct table *table,
    const char *name, const char *address, const char **value)
{
	return access_map_domain(inq, table, name, value) ||
	    access_map_address(inq, table, address, value);
}

/* A key with a local part: first as it is written in a message, quoted. */
static bool
look_mail(struct inquiry *inq, const struct table *table, enum key kind,
    const char *key, const char **value)
{
	const char *quoted = mail_address_quoted(inq->arena, key);

	return (quoted != key && look(inq, table, kind, quoted, value)) ||
	    look(inq, table, kind, key, value);
}

bool
access_map_mail(struct inquiry *inq, const struct table *table,
    const char *address, const char **value)
{
	struct arena *arena = inq->arena;
	const char *at = mail_address_at(address);
	const char *delimiters = inq->policy->params.recipient_delimiter;
	const char *local, *bare;

	if (look_mail(inq, table, KEY_WHOLE, address, value))
		return true;
	if (at == NULL || table_wants_whole_keys(table))
		return false;
	local = arena_strndup(arena, address, (size_t)(at - address));
	bare = mail_local_base(arena, local, delimiters);
	if (bare != NULL &&
	    look_mail(inq, table, KEY_PART, arena_join(arena, bare, at), value))
		return true;
	if (at[1] != '\0' && access_map_domain(inq, table, at + 1, value))
		return true;
	if (look_mail(inq, table, KEY_PART, arena_join(arena, local, "@"),
		value))
		return true;
	return bare != NULL &&
	    look_mail(inq, table, KEY_PART, arena_join(arena, bare, "@"),
		value);
}
