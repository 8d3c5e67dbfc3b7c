/*
 * One decision: a walk through the lists, and what it leads to.
 */
#include "decide.h"
#include "client_name.h"
#include "inquiry.h"
#include "live_client.h"
#include "policy.h"
#include "suspended_login.h"
#include "trace.h"
#include "walk.h"

/* What is remembered of a recipient, should it pass, and of a message. */
static void
note_state(struct decision *decision)
{
	if (decision->request->state == STATE_RCPT)
		notes_add(&decision->notes, &decision->arena, NOTE_PASSED,
		    NOTE_IF_PASSED);
	else if (decision->request->state == STATE_END_OF_MESSAGE)
		notes_add(&decision->notes, &decision->arena, NOTE_END,
		    NOTE_ALWAYS);
}

static void
finish(struct decision *decision, const struct outcome *outcome,
    const struct decide_input *input)
{
	struct answer answer =
	    answer_of(outcome, input->policy, decision->request, input->only);

	answer_print(&decision->text, outcome, answer, decision->request,
	    input->only, &decision->arena);
	decision->action = strbuf_str(&decision->text);
	decision->notes.has_passed = outcome_is_pass(outcome);
	decision->notes.decider = answer.number;
	decision->kind = answer.kind;
	decision->code = answer.reply != NULL ? answer.reply->code : 0;
}

/*
 * The one question that is answered with OK: may this client relay?  main.cf
 * has to ask it by name.
 */
static void
answer_relay(struct decision *decision, struct inquiry *inq)
{
	const struct live_client *client = inquiry_live_client(inq);

	decision->action = client != NULL && client->action == LIVE_CLIENT_RELAY
	    ? "OK"
	    : "DUNNO";
	decision->kind = ANSWER_PASS;
	decision->code = 0;
}

/* What is looked at before all else. */
static bool
refuses_login(struct walk *walk)
{
	return walk->inquiry.request->sasl_username[0] != '\0' &&
	    walk_builtin(walk, &suspended_login_program, "built in") ==
	    VERDICT_REJECT;
}

bool
decide(struct decision *decision, const struct decide_input *input)
{
	struct walk walk = {
		.inquiry = {
			.policy = input->policy,
			.request = input->request,
			.arena = &decision->arena,
			.facts = input->facts,
			.trace = input->trace,
			.notes = &decision->notes,
			.walk = &walk,
		},
		.only = input->only,
	};
	bool is_relay;

	decision_clear(decision);
	trace_truncate(input->trace, 0);
	input->trace->depth = 0;
	decision->request = input->request;
	decision->policy = input->policy;
	is_relay = policy_context_is_relay(input->request->policy_context);
	if (input->finds_names && !is_relay) {
		decision->request = walk.inquiry.request = &decision->named;
		/* Meanwhile all else is only asked. */
		walk.inquiry.is_waiting = !client_names_complete(&walk.inquiry,
		    input->request, &decision->named);
	}
	if (!refuses_login(&walk)) {
		if (is_relay) {
			answer_relay(decision, &walk.inquiry);
			return true;
		}
		walk_lists(&walk);
	}
	if (walk.inquiry.is_waiting)
		return false;
	note_state(decision);
	finish(decision, &walk.outcome, input);
	return true;
}

void
decision_clear(struct decision *decision)
{
	strbuf_truncate(&decision->text, 0);
	arena_reset(&decision->arena);
	decision->action = NULL;
	decision->notes = (struct notes){ 0 };
}

void
decision_free(struct decision *decision)
{
	strbuf_free(&decision->text);
	arena_free(&decision->arena);
}
