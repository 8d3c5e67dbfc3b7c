/*
 * Restrictions on the HELO name.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "restrict.h"
#include "inquiry.h"
#include "host_name.h"
#include "mail_host.h"
#include "policy.h"

static struct subject
helo_subject(struct inquiry *inq)
{
	return (struct subject){ REPLY_HELO, inq->request->helo_name };
}

/* A name in brackets must be an address literal, whatever is checked. */
static enum verdict
reject_invalid_literal(struct inquiry *inq, struct action *action)
{
	const struct policy_params *params = &inq->policy->params;

	if (host_literal_parse(inq->request->helo_name, NULL))
		return VERDICT_DUNNO;
	return action_reject(action, (int)params->invalid_hostname_reject_code,
	    "5.5.2", helo_subject(inq), "invalid ip address");
}

static bool
is_valid(const char *name)
{
	return host_name_is_valid(name) || host_address_is_valid(name);
}

static bool
is_fqdn(const char *name)
{
	return host_name_is_valid(name) && strchr(name, '.') != NULL;
}

/* Reject a name that is not as is_good wants it. */
static enum verdict
check_syntax(struct inquiry *inq, bool (*is_good)(const char *name), long code,
    const char *text, struct action *action)
{
	const char *name = inq->request->helo_name;

	if (name[0] == '\0')
		return VERDICT_DUNNO;
	if (name[0] == '[')
		return reject_invalid_literal(inq, action);
	if (is_good(host_name_without_dot(inq->arena, name)))
		return VERDICT_DUNNO;
	return action_reject(action, (int)code, "5.5.2", helo_subject(inq),
	    text);
}

enum verdict
reject_invalid_helo_hostname(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return check_syntax(inq, is_valid,
	    inq->policy->params.invalid_hostname_reject_code, "Invalid name",
	    action);
}

enum verdict
reject_non_fqdn_helo_hostname(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return check_syntax(inq, is_fqdn,
	    inq->policy->params.non_fqdn_reject_code,
	    "need fully-qualified hostname", action);
}

/* What a temporary failure of DNS means. */
static enum verdict
put_off(struct inquiry *inq, const char *text, struct action *action)
{
	if (inq->policy->params.unknown_helo_hostname_tempfail_action ==
	    TEMPFAIL_DEFER)
		return action_reject(action, 450, "4.7.1", helo_subject(inq),
		    text);
	return action_defer_if_permit(action, "4.7.1", helo_subject(inq), text);
}

enum verdict
reject_unknown_helo_hostname(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->helo_name;
	const struct policy_params *params = &inq->policy->params;
	enum mail_host host;
	const char *text;

	(void)arg;
	if (name[0] == '\0')
		return VERDICT_DUNNO;
	if (name[0] == '[')
		return reject_invalid_literal(inq, action);
	host = mail_host_of_helo(inq, name);
	text = mail_host_text(host, "Host not found");
	switch (host) {
	case MAIL_HOST_FOUND:
	case MAIL_HOST_NULL_MX:
		return VERDICT_DUNNO;
	case MAIL_HOST_WAITING:
		return VERDICT_WAITING;
	case MAIL_HOST_FAILED:
		return put_off(inq, text, action);
	case MAIL_HOST_NOT_FOUND:
	case MAIL_HOST_MALFORMED:
		return action_reject(action,
		    (int)params->unknown_hostname_reject_code, "4.7.1",
		    helo_subject(inq), text);
	}
	abort();
}

/* As old how-tos have it: an IPv4 address without brackets is good enough. */
enum verdict
permit_naked_ip_address(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const char *name = inq->request->helo_name;

	(void)arg;
	if (name[0] == '\0' || name[strspn(name, "0123456789.:")] != '\0')
		return VERDICT_DUNNO;
	if (strchr(name, ':') == NULL && host_address_is_valid(name))
		return VERDICT_PERMIT;
	return action_reject(action,
	    (int)inq->policy->params.invalid_hostname_reject_code, "5.5.2",
	    helo_subject(inq), "invalid ip address");
}
