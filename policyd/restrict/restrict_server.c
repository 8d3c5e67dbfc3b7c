/*
 * check_*_{a,mx,ns}_access: tables of the hosts behind a name, by their names
 * and addresses.
 */
#include <string.h>

#include "restrict.h"
#include "access_action.h"
#include "access_map.h"
#include "address_order.h"
#include "destination.h"
#include "host_lookup.h"
#include "host_name.h"
#include "inquiry.h"
#include "mail_address.h"
#include "table.h"

enum found {
	FOUND_NOTHING,
	FOUND_VALUE,
	FOUND_WAITING,
};

/* Of one check: each takes several looks into the table, in each walk. */
#define ADDRESSES_MAX 250

struct check {
	struct inquiry *inq;
	const struct table *table;
	const char *value;
	size_t naddresses; /* looked at so far */
	bool is_cut;       /* there are more, which will not be looked at */
};

/* An address is looked up as it is written. */
static enum found
check_address_text(struct check *check, const char *address)
{
	return access_map_address(check->inq, check->table, address,
		   &check->value)
	    ? FOUND_VALUE
	    : FOUND_NOTHING;
}

static enum found
check_address(struct check *check, const struct ip *ip)
{
	struct strbuf text = { 0 };
	enum found found;

	ip_print(ip, &text);
	found = check_address_text(check, strbuf_str(&text));
	strbuf_free(&text);
	return found;
}

/*
 * The value of the address that this host would connect to first, of those that
 * have one.  To know that order takes a socket for each address, which is too
 * dear for all hosts in each walk.  So they are looked up as they came, until
 * one has a value; only it and those behind it are put into order then, as
 * those before it have none.
 */
static enum found
check_addresses(struct check *check, struct ip *ips, size_t n)
{
	struct ip with_value;
	const char *value;

	for (; n > 0 && check_address(check, ips) == FOUND_NOTHING; n--)
		ips++;
	if (n == 0)
		return FOUND_NOTHING;
	with_value = *ips;
	value = check->value;
	address_order(ips, n);
	for (; !ip_equal(ips, &with_value); ips++)
		if (check_address(check, ips) == FOUND_VALUE)
			return FOUND_VALUE;
	check->value = value;
	return FOUND_VALUE;
}

/* What cannot be found has no say, nor what would take too long. */
static enum found
check_name(struct check *check, const char *name)
{
	struct host_addresses addresses;
	size_t left = ADDRESSES_MAX - check->naddresses;

	if (check->is_cut)
		return FOUND_NOTHING;
	if (!host_lookup(check->inq, name, &addresses))
		return FOUND_WAITING;
	if (addresses.n > left) {
		check->is_cut = true;
		inquiry_log(check->inq,
		    "%s: only the first %d addresses were looked up in %s",
		    name, ADDRESSES_MAX, table_word(check->table));
		addresses.n = left;
	}
	check->naddresses += addresses.n;
	return check_addresses(check, addresses.ips, addresses.n);
}

/* One host: its name with its parents, then its addresses. */
static enum found
check_host(struct check *check, const char *host, enum servers servers)
{
	if (host_address_is_valid(host))
		return check_address_text(check, host);
	if (servers != SERVERS_A &&
	    access_map_domain(check->inq, check->table, host, &check->value))
		return FOUND_VALUE;
	return check_name(check, host);
}

/* How many addresses of the type are known by now. */
static size_t
ask_address(struct inquiry *inq, const char *name, enum dns_type type)
{
	const struct dns_answer *answer = inquiry_dns(inq, name, type);

	return answer != NULL && answer->status == DNS_FOUND ? answer->nrecords
							     : 0;
}

/* Ask for the addresses of all hosts before the first is looked at, unless
 * those that are known are more than will be looked at. */
static void
ask_addresses(struct inquiry *inq, const struct dns_answer *hosts)
{
	size_t known = 0;

	for (size_t i = 0; i < hosts->nrecords && known <= ADDRESSES_MAX; i++)
		if (host_name_is_valid(hosts->records[i].name)) {
			known +=
			    ask_address(inq, hosts->records[i].name, DNS_A);
			known +=
			    ask_address(inq, hosts->records[i].name, DNS_AAAA);
		}
}

static enum found
check_hosts(struct check *check, const struct dns_answer *hosts,
    enum servers servers)
{
	enum found found;

	ask_addresses(check->inq, hosts);
	for (size_t i = 0; i < hosts->nrecords; i++) {
		found = check_host(check, hosts->records[i].name, servers);
		if (found != FOUND_NOTHING)
			return found;
	}
	return FOUND_NOTHING;
}

static bool
is_null_mx(const struct dns_answer *answer)
{
	return answer->records[0].name[0] == '\0';
}

/* MX hosts; the name itself where there are none. */
static enum found
check_mx(struct check *check, const char *domain)
{
	const struct dns_answer *answer;

	if (!host_name_is_valid(domain))
		return check_host(check, domain, SERVERS_MX);
	answer = inquiry_dns(check->inq, domain, DNS_MX);
	if (answer == NULL) {
		/* In case there is no MX. */
		inquiry_dns(check->inq, domain, DNS_A);
		inquiry_dns(check->inq, domain, DNS_AAAA);
		return FOUND_WAITING;
	}
	if (answer->status == DNS_NOT_FOUND)
		return check_host(check, domain, SERVERS_MX);
	if (answer->status != DNS_FOUND || is_null_mx(answer))
		return FOUND_NOTHING;
	return check_hosts(check, answer, SERVERS_MX);
}

/* Name servers; those of a parent where the name has none of its own.  The
 * root, which is no valid name of a host, has some, too. */
static enum found
check_ns(struct check *check, const char *domain)
{
	const struct dns_answer *answer;

	for (;;) {
		if (host_name_is_valid(domain) || strcmp(domain, ".") == 0) {
			answer = inquiry_dns(check->inq, domain, DNS_NS);
			if (answer == NULL)
				return FOUND_WAITING;
			if (answer->status == DNS_FOUND)
				return check_hosts(check, answer, SERVERS_NS);
			if (answer->status != DNS_NOT_FOUND)
				return FOUND_NOTHING;
		}
		domain = strchr(domain, '.');
		if (domain == NULL || domain[1] == '\0')
			return FOUND_NOTHING;
		domain++;
	}
}

static enum found
check_literal(struct check *check, const char *literal, enum servers servers)
{
	struct arena *arena = check->inq->arena;
	size_t tag;

	if (servers == SERVERS_NS || !host_literal_parse(literal, NULL))
		return FOUND_NOTHING;
	tag = strchr(literal, ':') != NULL ? strlen("[IPv6:") : strlen("[");
	return check_address_text(check,
	    arena_strndup(arena, literal + tag, strlen(literal + tag) - 1));
}

static enum found
find_value(struct check *check, const char *name, enum servers servers)
{
	const char *domain = mail_address_domain(name, name);

	if (domain[0] == '[')
		return check_literal(check, domain, servers);
	domain = domain_to_ascii(check->inq->policy, check->inq->arena, domain);
	switch (servers) {
	case SERVERS_A:
		return check_host(check, domain, servers);
	case SERVERS_MX:
		return check_mx(check, domain);
	case SERVERS_NS:
		return check_ns(check, domain);
	}
	return FOUND_NOTHING;
}

/* name: what the hosts are found by; empty: there is nothing to check. */
static enum verdict
check_servers(struct inquiry *inq, const struct argument *arg, const char *name,
    struct subject subject, struct action *action)
{
	struct check check = { .inq = inq, .table = arg->table };

	if (name[0] == '\0')
		return VERDICT_DUNNO;
	switch (find_value(&check, name, (enum servers)arg->variant)) {
	case FOUND_NOTHING:
		return VERDICT_DUNNO;
	case FOUND_WAITING:
		return VERDICT_WAITING;
	case FOUND_VALUE:
		break;
	}
	return access_forbid_permit(inq, arg->table,
	    access_action(inq, table_word(arg->table), check.value, subject,
		action),
	    action);
}

enum verdict
check_client_servers(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct request *request = inq->request;

	if (request_name_is_unknown(request->client_name))
		return VERDICT_DUNNO;
	return check_servers(inq, arg, request->client_name,
	    stage_subject(STAGE_CLIENT, request, inq->arena), action);
}

enum verdict
check_reverse_client_servers(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->reverse_client_name;

	if (request_name_is_unknown(name))
		return VERDICT_DUNNO;
	return check_servers(inq, arg, name,
	    (struct subject){ REPLY_REVERSE_CLIENT, name }, action);
}

enum verdict
check_helo_servers(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->helo_name;

	return check_servers(inq, arg, name,
	    (struct subject){ REPLY_HELO, name }, action);
}

enum verdict
check_sender_servers(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->sender;

	return check_servers(inq, arg, name,
	    (struct subject){ REPLY_SENDER, name }, action);
}

enum verdict
check_recipient_servers(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->recipient;

	return check_servers(inq, arg, name,
	    (struct subject){ REPLY_RECIPIENT, name }, action);
}
