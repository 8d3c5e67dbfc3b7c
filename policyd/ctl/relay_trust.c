/*
 * Whom main.cf trusts.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "relay_trust.h"
#include "match_list.h"
#include "mem.h"
#include "own_address.h"
#include "table.h"

static bool
has(const struct match_list *list, struct tables *tables, const struct ip *ip,
    struct strbuf *err)
{
	struct tables_snapshot *snapshot = tables_hold(tables);
	struct table_view view = table_view(snapshot);
	struct strbuf address = { 0 };
	struct match match;

	ip_print(ip, &address);
	match =
	    match_list_host(list, &view, "unknown", ip, strbuf_str(&address));
	strbuf_free(&address);
	tables_release(snapshot);
	if (match.result == LOOKUP_TEMPFAIL)
		strbuf_adds(err, "a server has a table of it\n");
	return match.result == LOOKUP_FOUND;
}

bool
relay_list_has(const char *name, const char *value, const struct ip *ip,
    struct strbuf *err)
{
	struct tables *tables = tables_new();
	struct conf_text text = { 0 };
	struct strbuf warnings = { 0 };
	struct match_list *list;
	bool result = false;

	conf_text_set(&text, value, (struct conf_origin){ name, 1 });
	list =
	    match_list_parse(&text, MATCH_HOST_DOTTED, tables, &warnings, err);
	if (list != NULL && tables_load(tables, err) == CONF_OK)
		result = has(list, tables, ip, err);
	match_list_free(list);
	strbuf_free(&warnings);
	conf_text_free(&text);
	tables_free(tables);
	return result;
}

/* Nobody comes from there but this host, or a wire of it. */
static bool
is_near(const struct ip *ip)
{
	if (ip->family == AF_INET)
		return ip->bytes[0] == 127;
	return IN6_IS_ADDR_LOOPBACK((const struct in6_addr *)ip->bytes) ||
	    IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)ip->bytes);
}

void
relay_neighbors_find(struct relay_neighbors *neighbors)
{
	struct own_addresses own = { 0 };
	struct conf_text all = { 0 };

	conf_text_set(&all, "all", (struct conf_origin){ "", 0 });
	own_addresses_add(&own, &all);
	neighbors->addresses = xcalloc(own.n + 1, sizeof(struct strbuf));
	for (size_t i = 0; i < own.n; i++) {
		struct ip ip = own.ips[i];

		if (is_near(&ip))
			continue;
		ip.bytes[ip.family == AF_INET ? 3 : 15] ^= 1;
		if (!own_addresses_have(&own, &ip))
			ip_print(&ip, &neighbors->addresses[neighbors->n++]);
	}
	own_addresses_free(&own);
	conf_text_free(&all);
}

void
relay_neighbors_free(struct relay_neighbors *neighbors)
{
	for (size_t i = 0; i < neighbors->n; i++)
		strbuf_free(&neighbors->addresses[i]);
	free(neighbors->addresses);
}
