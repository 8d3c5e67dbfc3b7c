/*
 * Restrictions on addresses that nobody has: the tables of recipients
 * (LOCAL_RECIPIENT_README, ADDRESS_CLASS_README).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "restrict.h"
#include "address_lookup.h"
#include "destination.h"
#include "inquiry.h"
#include "mail_transport.h"
#include "policy.h"

/* What is looked at, and where its mail goes or comes from. */
struct examined {
	struct subject subject;
	const char *peer; /* the other end: the sender of a recipient */
	const struct destination *dest;
	struct mail_transport transport;
};

static const char *
status_of(const struct examined *examined)
{
	return examined->subject.class == REPLY_SENDER ? "5.1.0" : "5.1.1";
}

/* Whether the address becomes another one, wherever that leads. */
static enum lookup
is_rewritten(struct inquiry *inq, const struct examined *examined)
{
	static const enum address_map maps[] = { MAP_RECIPIENT_CANONICAL,
		MAP_SENDER_CANONICAL, MAP_CANONICAL, MAP_VIRTUAL_ALIAS };
	enum lookup result = LOOKUP_NOT_FOUND;
	const char *ignored;

	for (size_t i = 0;
	     i < sizeof maps / sizeof maps[0] && result == LOOKUP_NOT_FOUND;
	     i++)
		if (maps[i] != MAP_SENDER_CANONICAL ||
		    examined->subject.class == REPLY_SENDER)
			result = address_lookup(inq,
			    &inq->policy->address_maps[maps[i]],
			    examined->dest->address, &ignored);
	return result;
}

/* A transport that delivers nothing says why. */
static enum verdict
reject_undeliverable(struct inquiry *inq, const struct examined *examined,
    struct action *action)
{
	const struct mail_transport *transport = &examined->transport;
	const char *text = transport->nexthop;
	char dsn[DSN_SIZE];
	int code = 550;

	if (strcmp(transport->channel, "retry") == 0)
		code = 450;
	else if (examined->dest->class == DESTINATION_ALIAS)
		code =
		    (int)inq->policy->params.unknown_virtual_alias_reject_code;
	text = reply_split_dsn(dsn, text + strspn(text, " \t\r\n"),
	    status_of(examined));
	reply_fix_dsn(dsn, examined->subject.class);
	return action_reject(action, code, dsn, examined->subject, text);
}

/* Who is at home here without being in any table. */
static bool
is_reserved(const char *address)
{
	static const char *const names[] = { "double-bounce@", "postmaster@",
		"mailer-daemon@" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncasecmp(address, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Look into the table of the domain's class, if it has one. */
static enum verdict
reject_unknown(struct inquiry *inq, const struct examined *examined,
    enum address_map map, int code, const char *table, struct action *action)
{
	const struct table_list *maps = &inq->policy->address_maps[map];
	const char *address = examined->dest->address, *ignored;

	if (maps->n == 0)
		return VERDICT_DUNNO;
	switch (address_lookup(inq, maps, address, &ignored)) {
	case LOOKUP_FOUND:
		return VERDICT_DUNNO;
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return address_lookup_failure(inq, examined->subject.name,
		    action);
	}
	if (!inq->policy->params.show_user_unknown_table_name)
		table = "";
	return action_reject(action, code, status_of(examined),
	    examined->subject, arena_join(inq->arena, "User unknown", table));
}

static enum verdict
reject_unknown_of_class(struct inquiry *inq, const struct examined *examined,
    struct action *action)
{
	const struct policy_params *params = &inq->policy->params;

	switch (examined->dest->class) {
	case DESTINATION_LOCAL:
		if (is_reserved(examined->dest->address))
			return VERDICT_DUNNO;
		return reject_unknown(inq, examined, MAP_LOCAL_RECIPIENT,
		    (int)params->unknown_local_recipient_reject_code,
		    " in local recipient table", action);
	case DESTINATION_MAILBOX:
		return reject_unknown(inq, examined, MAP_VIRTUAL_MAILBOX,
		    (int)params->unknown_virtual_mailbox_reject_code,
		    " in virtual mailbox table", action);
	case DESTINATION_RELAY:
		return reject_unknown(inq, examined, MAP_RELAY_RECIPIENT,
		    (int)params->unknown_relay_recipient_reject_code,
		    " in relay recipient table", action);
	case DESTINATION_ALIAS:
	case DESTINATION_DEFAULT:
		return VERDICT_DUNNO;
	}
	abort();
}

static enum verdict
examine(struct inquiry *inq, struct examined *examined, struct action *action)
{
	const char *address = examined->subject.name;

	examined->dest = inquiry_destination(inq, address);
	if (examined->dest == NULL ||
	    mail_transport_find(inq, examined->dest, examined->peer,
		&examined->transport) == -1)
		return action_lookup_failure(action, inq->arena, address);
	switch (is_rewritten(inq, examined)) {
	case LOOKUP_FOUND:
		return VERDICT_DUNNO;
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return address_lookup_failure(inq, address, action);
	}
	if (mail_transport_is_none(&examined->transport))
		return reject_undeliverable(inq, examined, action);
	return reject_unknown_of_class(inq, examined, action);
}

enum verdict
reject_unlisted(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct request *request = inq->request;
	struct examined examined = {
		.subject = { REPLY_RECIPIENT, request->recipient },
		.peer = request->sender,
	};

	if (arg->variant == REPLY_SENDER) {
		examined.subject =
		    (struct subject){ REPLY_SENDER, request->sender };
		examined.peer = request->recipient;
	}
	if (examined.subject.name[0] == '\0')
		return VERDICT_DUNNO;
	if (!inq->policy->has_address_maps) {
		inquiry_log(inq,
		    "<%s>: a table asks for the tables of recipients, which "
		    "are read only where a list of policyd.cf does",
		    examined.subject.name);
		return action_fault(action);
	}
	return examine(inq, &examined, action);
}
