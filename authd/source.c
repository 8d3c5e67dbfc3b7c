/*
 * Addresses as guessers are counted by.
 */
#include <string.h>
#include <sys/socket.h>

#include "source.h"

struct source
source_of(const struct ip *ip)
{
	struct source source = { 0 };

	if (ip->family == AF_INET) {
		source.family = 4;
		memcpy(source.bytes, ip->bytes, 4);
	} else if (ip->family == AF_INET6) {
		source.family = 6;
		memcpy(source.bytes, ip->bytes, 8);
	}
	return source;
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
	cidr.prefix = source->family == 4 ? 32 : 64;
	memcpy(cidr.ip.bytes, source->bytes, sizeof source->bytes);
	if (source->family == 4)
		ip_print(&cidr.ip, out);
	else
		cidr_print(&cidr, out);
}
