/*
 * The value of `resolver`, resolv.conf(5), and the resolvers of the public.
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "resolver_config.h"
#include "cidr.h"
#include "log.h"
#include "mem.h"

#define SERVERS_MAX 3 /* of resolv.conf, as the C library */
#define PORT_MAX    65535
#define ZONE_MAX    253
#define LABEL_MAX   63

static const char *const public_resolvers[] = {
	"8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844",
	"1.1.1.0/30", "1.0.0.0/30", "2606:4700:4700::/48", /* Cloudflare */
	"9.9.9.0/24", "149.112.112.0/24", "2620:fe::/48",  /* Quad9 */
	"208.67.220.0/22", "2620:119:35::/48",             /* OpenDNS */
	"2620:119:53::/48", "4.2.2.0/29",                  /* Level 3 */
	"64.6.64.6", "64.6.65.6",                          /* Verisign */
	"94.140.14.0/23", "2a10:50c0::/48",                /* AdGuard */
	"77.88.8.0/24",                                    /* Yandex */
	"185.228.168.0/23",                                /* CleanBrowsing */
	"76.76.2.0/24", "76.76.10.0/24",                   /* Control D */
	"194.242.2.0/24",                                  /* Mullvad */
};

bool
resolver_is_public(const char *server)
{
	char *address = xstrndup(server, strcspn(server, "@%"));
	struct strbuf err = { 0 };
	struct ip ip;
	bool found = false;

	if (ip_parse(&ip, address)) {
		for (size_t i = 0; !found &&
		     i < sizeof public_resolvers / sizeof public_resolvers[0];
		     i++) {
			struct cidr net;

			found =
			    cidr_parse(&net, public_resolvers[i], &err) == 0 &&
			    cidr_match(&net, &ip);
		}
	}
	strbuf_free(&err);
	free(address);
	return found;
}

/* An address; one of IPv6 may name an interface, fe80::1%eth0. */
static bool
is_address(char *address)
{
	char *interface = strchr(address, '%');
	struct ip ip;

	if (interface == NULL)
		return ip_parse(&ip, address);
	*interface++ = '\0';
	return ip_parse(&ip, address) && ip.family == AF_INET6 &&
	    interface[0] != '\0' && strlen(interface) < IF_NAMESIZE;
}

static int
check_server(const char *server, struct strbuf *err)
{
	char *address = xstrndup(server, strcspn(server, "@"));
	const char *port = strchr(server, '@');
	int result = -1;

	if (!is_address(address)) {
		strbuf_addf(err, "%s is no IP address", server);
		goto done;
	}
	if (port != NULL) {
		char *end;
		unsigned long number = strtoul(port + 1, &end, 10);

		if (end == port + 1 || *end != '\0' || port[1] == '-' ||
		    number == 0 || number > PORT_MAX) {
			strbuf_addf(err,
			    "%s: the port is no number from 1 "
			    "to 65535",
			    server);
			goto done;
		}
	}
	result = 0;
done:
	free(address);
	return result;
}

static void
add_server(struct resolver_config *config, const char *server)
{
	config->servers = xreallocarray(config->servers, config->nservers + 1,
	    sizeof config->servers[0]);
	config->servers[config->nservers++] = xstrdup(server);
}

static bool
is_domain(const char *name)
{
	size_t len;

	if (strlen(name) > ZONE_MAX || strchr(name, '\\') != NULL)
		return false;
	for (; (len = strcspn(name, ".")) > 0 && len <= LABEL_MAX;
	     name += len + 1)
		if (name[len] == '\0')
			return true;
	return false;
}

static int
add_zone(struct resolver_config *config, char *word, struct strbuf *err)
{
	char *server = strchr(word, '=');
	struct resolver_zone *zone;
	size_t len;

	*server++ = '\0';
	if (check_server(server, err) == -1)
		return -1;
	len = strlen(word);
	if (len > 0 && word[len - 1] == '.')
		word[len - 1] = '\0';
	if (!is_domain(word)) {
		strbuf_addf(err, "%s=%s: the zone is no domain", word, server);
		return -1;
	}
	config->zones = xreallocarray(config->zones, config->nzones + 1,
	    sizeof config->zones[0]);
	zone = &config->zones[config->nzones++];
	zone->zone = xstrdup(word);
	zone->server = xstrdup(server);
	return 0;
}

static int
add_word(struct resolver_config *config, char *word, bool *has_mode,
    struct strbuf *err)
{
	enum resolver_mode mode = RESOLVER_SERVERS;

	if (strchr(word, '=') != NULL)
		return add_zone(config, word, err);
	if (strcmp(word, "system") == 0)
		mode = RESOLVER_SYSTEM;
	else if (strcmp(word, "recursive") == 0)
		mode = RESOLVER_RECURSIVE;
	else if (check_server(word, err) == -1) {
		strbuf_adds(err,
		    ": give \"system\", \"recursive\" or ADDRESS@PORT ..., "
		    "then any ZONE=ADDRESS@PORT");
		return -1;
	}
	if (*has_mode && (mode != RESOLVER_SERVERS || config->mode != mode)) {
		strbuf_addf(err, "%s: \"system\" and \"recursive\" stand alone",
		    word);
		return -1;
	}
	*has_mode = true;
	config->mode = mode;
	if (mode == RESOLVER_SERVERS)
		add_server(config, word);
	return 0;
}

int
resolver_config_parse(struct resolver_config *config, const char *value,
    struct strbuf *err)
{
	char *words = xstrdup(value), *rest = words, *word;
	bool has_mode = false;
	int result = 0;

	*config = (struct resolver_config){ .mode = RESOLVER_SYSTEM };
	while (result == 0 && (word = strsep(&rest, ", \t\r\n")) != NULL) {
		if (*word != '\0')
			result = add_word(config, word, &has_mode, err);
	}
	free(words);
	return result;
}

int
resolver_config_check(const char *value, struct strbuf *err)
{
	struct resolver_config config;
	int result = resolver_config_parse(&config, value, err);

	resolver_config_free(&config);
	return result;
}

static void
free_servers(struct resolver_config *config)
{
	for (size_t i = 0; i < config->nservers; i++)
		free(config->servers[i]);
	free(config->servers);
	config->servers = NULL;
	config->nservers = 0;
}

void
resolver_config_free(struct resolver_config *config)
{
	free_servers(config);
	for (size_t i = 0; i < config->nzones; i++) {
		free(config->zones[i].zone);
		free(config->zones[i].server);
	}
	free(config->zones);
	*config = (struct resolver_config){ 0 };
}

void
resolver_config_system(struct resolver_config *config, const char *text)
{
	char *lines = xstrdup(text), *rest = lines, *line;

	free_servers(config);
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *word = strsep(&line, " \t");
		struct strbuf err = { 0 };

		if (strcmp(word, "nameserver") != 0 || line == NULL)
			continue;
		line += strspn(line, " \t");
		line[strcspn(line, " \t\r")] = '\0';
		if (config->nservers < SERVERS_MAX &&
		    check_server(line, &err) == 0)
			add_server(config, line);
		strbuf_free(&err);
	}
	if (config->nservers == 0)
		add_server(config, "127.0.0.1");
	free(lines);
}

static const char *
mode_name(enum resolver_mode mode)
{
	switch (mode) {
	case RESOLVER_SYSTEM:
		return "system";
	case RESOLVER_RECURSIVE:
		return "recursive";
	case RESOLVER_SERVERS:
		return "servers";
	}
	abort();
}

void
resolver_config_print(const struct resolver_config *config, struct strbuf *out)
{
	strbuf_adds(out, mode_name(config->mode));
	for (size_t i = 0; i < config->nservers; i++)
		strbuf_addf(out, " %s", config->servers[i]);
	for (size_t i = 0; i < config->nzones; i++)
		strbuf_addf(out, " %s=%s", config->zones[i].zone,
		    config->zones[i].server);
}

/* Lists count on knowing who asks; most turn away the large resolvers. */
void
resolver_config_warn(const struct resolver_config *config)
{
	for (size_t i = 0; i < config->nservers; i++) {
		const char *server = config->servers[i];

		if (!resolver_is_public(server))
			continue;
		log_warn("resolver: %s is a public resolver, and DNSBLs refuse "
			 "to answer those: run a resolver on this host, or set "
			 "\"resolver = recursive\"",
		    server);
		return;
	}
}
