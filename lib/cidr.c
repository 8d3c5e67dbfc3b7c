/*
 * IP addresses and networks, in Postfix's notation.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cidr.h"

#define NETWORK_MAX (INET6_ADDRSTRLEN + 4) /* with "/128" */

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

void
ip_unmap(struct ip *ip)
{
	struct cidr host = { *ip, 8 * (unsigned)ip_len(ip) };

	cidr_unmap(&host);
	*ip = host.ip;
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

/* inet_ntop is a printf of four numbers. */
static void
print_ipv4(const struct ip *ip, struct strbuf *out)
{
	for (size_t i = 0; i < ip_len(ip); i++) {
		if (i > 0)
			strbuf_addc(out, '.');
		strbuf_addu(out, ip->bytes[i]);
	}
}

void
ip_print(const struct ip *ip, struct strbuf *out)
{
	char text[INET6_ADDRSTRLEN];

	if (ip->family == AF_INET)
		print_ipv4(ip, out);
	else if (ip->family == AF_INET6 &&
	    inet_ntop(AF_INET6, ip->bytes, text, sizeof text) != NULL)
		strbuf_adds(out, text);
}

void
ip_mask(struct ip *ip, unsigned prefix)
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

/* The text without the [ ] around its address or around all of it.  Returns
 * false when a bracket has no partner, or when it is too long for a network. */
static bool
unbracket(const char *text, char plain[NETWORK_MAX])
{
	const char *close = strchr(text, ']');
	int len;

	if (text[0] != '[')
		len = snprintf(plain, NETWORK_MAX, "%s", text);
	else if (close != NULL && (close[1] == '\0' || close[1] == '/'))
		len = snprintf(plain, NETWORK_MAX, "%.*s%s",
		    (int)(close - text - 1), text + 1, close + 1);
	else
		return false;
	return len < NETWORK_MAX;
}

int
cidr_parse(struct cidr *cidr, const char *text, struct strbuf *err)
{
	char address[NETWORK_MAX], *slash = NULL;
	struct cidr network;
	unsigned bits;

	*cidr = (struct cidr){ 0 };
	if (unbracket(text, address)) {
		slash = strchr(address, '/');
		if (slash != NULL)
			*slash = '\0';
	} else {
		address[0] = '\0';
	}
	if (!ip_parse(&network.ip, address)) {
		strbuf_addf(err, "%s: not an IP address or network", text);
		return -1;
	}
	bits = 8 * (unsigned)ip_len(&network.ip);
	network.prefix = bits;
	if (slash != NULL) {
		int prefix = parse_prefix(slash + 1);

		if (prefix < 0 || (unsigned)prefix > bits) {
			strbuf_addf(err,
			    "%s: the mask must be a number from 0 to %u", text,
			    bits);
			return -1;
		}
		network.prefix = (unsigned)prefix;
	}
	*cidr = network;
	ip_mask(&cidr->ip, cidr->prefix);
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

void
cidr_unmap(struct cidr *cidr)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct cidr plain = { .ip.family = AF_INET };

	if (cidr->ip.family != AF_INET6 || cidr->prefix < 8 * sizeof mapped ||
	    memcmp(cidr->ip.bytes, mapped, sizeof mapped) != 0)
		return;
	memcpy(plain.ip.bytes, cidr->ip.bytes + sizeof mapped, 4);
	plain.prefix = cidr->prefix - 8 * sizeof mapped;
	*cidr = plain;
}

bool
cidr_match(const struct cidr *cidr, const struct ip *ip)
{
	const unsigned char *network = cidr->ip.bytes, *bytes = ip->bytes;
	unsigned whole = cidr->prefix / 8, rest = cidr->prefix % 8;

	if (ip->family == 0 || ip->family != cidr->ip.family)
		return false;
	return memcmp(network, bytes, whole) == 0 &&
	    (rest == 0 || (network[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

void
cidr_print(const struct cidr *cidr, struct strbuf *out)
{
	ip_print(&cidr->ip, out);
	if (cidr->prefix < 8 * ip_len(&cidr->ip))
		strbuf_addf(out, "/%u", cidr->prefix);
}
