/*
 * The search orders of tables whose keys are mail addresses: virtual(5),
 * canonical(5), relocated(5) and transport(5).
 */
#include <string.h>
#include <strings.h>

#include "address_lookup.h"
#include "inquiry.h"
#include "mail_address.h"
#include "policy.h"
#include "table.h"

/* A search as far as it came: it goes on while nothing is found. */
struct search {
	struct inquiry *inq;
	const struct table_list *maps;
	const char **value;
	enum lookup result;
};

enum key {
	KEY_WHOLE,
	KEY_PART, /* not for tables that are asked for whole keys only */
};

static void
look(struct search *search, enum key kind, const char *key)
{
	const struct table_list *maps = search->maps;

	for (size_t i = 0; i < maps->n && search->result == LOOKUP_NOT_FOUND;
	     i++)
		if (kind == KEY_WHOLE ||
		    !table_wants_whole_keys(maps->tables[i]))
			search->result = inquiry_table(search->inq,
			    maps->tables[i], key, search->value);
}

/* The quoted form and, where it differs, the plain one. */
static void
look_both(struct search *search, enum key kind, const char *quoted,
    const char *plain)
{
	look(search, kind, quoted);
	if (plain != quoted)
		look(search, kind, plain);
}

/* What an address is made of. */
struct parts {
	const char *local;
	const char *base; /* that without its extension; NULL: it has none */
	const char *at;   /* "@domain"; NULL: there is none */
};

static struct parts
take_apart(const struct inquiry *inq, const char *address)
{
	struct parts parts = { .at = mail_address_at(address) };

	parts.local =
	    arena_strndup(inq->arena, address, mail_address_local_len(address));
	parts.base = mail_local_base(inq->arena, parts.local,
	    inq->policy->params.recipient_delimiter);
	return parts;
}

/* What both orders begin with.  Returns whether there is more to look for. */
static bool
look_address(struct search *search, const char *address, struct parts *parts)
{
	struct arena *arena = search->inq->arena;
	const char *bare;

	if (search->maps->n == 0)
		return false;
	*parts = take_apart(search->inq, address);
	look_both(search, KEY_WHOLE, mail_address_quoted(arena, address),
	    address);
	if (parts->base != NULL) {
		bare = arena_join(arena, parts->base,
		    parts->at != NULL ? parts->at : "");
		look_both(search, KEY_PART, mail_address_quoted(arena, bare),
		    bare);
	}
	return search->result == LOOKUP_NOT_FOUND && parts->at != NULL;
}

/* Whether addresses of the domain may stand without it in the tables. */
static enum lookup
is_home_domain(struct inquiry *inq, const char *domain)
{
	if (strcasecmp(domain, inq->policy->params.myorigin) == 0)
		return LOOKUP_FOUND;
	return inquiry_local_domain(inq, domain);
}

static void
look_local(struct search *search, const struct parts *parts)
{
	struct arena *arena = search->inq->arena;

	switch (is_home_domain(search->inq, parts->at + 1)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_NOT_FOUND:
		return;
	case LOOKUP_TEMPFAIL:
		search->result = LOOKUP_TEMPFAIL;
		return;
	}
	look_both(search, KEY_PART, mail_local_quoted(arena, parts->local),
	    parts->local);
	if (parts->base != NULL)
		look_both(search, KEY_PART,
		    mail_local_quoted(arena, parts->base), parts->base);
}

static void
look_domains(struct search *search, const char *domain)
{
	bool is_dotted = search->inq->policy->transport_parents_are_dotted;
	const char *dot;

	while (*domain != '\0') {
		look(search, KEY_PART, domain);
		dot = strchr(domain + 1, '.');
		if (dot == NULL)
			return;
		domain = is_dotted ? dot : dot + 1;
	}
}

enum lookup
address_lookup(struct inquiry *inq, const struct table_list *maps,
    const char *address, const char **value)
{
	struct search search = { inq, maps, value, LOOKUP_NOT_FOUND };
	struct parts parts;

	if (look_address(&search, address, &parts)) {
		look_local(&search, &parts);
		look(&search, KEY_PART, parts.at);
	}
	return search.result;
}

enum lookup
address_lookup_transport(struct inquiry *inq, const struct table_list *maps,
    const char *address, const char **value)
{
	struct search search = { inq, maps, value, LOOKUP_NOT_FOUND };
	struct parts parts;

	if (look_address(&search, address, &parts)) {
		look_domains(&search, parts.at + 1);
		look(&search, KEY_WHOLE, "*");
	}
	return search.result;
}

enum verdict
address_lookup_failure(struct inquiry *inq, const char *address,
    struct action *action)
{
	if (inquiry_failed_for_now(inq))
		return action_lookup_failure(action, inq->arena, address);
	return action_fault(action);
}
