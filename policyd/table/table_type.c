/*
 * The types of tables that can be named, and what is said of others.
 */
#include <stdlib.h>
#include <string.h>

#include "table_type.h"
#include "service_name.h"
#include "conf.h"
#include "mem.h"
#include "nearest.h"

#define HASH_ROW(type, ending)                                                 \
	{                                                                      \
		.name = type, .is_file = true, .index = ending,                \
		.read = table_hash_read_indexed, .find = table_hash_find,      \
		.show_values = table_hash_show_values, .free = table_hash_free \
	}

#define PATTERN_ROW(type, reader)                                              \
	{                                                                      \
		.name = type, .is_file = true, .allows_braces = true,          \
		.wants_whole_keys = true, .read = reader,                      \
		.search = table_pattern_search,                                \
		.show_values = table_pattern_show_values,                      \
		.free = table_pattern_free                                     \
	}

static const struct table_type types[] = {
	{ .name = "inline",
	    .allows_braces = true,
	    .read = table_hash_read_inline,
	    .find = table_hash_find,
	    .show_values = table_hash_show_values,
	    .free = table_hash_free },
	{ .name = "static",
	    .allows_braces = true,
	    .read = table_static_read,
	    .find = table_static_find,
	    .show_values = table_static_show_values,
	    .free = table_static_free },
	{ .name = "texthash",
	    .is_file = true,
	    .read = table_hash_read_text,
	    .find = table_hash_find,
	    .show_values = table_hash_show_values,
	    .free = table_hash_free },
	HASH_ROW("hash", ".db"),
	HASH_ROW("btree", ".db"),
	HASH_ROW("lmdb", ".lmdb"),
	HASH_ROW("cdb", ".cdb"),
	HASH_ROW("dbm", ".pag"),
	{ .name = "cidr",
	    .is_file = true,
	    .allows_braces = true,
	    .wants_whole_keys = true,
	    .read = table_cidr_read,
	    .find = table_cidr_find,
	    .show_values = table_cidr_show_values,
	    .free = table_cidr_free },
	{ .name = "gdbm",
	    .is_file = true,
	    .read = table_gdbm_read,
	    .find = table_gdbm_find,
	    .free = table_gdbm_free },
	PATTERN_ROW("regexp", table_pattern_read_regexp),
	PATTERN_ROW("pcre", table_pattern_read_pcre),
	{ .name = "proxy",
	    .is_service = true,
	    .is_proxy = true,
	    .read = table_proxy_read,
	    .free = table_service_name_free },
	{ .name = "socketmap",
	    .is_service = true,
	    .wants_whole_keys = true,
	    .read = table_socketmap_read,
	    .free = table_service_name_free },
	{ .name = "tcp",
	    .is_service = true,
	    .wants_whole_keys = true,
	    .read = table_tcp_read,
	    .free = table_service_name_free },
};

const struct table_type table_type_hosts = { .name = "hosts",
	.is_file = true,
	.read = table_hosts_read,
	.find = table_hosts_find,
	.free = table_hosts_free };

/* What Postfix has, and we cannot read here. */
static const struct {
	const char *name;
	const char *instead; /* NULL: proxymap(8) can */
} refused[] = {
	{ "ldap", NULL },
	{ "memcache", NULL },
	{ "mongodb", NULL },
	{ "mysql", NULL },
	{ "pgsql", NULL },
	{ "sqlite", NULL },
	{ "nis", NULL },
	{ "nisplus", NULL },
	{ "netinfo", NULL },
	{ "unix", NULL },
	{ "environ", "write the values down: inline:{ NAME=VALUE, ... }" },
	{ "sdbm", NULL },
	{ "pipemap", NULL },
	{ "unionmap", NULL },
	{ "randmap", "name one value: static:VALUE" },
	{ "fail",
	    "every lookup in it fails (451), so leave what needs it in "
	    "main.cf" },
	{ "internal", "write the values down: inline:{ NAME=VALUE, ... }" },
};

const struct table_type *
table_type_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strlen(types[i].name) == len &&
		    strncmp(types[i].name, name, len) == 0)
			return &types[i];
	}
	return NULL;
}

bool
table_type_is_for_proxy(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (strlen(refused[i].name) == len &&
		    strncmp(refused[i].name, name, len) == 0)
			return refused[i].instead == NULL;
	return false;
}

/* Say what to write in place of a type that is known. */
static void
refuse_known(const char *word, const char *name, const char *instead,
    struct conf_origin origin, struct strbuf *err)
{
	if (instead != NULL)
		conf_error(err, origin,
		    "%s: policyd cannot read %s: tables; %s", word, name,
		    instead);
	else
		conf_error(err, origin,
		    "%s: policyd does not read %s: tables itself, but Postfix "
		    "does for it: write proxy:%s, and name that in "
		    "proxy_read_maps of main.cf",
		    word, name, word);
}

void
table_type_refuse(const char *word, size_t len, struct conf_origin origin,
    struct strbuf *err)
{
	char *name = xstrndup(word, len);
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		nearest_offer(&nearest, types[i].name);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		nearest_offer(&nearest, refused[i].name);
		if (strcmp(refused[i].name, name) != 0)
			continue;
		refuse_known(word, name, refused[i].instead, origin, err);
		goto done;
	}
	if (word[len] == '\0')
		conf_error(err, origin,
		    "%s: a table is TYPE:NAME, as texthash:/etc/postfix/access",
		    word);
	else
		conf_error(err, origin, "%s: unknown table type \"%s\"%s", word,
		    name, nearest_hint(&nearest));
done:
	free(name);
}

void
table_type_refuse_proxied(const char *word, struct conf_origin origin,
    struct strbuf *err)
{
	size_t len = strcspn(word, ":");
	char *name = xstrndup(word, len);
	struct nearest nearest;

	nearest_init(&nearest, name);
	service_name_offer(&nearest);
	if (word[len] == '\0' || word[len + 1] == '\0')
		conf_error(err, origin,
		    "proxy:%s: expected proxy:TYPE:NAME, as "
		    "proxy:mysql:/etc/postfix/access.cf",
		    word);
	else
		conf_error(err, origin, "proxy:%s: unknown table type \"%s\"%s",
		    word, name, nearest_hint(&nearest));
	free(name);
}
