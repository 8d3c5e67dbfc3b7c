/*
 * What in the name of a DNS list is the key of who asks it.
 */
#include <ctype.h>
#include <string.h>

#include "dnsbl_key.h"

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

const char *
dnsbl_key_hide(const char *zone)
{
	size_t len = dnsbl_key_len(zone);

	return len > 0 ? zone + len + 1 : zone;
}
