/*
 * Restrictions that need nothing but the request.
 */
#include <stdlib.h>

#include "restrict.h"
#include "inquiry.h"
#include "policy.h"

enum verdict
restrict_permit(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)inq;
	(void)arg;
	(void)action;
	return VERDICT_PERMIT;
}

enum verdict
restrict_reject(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_reject(action, (int)inq->policy->params.reject_code,
	    "5.7.1", inq->subject, "Access denied");
}

enum verdict
restrict_defer(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_reject(action, (int)inq->policy->params.defer_code,
	    "4.3.2", inq->subject, "Try again later");
}

enum verdict
restrict_defer_if_permit(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_defer_if_permit(action, "4.7.0", inq->subject,
	    "defer_if_permit requested");
}

enum verdict
restrict_defer_if_reject(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_defer_if_reject(action, "4.7.0", inq->subject,
	    "defer_if_reject requested");
}

enum verdict
reject_plaintext_session(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	if (inq->request->encryption_protocol[0] != '\0')
		return VERDICT_DUNNO;
	return action_reject(action,
	    (int)inq->policy->params.plaintext_reject_code, "4.7.1",
	    (struct subject){ REPLY_PLAIN, "" },
	    "Session encryption is required");
}

/*
 * At RCPT Postfix sends no count; but it opens a queue file with the first
 * recipient it accepts, so a queue_id says that there is one.
 */
static bool
has_other_recipients(struct inquiry *inq)
{
	const struct request *request = inq->request;
	long count = strtol(request->recipient_count, NULL, 10);

	if (request->state != STATE_RCPT)
		return count > 1;
	return request->queue_id[0] != '\0' &&
	    inquiry_passed_recipients(inq) > 0;
}

enum verdict
reject_multi_recipient_bounce(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	const struct policy_params *params = &inq->policy->params;
	const struct request *request = inq->request;

	(void)arg;
	if (!request_has_sender(request) || request->sender[0] != '\0' ||
	    !has_other_recipients(inq))
		return VERDICT_DUNNO;
	return action_reject(action,
	    (int)params->multi_recipient_bounce_reject_code, "5.5.3",
	    inq->subject, "Multi-recipient bounce");
}

enum verdict
restrict_class(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	return inquiry_run(inq, arg->class->program, inq->subject, action);
}

/* What could not be read in the value of a table. */
enum verdict
restrict_fault(struct inquiry *inq, const struct argument *arg,
    struct action *action)
{
	(void)inq;
	(void)arg;
	return action_fault(action);
}
