/*
 * Rewriting and resolving of addresses: the rules of Postfix's
 * trivial-rewrite(8) for envelope addresses, on their internal form.
 */
#include <string.h>

#include "destination.h"
#include "host_name.h"
#include "mail_address.h"
#include "match_list.h"
#include "policy.h"
#include "strbuf.h"
#include "table.h"
#include "utf8.h"
#include "utf8_fold.h"

/* Each turn strips a domain or an operator, so an address ends the loop. */
struct resolution {
	const struct policy *policy;
	struct table_view *tables;
	struct arena *arena;
	char *address;
	const char *stripped; /* "@domain" of ours that was cut off last */
	bool is_quoted;       /* operators in the local part are none */
};

/* One trailing dot of the domain goes; "..", "@." are left to be errors. */
static void
strip_dot(char *address)
{
	size_t len = strlen(address);

	if (len >= 2 && address[len - 1] == '.' && address[len - 2] != '.' &&
	    address[len - 2] != '@' && strchr(address, '@') != NULL)
		address[len - 1] = '\0';
}

/* user@ becomes user. */
static void
strip_at(char *address)
{
	size_t len = strlen(address);

	if (len > 0 && address[len - 1] == '@')
		address[len - 1] = '\0';
}

/* site!user becomes user@site, user%site becomes user@site. */
static char *
swap_operators(const struct resolution *res, char *address)
{
	const struct policy_params *params = &res->policy->params;
	char *bang = params->swap_bangpath ? strchr(address, '!') : NULL;
	char *percent =
	    params->allow_percent_hack ? strrchr(address, '%') : NULL;

	if (bang != NULL)
		return arena_printf(res->arena, "%s@%.*s", bang + 1,
		    (int)(bang - address), address);
	if (percent != NULL)
		*percent = '@';
	else if (params->append_at_myorigin && params->myorigin[0] != '\0')
		return arena_printf(res->arena, "%s@%s", address,
		    params->myorigin);
	return address;
}

/* Bring an address into the form user@domain. */
static char *
rewrite(const struct resolution *res, char *address)
{
	const char *domain;
	char *colon;

	if (address[0] == '\0')
		return address;
	if (address[0] == '@' && (colon = strchr(address, ':')) != NULL)
		address = colon + 1; /* a source route */
	if (strchr(address, '@') == NULL)
		address = swap_operators(res, address);
	domain = mail_address_domain(address, "");
	if (res->policy->params.append_dot_mydomain && domain[0] != '\0' &&
	    domain[0] != '[' && strchr(domain, '.') == NULL)
		address = arena_printf(res->arena, "%s.%s", address,
		    res->policy->params.mydomain);
	strip_dot(address);
	return address;
}

int
destination_is_local_domain(const struct policy *policy,
    struct table_view *tables, struct arena *arena, const char *domain)
{
	size_t len = strlen(domain);
	struct match match;
	struct ip ip;

	if (len > 0 && domain[len - 1] == '.')
		len--;
	if (len == 0 || domain[len - 1] == '.')
		return 0;
	domain = arena_strndup(arena, domain, len);
	match = match_list_domain(policy->mydestination, tables, domain);
	switch (match.result) {
	case LOOKUP_FOUND:
		return 1;
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return -1;
	}
	return domain[0] == '[' && host_literal_parse(domain, &ip) &&
	    own_addresses_have(&policy->own_addresses, &ip);
}

static bool
has_operator(const struct resolution *res)
{
	const struct policy_params *params = &res->policy->params;

	return strchr(res->address, '@') != NULL ||
	    (params->swap_bangpath && strchr(res->address, '!') != NULL) ||
	    (params->allow_percent_hack && strchr(res->address, '%') != NULL);
}

/*
 * Strip our own domains off, and follow the operators in what is left.
 * Returns 1 when the mail stays here, 0 when a foreign domain is left, -1.
 */
static int
strip_own_domains(struct resolution *res)
{
	char *at;
	int is_local;

	for (;;) {
		strip_dot(res->address);
		if (res->policy->params.resolve_null_domain)
			strip_at(res->address);
		at = mail_address_at(res->address);
		if (at != NULL && at[1] != '\0') {
			is_local = destination_is_local_domain(res->policy,
			    res->tables, res->arena, at + 1);
			if (is_local != 1)
				return is_local;
		}
		if (at != NULL) {
			res->stripped = arena_strdup(res->arena, at);
			*at = '\0';
		}
		if (res->is_quoted || !has_operator(res))
			return 1;
		res->address = rewrite(res, res->address);
	}
}

/*
 * Give what stays here its domain back.  What had none gets the name of this
 * host, which is ours only where mydestination has it.  Returns 1, 0 or -1.
 */
static int
restore_domain(struct resolution *res)
{
	const struct policy_params *params = &res->policy->params;
	const char *local = res->address;

	if (local[0] == '\0')
		local = params->empty_address_recipient;
	if (res->stripped != NULL) {
		res->address = arena_join(res->arena, local, res->stripped);
		return 1;
	}
	res->address =
	    arena_printf(res->arena, "%s@%s", local, params->myhostname);
	return destination_is_local_domain(res->policy, res->tables, res->arena,
	    params->myhostname);
}

const char *
domain_to_ascii(const struct policy *policy, struct arena *arena,
    const char *domain)
{
	const char *ascii = NULL;

	if (policy->params.smtputf8_enable)
		ascii = host_name_to_ascii(arena, domain);
	return ascii != NULL ? ascii : domain;
}

static bool
domain_is_valid(const struct resolution *res, const char *domain)
{
	if (domain[0] == '[')
		return host_literal_parse(domain, NULL);
	return host_name_is_valid(
	    domain_to_ascii(res->policy, res->arena, domain));
}

/*
 * user@1.2.3.4 becomes user@[1.2.3.4].  Returns 1 when that is ours, 0, -1.
 */
static int
bracket_domain(struct resolution *res)
{
	const char *domain = mail_address_domain(res->address, "");

	if (!res->policy->params.resolve_numeric_domain ||
	    !host_address_is_valid(domain))
		return 0;
	res->address = arena_printf(res->arena, "%.*s[%s]",
	    (int)(domain - res->address), res->address, domain);
	return destination_is_local_domain(res->policy, res->tables, res->arena,
	    mail_address_domain(res->address, ""));
}

/* Whether a local part has to be quoted in a message. */
static bool
needs_quotes(const char *address)
{
	return mail_local_needs_quotes(address,
	    mail_address_local_len(address));
}

/* Which class a domain that is not local belongs to; -1: a table failed. */
static int
classify(const struct resolution *res, const char *domain,
    enum destination_class *class)
{
	const struct {
		const struct match_list *list;
		enum destination_class class;
	} lists[] = {
		{ res->policy->virtual_alias_domains, DESTINATION_ALIAS },
		{ res->policy->virtual_mailbox_domains, DESTINATION_MAILBOX },
		{ res->policy->relay_domains, DESTINATION_RELAY },
	};

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct match match =
		    match_list_domain(lists[i].list, res->tables, domain);

		switch (match.result) {
		case LOOKUP_FOUND:
			*class = lists[i].class;
			return 0;
		case LOOKUP_NOT_FOUND:
			continue;
		case LOOKUP_TEMPFAIL:
			return -1;
		}
	}
	*class = DESTINATION_DEFAULT;
	return 0;
}

static const char *
fold(struct arena *arena, const char *address)
{
	struct strbuf folded = { 0 };
	const char *copy;

	if (utf8_is_ascii(address))
		return arena_lower(arena, address);
	utf8_fold(address, &folded);
	copy = arena_strdup(arena, strbuf_str(&folded));
	strbuf_free(&folded);
	return copy;
}

const char *
destination_rewrite(const struct policy *policy, struct arena *arena,
    const char *address)
{
	const struct resolution res = { .policy = policy, .arena = arena };

	return rewrite(&res, arena_strdup(arena, address));
}

int
destination_resolve(struct destination *dest, const struct policy *policy,
    struct table_view *tables, struct arena *arena, const char *address)
{
	struct resolution res = { .policy = policy,
		.tables = tables,
		.arena = arena };
	const char *op;
	int is_local, is_bracketed_local;

	res.address = rewrite(&res, arena_strdup(arena, address));
	res.is_quoted = !policy->params.resolve_dequoted_address &&
	    needs_quotes(res.address);
	is_local = strip_own_domains(&res);
	if (is_local == 1)
		is_local = restore_domain(&res);
	if (is_local == -1)
		return -1;
	is_bracketed_local = bracket_domain(&res);
	if (is_bracketed_local == -1)
		return -1;
	is_local = is_local || is_bracketed_local;
	dest->resolved = res.address;
	dest->address = fold(arena, res.address);
	dest->domain = mail_address_domain(dest->address, "");
	op = dest->address + strcspn(dest->address, "@!%");
	dest->is_routed = op + 1 != dest->domain;
	dest->class = is_local ? DESTINATION_LOCAL : DESTINATION_DEFAULT;
	dest->is_valid = domain_is_valid(&res, dest->domain);
	if (!dest->is_valid)
		dest->class = DESTINATION_DEFAULT;
	else if (!is_local)
		return classify(&res, dest->domain, &dest->class);
	return 0;
}

bool
destination_is_final(const struct destination *dest)
{
	return dest->class != DESTINATION_RELAY &&
	    dest->class != DESTINATION_DEFAULT;
}

bool
destination_is_authorised(const struct destination *dest,
    const struct policy *policy)
{
	if (dest->is_routed && !policy->params.allow_untrusted_routing)
		return false;
	return dest->class != DESTINATION_DEFAULT;
}
