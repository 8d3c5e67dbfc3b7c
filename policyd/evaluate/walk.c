/*
 * The walk through the lists, and what the verdicts of restrictions mean for
 * it.
 */
#include <stdlib.h>

#include "walk.h"
#include "decision_log.h"
#include "notes.h"
#include "policy.h"
#include "trace.h"

#define DEPTH_MAX 100 /* lists within lists, as Postfix */

const char *
walk_cause(struct walk *walk)
{
	struct inquiry *inq = &walk->inquiry;

	return inq->is_waiting
	    ? ""
	    : decision_log_cause(inq->trace, walk->outer, inq->arena);
}

/* What the present step rules. */
static struct ruling
ruling_of(struct walk *walk, const struct reply *reply)
{
	return (struct ruling){ *reply, walk->present, walk_cause(walk) };
}

/* Note the line on the answer, should it be that of the present step. */
static void
note_answer(struct walk *walk, const char *action, const char *cause)
{
	struct inquiry *inq = &walk->inquiry;
	const struct decision_line line = { action, NULL, cause };
	struct note *note;

	if (inq->is_waiting)
		return;
	note = notes_add(inq->notes, inq->arena, NOTE_ANSWER, NOTE_IF_ANSWER);
	note->number = walk->present;
	note->text = decision_log_line(&line, inq->request, inq->arena);
	note->list = inq->trace->entries[walk->outer].list;
	note->judge = decision_log_step(inq->trace);
}

/* Keep the first reason, as Postfix does. */
static void
defer_if_permit(struct walk *walk, const struct reply *reply)
{
	struct ruling *pending = &walk->outcome.defer_if_permit;

	if (pending->reply.code != 0)
		return;
	*pending = ruling_of(walk, reply);
	note_answer(walk, "defer_if_permit", pending->cause);
}

static void
defer_if_reject(struct walk *walk, const struct reply *reply)
{
	struct ruling *pending = &walk->outcome.defer_if_reject;

	if (pending->reply.code == 0)
		*pending = ruling_of(walk, reply);
}

static void
refuse(struct walk *walk, const struct reply *reply)
{
	struct outcome *outcome = &walk->outcome;

	outcome->is_refused = true;
	if (outcome->defer_if_reject.reply.code != 0 && reply->code / 100 == 5)
		outcome->refusal = outcome->defer_if_reject;
	else
		outcome->refusal = ruling_of(walk, reply);
	outcome->refusal.number = walk->present;
	note_answer(walk, "refused", outcome->refusal.cause);
}

static void
add_effect(struct walk *walk, const struct action *action)
{
	struct outcome *outcome = &walk->outcome;
	struct inquiry *inq = &walk->inquiry;
	bool wins = effect_wins(action->effect, outcome->effect);
	enum effect lost = wins ? outcome->effect : action->effect;
	const char *text = wins ? outcome->effect_text : action->effect_text;

	if (wins) {
		outcome->effect = action->effect;
		outcome->effect_text = action->effect_text;
		outcome->effect_number = walk->present;
		note_answer(walk,
		    arena_lower(inq->arena, effect_name(action->effect)),
		    walk_cause(walk));
	}
	if (lost != EFFECT_NONE)
		inquiry_log(inq,
		    "%s %s is lost: one action can be answered, and that is %s",
		    effect_name(lost), text, effect_name(outcome->effect));
}

/* Take a refusal as a mere warning, where a prefix asked for that. */
static bool
only_warns(struct walk *walk, const struct action *action)
{
	if (!walk->is_warning || action->is_fault)
		return false;
	inquiry_warn(&walk->inquiry, &action->reply);
	return true;
}

/* What the verdict of a step means for the walk. */
static enum verdict
settle(struct walk *walk, enum verdict verdict, const struct action *action)
{
	if (action->effect != EFFECT_NONE)
		add_effect(walk, action);
	switch (verdict) {
	case VERDICT_DUNNO:
	case VERDICT_PERMIT:
		return verdict;
	case VERDICT_WAITING:
		walk->inquiry.is_waiting = true;
		return VERDICT_DUNNO;
	case VERDICT_DEFER_IF_REJECT:
		defer_if_reject(walk, &action->reply);
		return VERDICT_DUNNO;
	case VERDICT_DEFER_IF_PERMIT:
		if (!only_warns(walk, action))
			defer_if_permit(walk, &action->reply);
		return VERDICT_DUNNO;
	case VERDICT_REJECT:
		if (walk->outcome.is_refused)
			return verdict; /* by a list within the list */
		if (only_warns(walk, action))
			return VERDICT_DUNNO;
		refuse(walk, &action->reply);
		return verdict;
	}
	abort();
}

/* Put the step into the trace; returns where it stands there, before its
 * facts. */
static size_t
trace_step(struct walk *walk, const struct step *step)
{
	struct trace *trace = walk->inquiry.trace;
	size_t at = trace->n;
	struct trace_entry *entry;

	trace->depth = walk->depth;
	entry = trace_add(trace, TRACE_STEP);
	entry->list = walk->list;
	entry->step = step;
	if (walk->depth == 1)
		walk->outer = at;
	return at;
}

static enum verdict
take_step(struct walk *walk, struct step *step)
{
	struct inquiry *inq = &walk->inquiry;
	struct trace *trace = inq->trace;
	bool was_warning = walk->is_warning, was_missing = inq->is_missing;
	unsigned before = walk->present;
	struct action action = { 0 };
	size_t at = trace_step(walk, step);
	enum verdict verdict;

	walk->is_warning = was_warning || step->is_warning;
	walk->present = ++walk->taken;
	inq->is_missing = false;
	verdict = step->restriction->eval(inq, &step->argument, &action);
	if (inq->is_missing)
		verdict = VERDICT_WAITING;
	if (trace->keeps_all)
		trace_end_step(trace, at, verdict, &action, inq->arena);
	if (verdict != VERDICT_DUNNO)
		notes_add(inq->notes, inq->arena, NOTE_HIT, NOTE_ALWAYS)->step =
		    step;
	verdict = settle(walk, verdict, &action);
	if (!trace->keeps_all)
		trace_truncate(trace, at);
	walk->present = before;
	walk->is_warning = was_warning;
	inq->is_missing = was_missing;
	return verdict;
}

/* Whether nothing in the list can matter any more. */
static bool
list_is_over(const struct walk *walk, enum verdict verdict)
{
	const struct outcome *outcome = &walk->outcome;
	const struct inquiry *inq = &walk->inquiry;

	return verdict == VERDICT_PERMIT || verdict == VERDICT_REJECT ||
	    outcome->effect == EFFECT_DISCARD ||
	    (outcome->defer_if_permit.reply.code != 0 &&
		outcome->defer_if_reject.reply.code != 0) ||
	    (inq->is_waiting && !inq->policy->params.dns_parallel);
}

enum verdict
walk_program(struct walk *walk, const struct program *program,
    struct subject subject, struct action *action)
{
	struct inquiry *inq = &walk->inquiry;
	struct subject outer = inq->subject;
	enum verdict verdict = VERDICT_DUNNO;

	if (walk->depth >= DEPTH_MAX) {
		inquiry_log(inq,
		    "lists of restrictions are nested more than %d deep",
		    DEPTH_MAX);
		return action_fault(action);
	}
	inq->subject = subject;
	walk->depth++;
	for (size_t i = 0; i < program->nsteps; i++) {
		verdict = take_step(walk, &program->steps[i]);
		if (list_is_over(walk, verdict))
			break;
	}
	walk->depth--;
	inq->trace->depth = walk->depth;
	inq->subject = outer;
	return verdict;
}

static void
begin_list(struct walk *walk, const char *name)
{
	walk->list = name;
	trace_add(walk->inquiry.trace, TRACE_LIST)->list = name;
}

/* Walk one list; returns false when no further list is to be walked. */
static bool
walk_list(struct walk *walk, enum stage stage)
{
	struct inquiry *inq = &walk->inquiry;
	struct action action = { 0 };
	enum verdict verdict;

	inq->stage = stage;
	begin_list(walk, stage_list_name(stage));
	verdict = walk_program(walk, inq->policy->lists[stage],
	    stage_subject(stage, inq->request, inq->arena), &action);
	return verdict != VERDICT_REJECT &&
	    walk->outcome.effect != EFFECT_DISCARD &&
	    (!inq->is_waiting || inq->policy->params.dns_parallel);
}

/* The lists of the request; returns how many. */
static size_t
find_stages(const struct walk *walk, enum stage stages[STAGE_COUNT])
{
	const struct policy_params *params = &walk->inquiry.policy->params;
	const struct stage_order order = {
		.is_delayed = params->smtpd_delay_reject,
		.relay_is_first =
		    params->smtpd_relay_before_recipient_restrictions,
	};

	if (walk->only == STAGE_COUNT)
		return stages_of_request(stages, walk->inquiry.request, &order);
	stages[0] = walk->only;
	return 1;
}

enum verdict
walk_builtin(struct walk *walk, const struct program *program, const char *name)
{
	struct action action = { 0 };

	begin_list(walk, name);
	return walk_program(walk, program, (struct subject){ REPLY_PLAIN, "" },
	    &action);
}

void
walk_lists(struct walk *walk)
{
	struct inquiry *inq = &walk->inquiry;
	enum stage stages[STAGE_COUNT];
	size_t n = find_stages(walk, stages);

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !stages_share_pending(stages[i - 1], stages[i])) {
			walk->outcome.defer_if_reject.reply.code = 0;
			if (stage_forgets_pending(stages[i], inq->request))
				walk->outcome.defer_if_permit.reply.code = 0;
		}
		if (inq->policy->lists[stages[i]]->nsteps == 0)
			continue;
		if (!walk_list(walk, stages[i]))
			break;
	}
}
