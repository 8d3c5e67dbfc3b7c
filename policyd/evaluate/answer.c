/*
 * From the outcome of a walk to the answer for Postfix.
 */
#include "answer.h"
#include "policy.h"
#include "request.h"

bool
outcome_is_pass(const struct outcome *outcome)
{
	return !outcome->is_refused && outcome->defer_if_permit.reply.code == 0;
}

/*
 * What is put off is left to Postfix, whose own lists may still refuse.  It
 * sends access_map_defer_code then, whatever our reply code: where that would
 * be another one, the answer is the reply itself, once all lists have been
 * walked.
 */
static enum answer_kind
kind_of_pending(const struct reply *reply, const struct policy *policy,
    const struct request *request, enum stage only)
{
	bool is_last = only == STAGE_COUNT && request->state >= STATE_RCPT;
	bool is_same = reply->code == policy->params.access_map_defer_code;

	return is_last && !is_same ? ANSWER_REPLY : ANSWER_DEFER_IF_PERMIT;
}

struct answer
answer_of(const struct outcome *outcome, const struct policy *policy,
    const struct request *request, enum stage only)
{
	const struct ruling *refusal = &outcome->refusal;
	const struct ruling *pending = &outcome->defer_if_permit;

	if (outcome->is_refused)
		return (struct answer){ ANSWER_REPLY, refusal->number,
			&refusal->reply };
	if (pending->reply.code != 0)
		return (struct answer){ kind_of_pending(&pending->reply, policy,
					    request, only),
			pending->number, &pending->reply };
	if (outcome->effect != EFFECT_NONE)
		return (struct answer){ ANSWER_EFFECT, outcome->effect_number,
			NULL };
	if (outcome->defer_if_reject.reply.code != 0)
		return (struct answer){ ANSWER_DEFER_IF_REJECT, 0,
			&outcome->defer_if_reject.reply };
	return (struct answer){ ANSWER_PASS, 0, NULL };
}

void
answer_print(struct strbuf *out, const struct outcome *outcome,
    struct answer answer, const struct request *request, enum stage only,
    struct arena *arena)
{
	static const char *const verbs[] = {
		[ANSWER_PASS] = "DUNNO",
		[ANSWER_REPLY] = NULL,
		[ANSWER_DEFER_IF_PERMIT] = "DEFER_IF_PERMIT",
		[ANSWER_DEFER_IF_REJECT] = "DEFER_IF_REJECT",
		[ANSWER_EFFECT] = NULL,
	};
	struct subject caller = { REPLY_PLAIN, "" };

	if (answer.kind == ANSWER_EFFECT) {
		effect_add_answer(out, outcome->effect, outcome->effect_text);
	} else if (answer.reply == NULL) {
		strbuf_adds(out, verbs[answer.kind]);
	} else {
		if (only != STAGE_COUNT)
			caller = stage_subject(only, request, arena);
		reply_add_answer(out, verbs[answer.kind], answer.reply,
		    only != STAGE_COUNT ? &caller : NULL, arena);
	}
}
