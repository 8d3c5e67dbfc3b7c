/*
 * Host names that are looked up as a host does, not as a mail server: the
 * file of hosts counts before DNS.
 */
#include <string.h>

#include "host_lookup.h"
#include "inquiry.h"
#include "host_name.h"
#include "policy.h"

/* What the file of hosts has, blanks between. */
static void
take_list(struct host_addresses *found, struct arena *arena, const char *list)
{
	size_t len;

	found->ips =
	    arena_alloc(arena, (strlen(list) / 2 + 1) * sizeof *found->ips);
	for (; *list != '\0'; list += len + strspn(list + len, " ")) {
		len = strcspn(list, " ");
		if (ip_parse(&found->ips[found->n],
			arena_strndup(arena, list, len)))
			found->n++;
	}
}

static void
take_records(struct host_addresses *found, const struct dns_answer *answer)
{
	if (answer->status != DNS_FOUND)
		return;
	for (size_t i = 0; i < answer->nrecords; i++)
		found->ips[found->n++] = answer->records[i].ip;
}

static bool
ask_dns(struct inquiry *inq, const char *name, struct host_addresses *found)
{
	const struct dns_answer *a, *aaaa;

	name = host_name_without_dot(inq->arena, name);
	if (!host_name_is_valid(name))
		return true;
	a = inquiry_dns(inq, name, DNS_A);
	aaaa = inquiry_dns(inq, name, DNS_AAAA);
	if (a == NULL || aaaa == NULL)
		return false;
	found->ips = arena_alloc(inq->arena,
	    (a->nrecords + aaaa->nrecords + 1) * sizeof *found->ips);
	take_records(found, a);
	take_records(found, aaaa);
	return true;
}

bool
host_lookup(struct inquiry *inq, const char *name, struct host_addresses *found)
{
	const struct table *hosts = inq->policy->hosts;
	struct arena *arena = inq->arena;
	const char *list;

	*found = (struct host_addresses){ 0 };
	found->ips = arena_alloc(arena, sizeof *found->ips);
	if (host_number_parse(name, found->ips))
		found->n = 1;
	else if (hosts != NULL &&
	    inquiry_table(inq, hosts, name, &list) == LOOKUP_FOUND)
		take_list(found, arena, list);
	else if (!ask_dns(inq, name, found))
		return false;
	return true;
}
