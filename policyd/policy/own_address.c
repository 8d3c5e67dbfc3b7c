/*
 * The addresses that mail for user@[address] is delivered at.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "own_address.h"
#include "log.h"
#include "mem.h"

static void
add(struct own_addresses *own, const struct ip *ip)
{
	if (own_addresses_have(own, ip))
		return;
	own->ips = xreallocarray(own->ips, own->n + 1, sizeof *own->ips);
	own->ips[own->n++] = *ip;
}

static void
add_sockaddr(struct own_addresses *own, const struct sockaddr *sa)
{
	struct ip ip = { .family = sa->sa_family };

	if (sa->sa_family == AF_INET)
		memcpy(ip.bytes, &((const struct sockaddr_in *)sa)->sin_addr,
		    4);
	else if (sa->sa_family == AF_INET6)
		memcpy(ip.bytes, &((const struct sockaddr_in6 *)sa)->sin6_addr,
		    16);
	else
		return;
	add(own, &ip);
}

static void
add_interfaces(struct own_addresses *own)
{
	struct ifaddrs *list, *ifa;

	if (getifaddrs(&list) == -1) {
		log_warn("inet_interfaces: own addresses are not known: %s",
		    strerror(errno));
		return;
	}
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next)
		if (ifa->ifa_addr != NULL)
			add_sockaddr(own, ifa->ifa_addr);
	freeifaddrs(list);
}

static void
add_host(struct own_addresses *own, const char *name)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list, *ai;
	int error = getaddrinfo(name, NULL, &hints, &list);

	if (error != 0) {
		log_warn("inet_interfaces: %s: %s", name, gai_strerror(error));
		return;
	}
	for (ai = list; ai != NULL; ai = ai->ai_next)
		add_sockaddr(own, ai->ai_addr);
	freeaddrinfo(list);
}

static void
add_loopback(struct own_addresses *own)
{
	struct ip ip;

	ip_parse(&ip, "127.0.0.1");
	add(own, &ip);
	ip_parse(&ip, "::1");
	add(own, &ip);
}

static void
add_word(struct own_addresses *own, const char *word)
{
	struct ip ip;
	size_t len = strlen(word);
	char *bare;

	if (strcasecmp(word, "all") == 0) {
		add_interfaces(own);
	} else if (strcasecmp(word, "loopback-only") == 0) {
		add_loopback(own);
	} else if (ip_parse(&ip, word)) {
		add(own, &ip);
	} else if (word[0] == '[' && word[len - 1] == ']') {
		bare = xstrndup(word + 1, len - 2);
		if (ip_parse(&ip, bare))
			add(own, &ip);
		free(bare);
	} else {
		add_host(own, word);
	}
}

void
own_addresses_add(struct own_addresses *own, const struct conf_text *value)
{
	struct strbuf err = { 0 };
	struct conf_word word;
	size_t pos = 0;
	char *text;

	while (conf_next_word(value, &pos, &word, &err) == 1) {
		text = conf_word_dup(&word);
		add_word(own, text);
		free(text);
	}
	strbuf_free(&err);
}

bool
own_addresses_have(const struct own_addresses *own, const struct ip *ip)
{
	for (size_t i = 0; i < own->n; i++)
		if (ip_equal(&own->ips[i], ip))
			return true;
	return false;
}

void
own_addresses_free(struct own_addresses *own)
{
	free(own->ips);
	*own = (struct own_addresses){ 0 };
}
