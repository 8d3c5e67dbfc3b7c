/*
 * Addresses as guessers are counted by.
 */
#include <string.h>
#include <sys/socket.h>

#include "source.h"

#define SITE_BYTES 6

struct source
source_of(const struct ip *ip)
{
	struct source source = { 0 };

	if (ip->family == AF_INET) {
		source.family = 4;
		source.prefix = 32;
		memcpy(source.bytes, ip->bytes, 4);
	} else if (ip->family == AF_INET6) {
		source.family = 6;
		source.prefix = 64;
		memcpy(source.bytes, ip->bytes, 8);
	}
	return source;
}

bool
source_site(const struct source *source, struct source *site)
{
	*site = (struct source){ 0 };
	if (source->family != 6)
		return false;
	site->family = 6;
	site->prefix = 8 * SITE_BYTES;
	memcpy(site->bytes, source->bytes, SITE_BYTES);
	return true;
}

bool
source_equal(const struct source *a, const struct source *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

void
source_print(const struct source *source, struct strbuf *out)
{
	struct cidr cidr = { 0 };

	if (source->family == 0) {
		strbuf_adds(out, "unknown");
		return;
	}
	cidr.ip.family = source->family == 4 ? AF_INET : AF_INET6;
	cidr.prefix = source->prefix;
	memcpy(cidr.ip.bytes, source->bytes, sizeof source->bytes);
	if (source->family == 4)
		ip_print(&cidr.ip, out);
	else
		cidr_print(&cidr, out);
}
