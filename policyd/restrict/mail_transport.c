/*
 * The transport of an address: main.cf has one for each class of domains,
 * tables another for senders and for recipients, and who has moved gets none.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail_transport.h"
#include "address_lookup.h"
#include "destination.h"
#include "inquiry.h"
#include "mail_address.h"
#include "policy.h"

/* A key for the null sender. */
static const char null_sender[] = "<>";

/* CHANNEL[:NEXTHOP]; without one the nexthop stays. */
static void
set_default(struct mail_transport *transport, struct arena *arena,
    const char *text)
{
	size_t len = strcspn(text, ":");

	transport->channel = arena_strndup(arena, text, len);
	if (text[len] == ':' && text[len + 1] != '\0')
		transport->nexthop = text + len + 1;
}

/* The same of transport_maps: [CHANNEL]:[NEXTHOP], and a channel without a
 * nexthop has the domain's. */
static void
set_mapped(struct mail_transport *transport, struct arena *arena,
    const char *text, const char *domain)
{
	size_t len = strcspn(text, ":");

	if (len > 0) {
		transport->channel = arena_strndup(arena, text, len);
		transport->nexthop = mail_transport_is_none(transport)
		    ? "Address is undeliverable"
		    : domain;
	}
	if (text[len] == ':' && text[len + 1] != '\0')
		transport->nexthop = text + len + 1;
}

/* What a table has for the sender; NULL: nothing.  Returns 0 or -1. */
static int
find_of_sender(struct inquiry *inq, enum address_map map, const char *sender,
    const char **value)
{
	const struct table_list *maps = &inq->policy->address_maps[map];

	*value = NULL;
	if (sender[0] != '\0')
		sender = destination_rewrite(inq->policy, inq->arena, sender);
	else
		sender = null_sender;
	if (address_lookup(inq, maps, sender, value) == LOOKUP_TEMPFAIL)
		return -1;
	if (*value != NULL && strcasecmp(*value, "DUNNO") == 0)
		*value = NULL;
	return 0;
}

/* Of a destination that is another host's.  Returns 0 or -1. */
static int
find_remote(struct inquiry *inq, const struct destination *dest,
    const char *sender, struct mail_transport *transport)
{
	const struct policy_params *params = &inq->policy->params;
	const char *text = NULL, *relay;

	if (dest->class == DESTINATION_DEFAULT &&
	    find_of_sender(inq, MAP_SENDER_TRANSPORT, sender, &text) == -1)
		return -1;
	if (find_of_sender(inq, MAP_SENDER_RELAYHOST, sender, &relay) == -1)
		return -1;
	if (relay != NULL)
		transport->nexthop = relay;
	else if (params->relayhost[0] != '\0')
		transport->nexthop = params->relayhost;
	if (text == NULL)
		text = dest->class == DESTINATION_DEFAULT
		    ? params->default_transport
		    : params->relay_transport;
	set_default(transport, inq->arena, text);
	return 0;
}

static int
find_default(struct inquiry *inq, const struct destination *dest,
    const char *sender, struct mail_transport *transport)
{
	const struct policy_params *params = &inq->policy->params;

	switch (dest->class) {
	case DESTINATION_LOCAL:
		set_default(transport, inq->arena, params->local_transport);
		return 0;
	case DESTINATION_ALIAS:
		transport->channel = "error";
		transport->nexthop = params->show_user_unknown_table_name
		    ? "5.1.1 User unknown in virtual alias table"
		    : "5.1.1 User unknown";
		return 0;
	case DESTINATION_MAILBOX:
		set_default(transport, inq->arena, params->virtual_transport);
		return 0;
	case DESTINATION_RELAY:
	case DESTINATION_DEFAULT:
		return find_remote(inq, dest, sender, transport);
	}
	abort();
}

/* Tables of recipients come before what was found so far. */
static int
find_mapped(struct inquiry *inq, const struct destination *dest,
    const char *domain, struct mail_transport *transport)
{
	const struct table_list *maps = inq->policy->address_maps;
	const char *value;

	if (dest->class != DESTINATION_ALIAS)
		switch (address_lookup_transport(inq, &maps[MAP_TRANSPORT],
		    dest->resolved, &value)) {
		case LOOKUP_FOUND:
			set_mapped(transport, inq->arena, value, domain);
			break;
		case LOOKUP_NOT_FOUND:
			break;
		case LOOKUP_TEMPFAIL:
			return -1;
		}
	switch (
	    address_lookup(inq, &maps[MAP_RELOCATED], dest->resolved, &value)) {
	case LOOKUP_FOUND:
		transport->channel = "error";
		transport->nexthop = arena_printf(inq->arena,
		    "5.1.6 User has moved to %s", value);
		return 0;
	case LOOKUP_NOT_FOUND:
		return 0;
	case LOOKUP_TEMPFAIL:
		return -1;
	}
	abort();
}

int
mail_transport_find(struct inquiry *inq, const struct destination *dest,
    const char *sender, struct mail_transport *transport)
{
	const char *domain = mail_address_domain(dest->resolved, "");

	*transport = (struct mail_transport){ "", domain };
	if (!dest->is_valid)
		return 0;
	if (find_default(inq, dest, sender, transport) == -1 ||
	    transport->channel[0] == '\0' ||
	    find_mapped(inq, dest, domain, transport) == -1)
		return -1;
	inquiry_remark(inq, "transport",
	    arena_join(inq->arena,
		arena_join(inq->arena, transport->channel, ":"),
		transport->nexthop));
	return 0;
}

bool
mail_transport_is_none(const struct mail_transport *transport)
{
	return strcmp(transport->channel, "error") == 0 ||
	    strcmp(transport->channel, "retry") == 0;
}
