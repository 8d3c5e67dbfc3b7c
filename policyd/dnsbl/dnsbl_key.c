/*
 * What in the name of a DNS list is the key of who asks it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dnsbl_key.h"
#include "mem.h"

#define KEY_MIN 16 /* bytes; providers give out 20 to 40 */

size_t
dnsbl_key_len(const char *zone)
{
	size_t len = strcspn(zone, ".=");

	if (len < KEY_MIN || zone[len] != '.' ||
	    strchr(zone + len + 1, '.') == NULL)
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)zone[i]))
			return 0;
	return len;
}

bool
dnsbl_key_is_taken_in(const struct conf_text *text,
    const struct conf_word *word)
{
	size_t start = (size_t)(word->start - conf_text_str(text));
	const char *dot = memchr(word->start, '.', word->len);
	struct conf_origin here, key = conf_text_origin(text, start);

	if (dot == NULL)
		return false;
	here = conf_text_origin(text, start + (size_t)(dot - word->start));
	return here.file != key.file || here.line != key.line;
}

static bool
is_key(const struct dnsbl_keys *keys, const char *zone, size_t len)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strlen(keys->list[i]) == len &&
		    strncasecmp(keys->list[i], zone, len) == 0)
			return true;
	return false;
}

void
dnsbl_keys_add(struct dnsbl_keys *keys, const char *zone)
{
	size_t len = strcspn(zone, ".");

	if (is_key(keys, zone, len))
		return;
	keys->list = xreallocarray(keys->list, keys->n + 1, sizeof *keys->list);
	keys->list[keys->n++] = xstrndup(zone, len);
}

void
dnsbl_keys_free(struct dnsbl_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		free(keys->list[i]);
	free(keys->list);
	*keys = (struct dnsbl_keys){ 0 };
}

const char *
dnsbl_keys_hide(const struct dnsbl_keys *keys, const char *zone)
{
	size_t len = strcspn(zone, ".");

	if (zone[len] == '.' &&
	    (is_key(keys, zone, len) || dnsbl_key_len(zone) > 0))
		return zone + len + 1;
	return zone;
}
