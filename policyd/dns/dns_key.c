/*
 * Names and types as keys.
 */
#include <string.h>

#include "dns_key.h"

int
dns_key_init(struct dns_key *key, const char *name, enum dns_type type)
{
	size_t len = strnlen(name, DNS_KEY_NAME_MAX + 1);

	if (len > DNS_KEY_NAME_MAX)
		return -1;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		key->bytes[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	key->bytes[len] = '\0';
	key->bytes[len + 1] = (char)type;
	key->len = len + 2;
	return 0;
}

enum dns_type
dns_key_type(const struct dns_key *key)
{
	return (enum dns_type)key->bytes[key->len - 1];
}

bool
dns_key_equal(const struct dns_key *a, const struct dns_key *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

int
dns_key_is_at_or_below(void *arg, const void *bytes, size_t len)
{
	const struct dns_key *top = arg;
	const char *name = bytes;
	size_t namelen = len - 2, toplen = top->len - 2;

	if (namelen < toplen ||
	    memcmp(name + namelen - toplen, top->bytes, toplen) != 0)
		return 0;
	return namelen == toplen || name[namelen - toplen - 1] == '.';
}
