/*
 * The names that DNS lists are asked for.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnsbl_list.h"

const char *
dnsbl_kind_name(enum dnsbl_kind kind)
{
	switch (kind) {
	case DNSBL_IP4:
		return "ipv4";
	case DNSBL_IP6:
		return "ipv6";
	case DNSBL_NAME:
		return "name";
	}
	abort();
}

int
dnsbl_query_name(const struct dnsbl_list *list, const char *label,
    char name[DNSBL_NAME_MAX + 1])
{
	size_t len = strlen(label), zonelen = strlen(list->zone);

	if (len == 0 || len + 1 + zonelen > DNSBL_NAME_MAX)
		return -1;
	for (size_t i = 0; i < len; i++) {
		char c = label[i];

		name[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	name[len] = '.';
	memcpy(name + len + 1, list->zone, zonelen + 1);
	return 0;
}

/* "4.3.2.1": without printf, as each list needs it for each request. */
static void
reverse_octets(char *label, const unsigned char address[4])
{
	for (int i = 3; i >= 0; i--) {
		unsigned octet = address[i];

		if (octet >= 100)
			*label++ = (char)('0' + octet / 100);
		if (octet >= 10)
			*label++ = (char)('0' + octet / 10 % 10);
		*label++ = (char)('0' + octet % 10);
		*label++ = i > 0 ? '.' : '\0';
	}
}

static void
reverse_nibbles(char *label, const unsigned char address[16])
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--) {
		*label++ = hex[address[i] & 0xf];
		*label++ = '.';
		*label++ = hex[address[i] >> 4];
		*label++ = i > 0 ? '.' : '\0';
	}
}

bool
dnsbl_label(const struct ip *ip, enum dnsbl_kind *kind,
    char label[DNSBL_LABEL_SIZE])
{
	switch (ip->family) {
	case AF_INET:
		*kind = DNSBL_IP4;
		reverse_octets(label, ip->bytes);
		return true;
	case AF_INET6:
		*kind = DNSBL_IP6;
		reverse_nibbles(label, ip->bytes);
		return true;
	}
	return false;
}

void
dnsbl_random_name(const struct dnsbl_list *list, char name[DNSBL_NAME_MAX + 1])
{
	char label[DNSBL_LABEL_SIZE];
	struct ip ip = { .family = AF_INET6, .bytes = { [10] = 0xff, 0xff } };
	unsigned char address[4];
	enum dnsbl_kind kind;

	arc4random_buf(address, sizeof address);
	address[0] = 127;
	address[1] |= 128; /* 127.128.0.0/9 */
	switch (list->kind) {
	case DNSBL_IP4:
		ip.family = AF_INET;
		memcpy(ip.bytes, address, sizeof address);
		dnsbl_label(&ip, &kind, label);
		break;
	case DNSBL_IP6:
		memcpy(ip.bytes + 12, address, sizeof address);
		dnsbl_label(&ip, &kind, label);
		break;
	case DNSBL_NAME:
		snprintf(label, sizeof label, "x%08x%08x.invalid", arc4random(),
		    arc4random());
		break;
	}
	if (dnsbl_query_name(list, label, name) == -1)
		abort(); /* dnsbl_site_parse saw that it fits */
}

const char *
dnsbl_list_shown(const struct dnsbl_list *list)
{
	return dnsbl_keys_hide(&list->shared->keys, list->zone);
}
