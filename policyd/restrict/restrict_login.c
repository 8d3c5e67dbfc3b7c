/*
 * Restrictions on who may use a sender address: smtpd_sender_login_maps.
 */
#include <string.h>
#include <strings.h>

#include "restrict.h"
#include "address_lookup.h"
#include "destination.h"
#include "inquiry.h"
#include "policy.h"

/* The logins that own the sender.  TEMPFAIL: action says what to answer. */
static enum lookup
find_owners(struct inquiry *inq, const char **owners, struct action *action)
{
	const char *sender = inq->request->sender;
	const struct destination *dest = inquiry_destination(inq, sender);
	enum lookup result;

	if (dest == NULL) {
		action_lookup_failure(action, inq->arena, sender);
		return LOOKUP_TEMPFAIL;
	}
	result = address_lookup(inq, &inq->policy->smtpd_sender_login_maps,
	    dest->address, owners);
	if (result == LOOKUP_TEMPFAIL)
		address_lookup_failure(inq, sender, action);
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
