/*
 * Restrictions that need nothing but the request.
 */
#include <stdlib.h>

#include "restrict.h"
#include "evaluation.h"
#include "policy.h"

enum verdict
restrict_permit(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)ev;
	(void)arg;
	(void)action;
	return VERDICT_PERMIT;
}

enum verdict
restrict_reject(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_reject(action,
	    (int)evaluation_policy(ev)->params.reject_code, "5.7.1",
	    evaluation_subject(ev), "Access denied");
}

enum verdict
restrict_defer(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_reject(action,
	    (int)evaluation_policy(ev)->params.defer_code, "4.3.2",
	    evaluation_subject(ev), "Try again later");
}

enum verdict
restrict_defer_if_permit(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_defer_if_permit(action, "4.7.0", evaluation_subject(ev),
	    "defer_if_permit requested");
}

enum verdict
restrict_defer_if_reject(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	return action_defer_if_reject(action, "4.7.0", evaluation_subject(ev),
	    "defer_if_reject requested");
}

enum verdict
reject_plaintext_session(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)arg;
	if (evaluation_request(ev)->encryption_protocol[0] != '\0')
		return VERDICT_DUNNO;
	return action_reject(action,
	    (int)evaluation_policy(ev)->params.plaintext_reject_code, "4.7.1",
	    (struct subject){ REPLY_PLAIN, "" },
	    "Session encryption is required");
}

/*
 * At RCPT Postfix sends no count; but it opens a queue file with the first
 * recipient it accepts, so a queue_id says that there is one.
 */
static bool
has_other_recipients(struct evaluation *ev)
{
	const struct request *request = evaluation_request(ev);
	long count = strtol(request->recipient_count, NULL, 10);

	if (request->state != STATE_RCPT)
		return count > 1;
	return request->queue_id[0] != '\0' &&
	    evaluation_passed_recipients(ev) > 0;
}

enum verdict
reject_multi_recipient_bounce(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	const struct policy_params *params = &evaluation_policy(ev)->params;
	const struct request *request = evaluation_request(ev);

	(void)arg;
	if (!request_has_sender(request) || request->sender[0] != '\0' ||
	    !has_other_recipients(ev))
		return VERDICT_DUNNO;
	return action_reject(action,
	    (int)params->multi_recipient_bounce_reject_code, "5.5.3",
	    evaluation_subject(ev), "Multi-recipient bounce");
}

enum verdict
restrict_class(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	return evaluation_run(ev, arg->class->program, evaluation_subject(ev),
	    action);
}

/* What could not be read in the value of a table. */
enum verdict
restrict_fault(struct evaluation *ev, const struct argument *arg,
    struct action *action)
{
	(void)ev;
	(void)arg;
	return action_fault(action);
}
