/*
 * IP addresses and networks, in Postfix's notation.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cidr.h"

bool
ip_parse(struct ip *ip, const char *text)
{
	*ip = (struct ip){ 0 };
	if (inet_pton(AF_INET, text, ip->bytes) == 1)
		ip->family = AF_INET;
	else if (inet_pton(AF_INET6, text, ip->bytes) == 1)
		ip->family = AF_INET6;
	return ip->family != 0;
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	    memcmp(a->bytes, b->bytes, ip_len(a)) == 0;
}

size_t
ip_len(const struct ip *ip)
{
	return ip->family == AF_INET ? 4 : ip->family == AF_INET6 ? 16 : 0;
}

void
ip_print(const struct ip *ip, struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (ip->family != 0 &&
	    inet_ntop(ip->family, ip->bytes, text, sizeof text) != NULL)
		strbuf_adds(out, text);
}

/* Clear the bits behind the prefix. */
static void
mask(struct ip *ip, unsigned prefix)
{
	for (unsigned i = 0; i < ip_len(ip); i++) {
		if (prefix >= 8 * (i + 1))
			continue;
		if (prefix <= 8 * i)
			ip->bytes[i] = 0;
		else
			ip->bytes[i] &=
			    (unsigned char)(0xff00 >> (prefix - 8 * i));
	}
}

/* One to three digits, nothing else.  Returns -1 when it is no number. */
static int
parse_prefix(const char *text)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 3 || text[len] != '\0')
		return -1;
	return (int)strtol(text, NULL, 10);
}

/* Copy the address before the '/', without its [ ].  Returns false when it is
 * too long for an address or a bracket has no partner. */
static bool
cut_address(const char *text, size_t len, char address[INET6_ADDRSTRLEN],
    bool *bracketed)
{
	*bracketed = len > 0 && text[0] == '[';
	if (*bracketed) {
		if (len < 2 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len >= INET6_ADDRSTRLEN)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return true;
}

int
cidr_parse(struct cidr *cidr, const char *text, struct strbuf *err)
{
	size_t len = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN];
	struct cidr network;
	unsigned bits;
	bool bracketed;

	*cidr = (struct cidr){ 0 };
	if (!cut_address(text, len, address, &bracketed) ||
	    !ip_parse(&network.ip, address) ||
	    (bracketed && network.ip.family != AF_INET6)) {
		strbuf_addf(err, "%s: not an IP address or network", text);
		return -1;
	}
	bits = 8 * (unsigned)ip_len(&network.ip);
	network.prefix = bits;
	if (text[len] == '/') {
		int prefix = parse_prefix(text + len + 1);

		if (prefix < 0 || (unsigned)prefix > bits) {
			strbuf_addf(err,
			    "%s: the mask must be a number from 0 to %u", text,
			    bits);
			return -1;
		}
		network.prefix = (unsigned)prefix;
	}
	*cidr = network;
	mask(&cidr->ip, cidr->prefix);
	if (!ip_equal(&cidr->ip, &network.ip)) {
		strbuf_addf(err,
		    "%s: bits are set behind the mask, did you "
		    "mean ",
		    text);
		cidr_print(cidr, err);
		strbuf_addc(err, '?');
		*cidr = (struct cidr){ 0 };
		return -1;
	}
	return 0;
}

bool
cidr_match(const struct cidr *cidr, const struct ip *ip)
{
	struct ip network = *ip;

	if (ip->family == 0 || ip->family != cidr->ip.family)
		return false;
	mask(&network, cidr->prefix);
	return ip_equal(&network, &cidr->ip);
}

void
cidr_print(const struct cidr *cidr, struct strbuf *out)
{
	ip_print(&cidr->ip, out);
	if (cidr->prefix < 8 * ip_len(&cidr->ip))
		strbuf_addf(out, "/%u", cidr->prefix);
}
