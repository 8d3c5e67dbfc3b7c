/*
 * Restrictions on who may use a sender address: smtpd_sender_login_maps.
 */
#include <string.h>
#include <strings.h>

#include "restrict.h"
#include "destination.h"
#include "inquiry.h"
#include "mail_address.h"
#include "policy.h"
#include "table.h"

/* Look one key up in all tables, one after the other. */
static enum lookup
look(struct inquiry *inq, bool is_whole, const char *key, const char **owners)
{
	const struct table_list *maps = &inq->policy->smtpd_sender_login_maps;
	enum lookup result;

	for (size_t i = 0; i < maps->n; i++) {
		if (!is_whole && table_wants_whole_keys(maps->tables[i]))
			continue;
		result = inquiry_table(inq, maps->tables[i], key, owners);
		if (result != LOOKUP_NOT_FOUND)
			return result;
	}
	return LOOKUP_NOT_FOUND;
}

/* Whether addresses of the domain may stand without it in the tables. */
static enum lookup
is_home_domain(struct inquiry *inq, const char *domain)
{
	if (strcasecmp(domain, inq->policy->params.myorigin) == 0)
		return LOOKUP_FOUND;
	return inquiry_local_domain(inq, domain);
}

/* What is looked up, in this order. */
struct keys {
	const char *keys[9];
	size_t n;
	size_t nwhole; /* so many are the whole address */
};

/* The quoted form and, where it differs, the plain one. */
static void
add_key(struct keys *keys, const char *quoted, const char *plain)
{
	keys->keys[keys->n++] = quoted;
	if (plain != quoted)
		keys->keys[keys->n++] = plain;
}

/* user+ext@domain, user@domain, user (of a domain of ours), @domain. */
static void
collect_keys(struct keys *keys, struct arena *arena,
    const struct destination *dest, bool is_home, const char *delimiters)
{
	const char *at = dest->domain - 1;
	const char *local =
	    arena_strndup(arena, dest->address, (size_t)(at - dest->address));
	const char *base = mail_local_base(arena, local, delimiters);
	const char *bare;

	add_key(keys, mail_address_quoted(arena, dest->address), dest->address);
	keys->nwhole = keys->n;
	if (base != NULL) {
		bare = arena_join(arena, base, at);
		add_key(keys, mail_address_quoted(arena, bare), bare);
	}
	if (is_home)
		add_key(keys, mail_local_quoted(arena, local), local);
	if (is_home && base != NULL)
		add_key(keys, mail_local_quoted(arena, base), base);
	add_key(keys, at, at);
}

/* The logins that own the sender.  TEMPFAIL: action says what to answer. */
static enum lookup
find_owners(struct inquiry *inq, const char **owners, struct action *action)
{
	const char *sender = inq->request->sender;
	const struct destination *dest = inquiry_destination(inq, sender);
	enum lookup home = LOOKUP_TEMPFAIL, result = LOOKUP_NOT_FOUND;
	struct keys keys = { 0 };

	if (dest != NULL)
		home = is_home_domain(inq, dest->domain);
	if (home == LOOKUP_TEMPFAIL) {
		action_lookup_failure(action, inq->arena, sender);
		return LOOKUP_TEMPFAIL;
	}
	collect_keys(&keys, inq->arena, dest, home == LOOKUP_FOUND,
	    inq->policy->params.recipient_delimiter);
	for (size_t i = 0; i < keys.n && result == LOOKUP_NOT_FOUND; i++)
		result = look(inq, i < keys.nwhole, keys.keys[i], owners);
	if (result == LOOKUP_TEMPFAIL && inquiry_failed_for_now(inq))
		action_lookup_failure(action, inq->arena, sender);
	else if (result == LOOKUP_TEMPFAIL)
		action_fault(action);
	return result;
}

/* Whether a login is in a list of logins. */
static bool
is_owner(const char *owners, const char *login)
{
	static const char separators[] = ", \t\r\n";
	size_t loginlen = strlen(login), len;

	for (;;) {
		owners += strspn(owners, separators);
		len = strcspn(owners, separators);
		if (len == 0)
			return false;
		if (len == loginlen && strncasecmp(owners, login, len) == 0)
			return true;
		owners += len;
	}
}

static struct subject
sender_subject(struct inquiry *inq)
{
	return (struct subject){ REPLY_SENDER, inq->request->sender };
}

static enum verdict
reject_stranger(struct inquiry *inq, struct action *action)
{
	return action_reject(action, 553, "5.7.1", sender_subject(inq),
	    arena_printf(inq->arena, "not owned by user %s",
		inq->request->sasl_username));
}

static enum verdict
reject_anonymous(struct inquiry *inq, struct action *action)
{
	return action_reject(action, 553, "5.7.1", sender_subject(inq),
	    "not logged in");
}

/* Which senders a login may not use. */
enum strictness {
	STRICT_ALL,   /* those it does not own, and those nobody owns */
	STRICT_KNOWN, /* those that somebody else owns */
};

static enum verdict
check_login(struct inquiry *inq, enum strictness strictness,
    struct action *action)
{
	const struct request *request = inq->request;
	const char *owners;

	if (request->sender[0] == '\0' || request->sasl_username[0] == '\0')
		return VERDICT_DUNNO;
	switch (find_owners(inq, &owners, action)) {
	case LOOKUP_FOUND:
		if (is_owner(owners, request->sasl_username))
			return VERDICT_DUNNO;
		break;
	case LOOKUP_NOT_FOUND:
		if (strictness == STRICT_KNOWN)
			return VERDICT_DUNNO;
		break;
	case LOOKUP_TEMPFAIL:
		return VERDICT_REJECT;
	}
	return reject_stranger(inq, action);
}

static enum verdict
check_anonymous(struct inquiry *inq, struct action *action)
{
	const struct request *request = inq->request;
	const char *owners;

	if (request->sender[0] == '\0' || request->sasl_username[0] != '\0')
		return VERDICT_DUNNO;
	switch (find_owners(inq, &owners, action)) {
	case LOOKUP_FOUND:
		return reject_anonymous(inq, action);
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return VERDICT_REJECT;
	}
	return VERDICT_DUNNO;
}

enum verdict
reject_authenticated_sender_login_mismatch(struct inquiry *inq,
    const struct argument *arg, struct action *action)
{
	(void)arg;
	return check_login(inq, STRICT_ALL, action);
}

enum verdict
reject_unauthenticated_sender_login_mismatch(struct inquiry *inq,
    const struct argument *arg, struct action *action)
{
	(void)arg;
	return check_anonymous(inq, action);
}

enum verdict
reject_sender_login_mismatch(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	enum verdict verdict = check_login(inq, STRICT_ALL, action);

	(void)arg;
	return verdict != VERDICT_DUNNO ? verdict
					: check_anonymous(inq, action);
}

enum verdict
reject_known_sender_login_mismatch(struct inquiry *inq,
    const struct argument *arg, struct action *action)
{
	enum verdict verdict = check_login(inq, STRICT_KNOWN, action);

	(void)arg;
	return verdict != VERDICT_DUNNO ? verdict
					: check_anonymous(inq, action);
}
