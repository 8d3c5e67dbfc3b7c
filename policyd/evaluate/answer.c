/*
 * From the outcome of a walk to the answer for Postfix.
 */
#include "answer.h"
#include "policy.h"
#include "request.h"

/* What an answer is made of beside the outcome. */
struct asked {
	const struct policy *policy;
	const struct request *request;
	enum stage only;
	struct arena *arena;
};

unsigned
outcome_decider(const struct outcome *outcome)
{
	if (outcome->is_refused)
		return outcome->refusal.number;
	if (outcome->defer_if_permit.reply.code != 0)
		return outcome->defer_if_permit.number;
	return outcome->effect != EFFECT_NONE ? outcome->effect_number : 0;
}

bool
outcome_is_pass(const struct outcome *outcome)
{
	return !outcome->is_refused && outcome->defer_if_permit.reply.code == 0;
}

static void
add_reply(struct strbuf *out, const struct asked *asked, const char *verb,
    const struct reply *reply)
{
	struct subject caller = { REPLY_PLAIN, "" };

	if (asked->only != STAGE_COUNT)
		caller =
		    stage_subject(asked->only, asked->request, asked->arena);
	reply_add_answer(out, verb, reply,
	    asked->only != STAGE_COUNT ? &caller : NULL, asked->arena);
}

/*
 * What is put off is left to Postfix, whose own lists may still refuse.  It
 * sends access_map_defer_code then, whatever our reply code: where that would
 * be another one, the answer is the reply itself, once all lists have been
 * walked.
 */
static void
add_pending(struct strbuf *out, const struct asked *asked,
    const struct reply *reply)
{
	bool is_last =
	    asked->only == STAGE_COUNT && asked->request->state >= STATE_RCPT;
	bool is_same =
	    reply->code == asked->policy->params.access_map_defer_code;

	add_reply(out, asked, is_last && !is_same ? NULL : "DEFER_IF_PERMIT",
	    reply);
}

void
answer_add(struct strbuf *out, const struct outcome *outcome,
    const struct policy *policy, const struct request *request, enum stage only,
    struct arena *arena)
{
	const struct asked asked = { policy, request, only, arena };

	if (outcome->is_refused)
		add_reply(out, &asked, NULL, &outcome->refusal.reply);
	else if (outcome->defer_if_permit.reply.code != 0)
		add_pending(out, &asked, &outcome->defer_if_permit.reply);
	else if (outcome->effect != EFFECT_NONE)
		effect_add_answer(out, outcome->effect, outcome->effect_text);
	else if (outcome->defer_if_reject.reply.code != 0)
		add_reply(out, &asked, "DEFER_IF_REJECT",
		    &outcome->defer_if_reject.reply);
	else
		strbuf_adds(out, "DUNNO");
}
