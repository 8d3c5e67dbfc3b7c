/*
 * Restrictions on the sender and the recipient address.
 */
#include <stdlib.h>
#include <string.h>

#include "restrict.h"
#include "destination.h"
#include "inquiry.h"
#include "host_name.h"
#include "mail_address.h"
#include "mail_host.h"
#include "policy.h"

static struct subject
sender_subject(struct inquiry *inq)
{
	return (struct subject){ REPLY_SENDER, inq->request->sender };
}

static struct subject
recipient_subject(struct inquiry *inq)
{
	return (struct subject){ REPLY_RECIPIENT, inq->request->recipient };
}

static bool
is_fully_qualified(struct inquiry *inq, const char *address)
{
	struct arena *arena = inq->arena;
	const char *domain = mail_address_domain(address, "");

	if (domain[0] == '[' && domain[strlen(domain) - 1] == ']')
		return true;
	domain = host_name_without_dot(arena, domain);
	/* A dot of another script is none to Postfix. */
	return strchr(domain, '.') != NULL &&
	    host_name_is_valid(domain_to_ascii(inq->policy, arena, domain));
}

static enum verdict
reject_non_fqdn(struct inquiry *inq, struct subject subject,
    struct action *action)
{
	const struct policy_params *params = &inq->policy->params;

	if (subject.name[0] == '\0' || is_fully_qualified(inq, subject.name))
		return VERDICT_DUNNO;
	return action_reject(action, (int)params->non_fqdn_reject_code, "5.5.2",
	    subject, "need fully-qualified address");
}

enum verdict
reject_non_fqdn_sender(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return reject_non_fqdn(inq, sender_subject(inq), action);
}

enum verdict
reject_non_fqdn_recipient(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return reject_non_fqdn(inq, recipient_subject(inq), action);
}

/* How the two forms of reject_unknown_*_domain differ. */
struct unknown_codes {
	const char *dsn;
	int null_mx_code;
	const char *null_mx_dsn;
};

static enum verdict
put_off(struct inquiry *inq, const struct unknown_codes *codes,
    struct subject subject, const char *text, struct action *action)
{
	if (inq->policy->params.unknown_address_tempfail_action ==
	    TEMPFAIL_DEFER)
		return action_reject(action, 450, codes->dsn, subject, text);
	return action_defer_if_permit(action, codes->dsn, subject, text);
}

static enum verdict
reject_unknown_domain(struct inquiry *inq, const struct unknown_codes *codes,
    struct subject subject, struct action *action)
{
	struct arena *arena = inq->arena;
	const struct destination *dest;
	enum mail_host host;
	const char *text;

	if (subject.name[0] == '\0')
		return VERDICT_DUNNO;
	dest = inquiry_destination(inq, subject.name);
	if (dest == NULL)
		return action_lookup_failure(action, arena, subject.name);
	if (destination_is_final(dest) || dest->domain[0] == '[')
		return VERDICT_DUNNO;
	host = mail_host_of_address(inq, dest->domain);
	text = mail_host_text(host, "Domain not found");
	switch (host) {
	case MAIL_HOST_FOUND:
		return VERDICT_DUNNO;
	case MAIL_HOST_WAITING:
		return VERDICT_WAITING;
	case MAIL_HOST_FAILED:
		return put_off(inq, codes, subject, text, action);
	case MAIL_HOST_NULL_MX:
		return action_reject(action, codes->null_mx_code,
		    codes->null_mx_dsn, subject,
		    arena_printf(arena,
			"Domain %s does not accept mail (nullMX)",
			dest->domain));
	case MAIL_HOST_NOT_FOUND:
	case MAIL_HOST_MALFORMED:
		return action_reject(action,
		    (int)inq->policy->params.unknown_address_reject_code,
		    codes->dsn, subject, text);
	}
	abort();
}

enum verdict
reject_unknown_sender_domain(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	static const struct unknown_codes codes = { "4.1.8", 550, "5.7.27" };

	(void)arg;
	return reject_unknown_domain(inq, &codes, sender_subject(inq), action);
}

enum verdict
reject_unknown_recipient_domain(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	static const struct unknown_codes codes = { "4.1.2", 556, "5.1.10" };

	(void)arg;
	return reject_unknown_domain(inq, &codes, recipient_subject(inq),
	    action);
}

enum verdict
permit_auth_destination(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *recipient = inq->request->recipient;
	const struct destination *dest;

	(void)arg;
	if (recipient[0] == '\0')
		return VERDICT_DUNNO;
	dest = inquiry_destination(inq, recipient);
	if (dest == NULL)
		return action_lookup_failure(action, inq->arena, recipient);
	return destination_is_authorised(dest, inq->policy) ? VERDICT_PERMIT
							    : VERDICT_DUNNO;
}

static enum verdict
refuse_relaying(struct inquiry *inq, int code, struct action *action)
{
	const char *recipient = inq->request->recipient;
	const struct destination *dest;

	if (recipient[0] == '\0')
		return VERDICT_DUNNO;
	dest = inquiry_destination(inq, recipient);
	if (dest == NULL)
		return action_lookup_failure(action, inq->arena, recipient);
	if (destination_is_authorised(dest, inq->policy))
		return VERDICT_DUNNO;
	return action_reject(action, code, "5.7.1",
	    (struct subject){ REPLY_PLAIN, "" },
	    arena_printf(inq->arena, "<%s>: Relay access denied", recipient));
}

enum verdict
reject_unauth_destination(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return refuse_relaying(inq,
	    (int)inq->policy->params.relay_domains_reject_code, action);
}

/* The same as a 4xx: 554 becomes 454. */
enum verdict
defer_unauth_destination(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	int code = (int)inq->policy->params.relay_domains_reject_code - 100;
	enum verdict verdict = refuse_relaying(inq, code, action);

	(void)arg;
	if (verdict != VERDICT_REJECT || action->is_fault || code >= 400)
		return verdict;
	/* 3NN is no refusal: this is what Postfix makes of it. */
	return action_reject(action, 450, "4.7.1",
	    (struct subject){ REPLY_PLAIN, "" }, "Service unavailable");
}

/* As old how-tos have it. */
enum verdict
check_relay_domains(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct policy_params *params = &inq->policy->params;
	const char *recipient = inq->request->recipient;
	enum verdict verdict;

	if (recipient[0] == '\0')
		return VERDICT_DUNNO;
	switch (inquiry_domain_in(inq, inq->policy->relay_domains,
	    "relay_domains", inq->request->client_name)) {
	case LOOKUP_FOUND:
		return VERDICT_PERMIT;
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return action_lookup_failure(action, inq->arena, recipient);
	}
	verdict = permit_auth_destination(inq, arg, action);
	if (verdict != VERDICT_DUNNO)
		return verdict;
	return action_reject(action, (int)params->relay_domains_reject_code,
	    "5.7.1", recipient_subject(inq), "Relay access denied");
}
