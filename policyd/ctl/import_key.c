/*
 * Keys of DNS lists: found in zones, named once.
 */
#include <stdlib.h>
#include <string.h>

#include "import_key.h"
#include "dnsbl_key.h"
#include "mem.h"

#define NAMED_KEY_MIN 6 /* bytes of what a parameter puts before a zone */

static const struct import_key *
find_value(const struct import_keys *keys, const char *value, size_t len)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strlen(keys->list[i].value) == len &&
		    strncmp(keys->list[i].value, value, len) == 0)
			return &keys->list[i];
	return NULL;
}

static bool
has_name(const struct import_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->list[i].name, name) == 0)
			return true;
	return false;
}

static const struct import_key *
add_key(struct import_keys *keys, const char *wanted, const char *value,
    size_t len)
{
	char *name = xstrdup(wanted);

	for (int i = 2; has_name(keys, name); i++) {
		free(name);
		name = xasprintf("%s_%d", wanted, i);
	}
	keys->list = xreallocarray(keys->list, keys->n + 1, sizeof *keys->list);
	keys->list[keys->n] = (struct import_key){ name, xstrndup(value, len) };
	return &keys->list[keys->n++];
}

/* The name of the parameter that has these bytes as its value, or NULL. */
static const char *
name_of(const struct postconf_values *set, const char *value, size_t len)
{
	for (size_t i = 0; i < set->n; i++)
		if (strlen(set->list[i].value) == len &&
		    strncmp(set->list[i].value, value, len) == 0)
			return set->list[i].name;
	return NULL;
}

void
import_keys_add_zone(struct import_keys *keys,
    const struct postconf_values *set, const char *zone, struct strbuf *out)
{
	size_t len = strcspn(zone, ".=");
	const struct import_key *key = find_value(keys, zone, len);
	const char *name = NULL;

	if (key == NULL && zone[len] == '.' && len >= NAMED_KEY_MIN)
		name = name_of(set, zone, len);
	if (key == NULL && (name != NULL || dnsbl_key_len(zone) > 0))
		key =
		    add_key(keys, name != NULL ? name : "dnsbl_key", zone, len);
	if (key != NULL) {
		strbuf_addf(out, "${%s}", key->name);
		zone += len;
	}
	strbuf_adds(out, zone);
}

void
import_keys_free(struct import_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		free(keys->list[i].name);
		free(keys->list[i].value);
	}
	free(keys->list);
	*keys = (struct import_keys){ 0 };
}
