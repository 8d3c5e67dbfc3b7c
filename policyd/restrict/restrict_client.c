/*
 * Restrictions on the client: its address, its names, its login.
 */
#include "restrict.h"
#include "client_name.h"
#include "inquiry.h"
#include "policy.h"

#define TEMPORARY_CODE 450 /* for trouble with DNS, whatever is configured */

static const struct subject plain = { REPLY_PLAIN, "" };

enum verdict
permit_mynetworks(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	switch (inquiry_client_in(inq, inq->policy->mynetworks, "mynetworks")) {
	case LOOKUP_FOUND:
		return VERDICT_PERMIT;
	case LOOKUP_NOT_FOUND:
		break;
	case LOOKUP_TEMPFAIL:
		return action_lookup_failure(action, inq->arena,
		    inq->subject.name);
	}
	return VERDICT_DUNNO;
}

enum verdict
permit_sasl_authenticated(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	(void)action;
	return inq->request->sasl_username[0] != '\0' ? VERDICT_PERMIT
						      : VERDICT_DUNNO;
}

/*
 * The request says only "unknown": ask again whether that is for good.  A PTR
 * name that is known has failed on the way forward.
 * Returns 1 for a temporary failure, 0 for a permanent one, -1: not yet known.
 */
static int
name_failed_temporarily(struct inquiry *inq)
{
	const struct request *request = inq->request;
	const struct dns_answer *answer;

	if (ip_len(&request->client) == 0)
		return 0;
	if (request_name_is_unknown(request->reverse_client_name))
		answer = inquiry_dns(inq,
		    client_ptr_name(inq, &request->client), DNS_PTR);
	else
		answer = inquiry_dns(inq, request->reverse_client_name,
		    ip_len(&request->client) == 4 ? DNS_A : DNS_AAAA);
	if (answer == NULL)
		return -1;
	return answer->status == DNS_FAILED;
}

/* Refuse a client without a name: temporary failures get their own code. */
static enum verdict
reject_unknown(struct inquiry *inq, const char *dsn, const char *what,
    struct action *action)
{
	int code = (int)inq->policy->params.unknown_client_reject_code;
	int is_temporary = 0;
	const char *text = arena_printf(inq->arena,
	    "Client host rejected: cannot find your %s, [%s]", what,
	    inq->request->client_address);

	if (code != TEMPORARY_CODE)
		is_temporary = name_failed_temporarily(inq);
	if (is_temporary == -1)
		return VERDICT_WAITING;
	return action_reject(action, is_temporary ? TEMPORARY_CODE : code, dsn,
	    plain, text);
}

enum verdict
reject_unknown_client_hostname(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	if (!request_name_is_unknown(inq->request->client_name))
		return VERDICT_DUNNO;
	return reject_unknown(inq, "4.7.25", "hostname", action);
}

enum verdict
reject_unknown_reverse_client_hostname(struct inquiry *inq,
    const struct argument *arg, struct action *action)
{
	(void)arg;
	if (!request_name_is_unknown(inq->request->reverse_client_name))
		return VERDICT_DUNNO;
	return reject_unknown(inq, "4.7.1", "reverse hostname", action);
}
