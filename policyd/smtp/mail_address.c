/*
 * Local parts: quoting (RFC 5322, 3.2.4) and address extensions.
 */
#include <string.h>
#include <strings.h>

#include "mail_address.h"

char *
mail_address_at(const char *address)
{
	return strrchr(address, '@');
}

const char *
mail_address_domain(const char *address, const char *def)
{
	const char *at = mail_address_at(address);

	return at != NULL ? at + 1 : def;
}

size_t
mail_address_local_len(const char *address)
{
	const char *at = mail_address_at(address);

	return at != NULL ? (size_t)(at - address) : strlen(address);
}

bool
mail_local_needs_quotes(const char *local, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)local[i] <= 0x20 || local[i] == 0x7f ||
		    strchr("()<>@,;:\\\"[]", local[i]) != NULL ||
		    (local[i] == '.' &&
			(i == 0 || i + 1 == len || local[i + 1] == '.')))
			return true;
	return len == 0;
}

/* The first len bytes of key are its local part. */
static const char *
quote(struct arena *arena, const char *key, size_t len)
{
	size_t size = 2 * len + strlen(key + len) + sizeof "\"\"";
	char *quoted, *out;

	if (!mail_local_needs_quotes(key, len))
		return key;
	out = quoted = arena_alloc(arena, size);
	*out++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (strchr("\"\\\r", key[i]) != NULL)
			*out++ = '\\';
		*out++ = key[i];
	}
	*out++ = '"';
	memcpy(out, key + len, strlen(key + len) + 1);
	return quoted;
}

const char *
mail_address_quoted(struct arena *arena, const char *key)
{
	return quote(arena, key, mail_address_local_len(key));
}

const char *
mail_local_quoted(struct arena *arena, const char *local)
{
	return quote(arena, local, strlen(local));
}

/* Names that are not what they seem when '-' is a delimiter. */
static bool
is_never_split(const char *local, const char *delimiters)
{
	size_t len = strlen(local);

	if (strcasecmp(local, "mailer-daemon") == 0 ||
	    strcasecmp(local, "double-bounce") == 0)
		return true;
	return strchr(delimiters, '-') != NULL &&
	    (strncasecmp(local, "owner-", 6) == 0 ||
		(len > 8 && strcasecmp(local + len - 8, "-request") == 0));
}

const char *
mail_local_base(struct arena *arena, const char *local, const char *delimiters)
{
	size_t len = strcspn(local, delimiters);

	if (delimiters[0] == '\0' || len == 0 || local[len] == '\0' ||
	    is_never_split(local, delimiters))
		return NULL;
	return arena_strndup(arena, local, len);
}
