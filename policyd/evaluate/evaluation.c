/*
 * The walk through the lists.  What Postfix keeps in flags of the session
 * (defer_if_permit, defer_if_reject, DISCARD) is the state of one walk here,
 * so a walk can be thrown away and done again when facts have come.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "evaluation.h"
#include "client_name.h"
#include "clock.h"
#include "decision_log.h"
#include "log.h"
#include "mem.h"
#include "policy.h"
#include "providers.h"
#include "trace.h"

#define EVALUATION_DEPTH_MAX 100 /* lists within lists, as Postfix */

/* What is done only when a walk turns out to be the final one. */
struct log_line {
	struct log_line *next;
	const char *text;
};

struct hit {
	struct hit *next;
	struct step *step;
};

/* A reply, and why: the cause is for the log, and "" in a walk that waits. */
struct ruling {
	struct reply reply; /* code 0: none */
	const char *cause;
};

/* What is known of the request as far as the walk has come. */
struct walk {
	bool is_waiting; /* a step waits: nothing of this walk counts */
	bool is_refused; /* refusal says how */
	bool is_warning; /* a prefix said: only warn of what is refused */
	unsigned depth;
	enum stage stage;
	struct subject subject;
	size_t outer; /* where the record has the step of the list itself */
	struct ruling refusal;
	struct ruling defer_if_permit; /* the first one counts */
	struct ruling defer_if_reject;
	enum effect effect;
	const char *effect_text, *effect_cause;
	struct log_line *lines, **next_line;
	struct hit *hits;
};

struct evaluation {
	struct event *wake;     /* facts have come: walk again */
	struct event *deadline; /* of the whole request */
	struct facts *facts;
	struct arena arena;
	struct strbuf answer;
	struct strbuf value; /* of the last table lookup */
	bool is_busy;
	bool has_slept; /* its events may be set */

	struct policies *policies;
	const struct policy *policy;
	enum stage only; /* the list that was named, or STAGE_COUNT */
	const struct request *request;
	const struct request *given;
	struct request named; /* the request of explain, with names */
	struct transaction *transaction;
	struct trace *trace; /* own_trace, or what explain wants filled */
	struct trace own_trace;
	bool is_explained;                /* nothing is logged or counted */
	struct tables_snapshot *snapshot; /* held */
	time_t now;
	long began; /* clock_ms, when it was put to sleep; 0: it never was */
	struct walk walk;
	evaluation_done *done;
	void *arg;
};

/* Why the present step says what it says. */
static const char *
cause(struct evaluation *ev)
{
	return ev->walk.is_waiting
	    ? ""
	    : decision_log_cause(ev->trace, ev->walk.outer, &ev->arena);
}

/* Keep the first reason, as Postfix does. */
static void
put_off(struct evaluation *ev, struct ruling *pending,
    const struct reply *reply)
{
	if (pending->reply.code == 0)
		*pending = (struct ruling){ *reply, cause(ev) };
}

static void
refuse(struct evaluation *ev, const struct action *action)
{
	struct walk *walk = &ev->walk;

	if (walk->defer_if_reject.reply.code != 0 &&
	    action->reply.code / 100 == 5)
		walk->refusal = walk->defer_if_reject;
	else
		walk->refusal = (struct ruling){ action->reply, cause(ev) };
	walk->is_refused = true;
}

static void
add_effect(struct evaluation *ev, const struct action *action)
{
	struct walk *walk = &ev->walk;
	bool wins = effect_wins(action->effect, walk->effect);
	enum effect lost = wins ? walk->effect : action->effect;
	const char *text = wins ? walk->effect_text : action->effect_text;

	if (wins) {
		walk->effect = action->effect;
		walk->effect_text = action->effect_text;
		walk->effect_cause = cause(ev);
	}
	if (lost != EFFECT_NONE)
		evaluation_log(ev,
		    "%s %s is lost: one action can be answered, and that is %s",
		    effect_name(lost), text, effect_name(walk->effect));
}

/* Take a refusal as a mere warning, where a prefix asked for that. */
static bool
only_warns(struct evaluation *ev, const struct action *action)
{
	struct strbuf text = { 0 };

	if (!ev->walk.is_warning || action->is_fault)
		return false;
	reply_add_code(&text, &action->reply);
	strbuf_adds(&text, reply_text(&action->reply, NULL, &ev->arena));
	evaluation_log_decision(ev, "warned", strbuf_str(&text));
	strbuf_free(&text);
	return true;
}

/* What the verdict of a step means for the walk. */
static enum verdict
settle(struct evaluation *ev, enum verdict verdict, const struct action *action)
{
	if (action->effect != EFFECT_NONE)
		add_effect(ev, action);
	switch (verdict) {
	case VERDICT_DUNNO:
	case VERDICT_PERMIT:
		return verdict;
	case VERDICT_WAITING:
		ev->walk.is_waiting = true;
		return VERDICT_DUNNO;
	case VERDICT_DEFER_IF_REJECT:
		put_off(ev, &ev->walk.defer_if_reject, &action->reply);
		return VERDICT_DUNNO;
	case VERDICT_DEFER_IF_PERMIT:
		if (!only_warns(ev, action))
			put_off(ev, &ev->walk.defer_if_permit, &action->reply);
		return VERDICT_DUNNO;
	case VERDICT_REJECT:
		if (ev->walk.is_refused)
			return verdict; /* by a list within the list */
		if (only_warns(ev, action))
			return VERDICT_DUNNO;
		refuse(ev, action);
		return verdict;
	}
	abort();
}

static void
add_hit(struct evaluation *ev, struct step *step)
{
	struct hit *hit = arena_alloc(&ev->arena, sizeof(*hit));

	hit->step = step;
	hit->next = ev->walk.hits;
	ev->walk.hits = hit;
}

/* What a look into tables leaves behind beside its result. */
static void
end_of_look(struct evaluation *ev)
{
	struct facts *facts = ev->facts;

	if (facts->misses_search)
		ev->walk.is_waiting = true;
	if (facts->too_slow != NULL)
		evaluation_log(ev, "%s: a search took too long",
		    table_word(facts->too_slow));
	facts->misses_search = false;
	facts->too_slow = NULL;
}

static enum verdict
take_step(struct evaluation *ev, struct step *step)
{
	bool was_warning = ev->walk.is_warning;
	struct action action = { 0 };
	size_t at = ev->trace->n; /* the step stands before its facts */
	struct trace_entry *entry;
	enum verdict verdict;

	ev->trace->depth = ev->walk.depth;
	entry = trace_add(ev->trace, TRACE_STEP);
	entry->stage = ev->walk.stage;
	entry->step = step;
	if (ev->walk.depth == 1)
		ev->walk.outer = at;
	ev->walk.is_warning = was_warning || step->is_warning;
	verdict = step->restriction->eval(ev, &step->argument, &action);
	end_of_look(ev);
	if (ev->is_explained) {
		ev->trace->entries[at].verdict = verdict;
		ev->trace->entries[at].action = action;
	}
	if (verdict != VERDICT_DUNNO)
		add_hit(ev, step);
	verdict = settle(ev, verdict, &action);
	if (!ev->is_explained)
		trace_truncate(ev->trace, at);
	ev->walk.is_warning = was_warning;
	return verdict;
}

/* Whether nothing in the list can matter any more. */
static bool
list_is_over(const struct evaluation *ev, enum verdict verdict)
{
	const struct walk *walk = &ev->walk;

	return verdict == VERDICT_PERMIT || verdict == VERDICT_REJECT ||
	    walk->effect == EFFECT_DISCARD ||
	    (walk->defer_if_permit.reply.code != 0 &&
		walk->defer_if_reject.reply.code != 0) ||
	    (walk->is_waiting && !ev->policy->params.dns_parallel);
}

enum verdict
evaluation_run(struct evaluation *ev, const struct program *program,
    struct subject subject, struct action *action)
{
	struct subject outer = ev->walk.subject;
	enum verdict verdict = VERDICT_DUNNO;

	if (ev->walk.depth >= EVALUATION_DEPTH_MAX) {
		evaluation_log(ev,
		    "lists of restrictions are nested more than "
		    "%d deep",
		    EVALUATION_DEPTH_MAX);
		return action_fault(action);
	}
	ev->walk.subject = subject;
	ev->walk.depth++;
	for (size_t i = 0; i < program->nsteps; i++) {
		verdict = take_step(ev, &program->steps[i]);
		if (list_is_over(ev, verdict))
			break;
	}
	ev->walk.depth--;
	ev->trace->depth = ev->walk.depth;
	ev->walk.subject = outer;
	return verdict;
}

static void
walk_begin(struct evaluation *ev)
{
	arena_reset(&ev->arena);
	ev->walk = (struct walk){ 0 };
	ev->walk.next_line = &ev->walk.lines;
	trace_truncate(ev->trace, 0);
	ev->trace->depth = 0;
}

/* Walk one list; returns false when no further list is to be walked. */
static bool
walk_list(struct evaluation *ev, enum stage stage)
{
	struct action action = { 0 };
	enum verdict verdict;

	ev->walk.stage = stage;
	trace_add(ev->trace, TRACE_LIST)->stage = stage;
	verdict = evaluation_run(ev, ev->policy->lists[stage],
	    stage_subject(stage, ev->request, &ev->arena), &action);
	return verdict != VERDICT_REJECT && ev->walk.effect != EFFECT_DISCARD &&
	    (!ev->walk.is_waiting || ev->policy->params.dns_parallel);
}

static void
walk_lists(struct evaluation *ev)
{
	enum stage stages[STAGE_COUNT];
	size_t n;
	struct stage_order order = {
		.is_delayed = ev->policy->params.smtpd_delay_reject,
		.relay_is_first =
		    ev->policy->params
			.smtpd_relay_before_recipient_restrictions,
	};

	if (ev->only != STAGE_COUNT) {
		stages[0] = ev->only;
		n = 1;
	} else {
		n = stages_of_request(stages, ev->request, &order);
	}
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !stages_share_pending(stages[i - 1], stages[i])) {
			ev->walk.defer_if_reject.reply.code = 0;
			if (stage_forgets_pending(stages[i], ev->request))
				ev->walk.defer_if_permit.reply.code = 0;
		}
		if (ev->policy->lists[stages[i]]->nsteps == 0)
			continue;
		if (!walk_list(ev, stages[i]))
			break;
	}
}

static void
answer_reply(struct evaluation *ev, const char *verb, const struct reply *reply)
{
	struct subject caller = { REPLY_PLAIN, "" };

	if (ev->only != STAGE_COUNT)
		caller = stage_subject(ev->only, ev->request, &ev->arena);
	reply_add_answer(&ev->answer, verb, reply,
	    ev->only != STAGE_COUNT ? &caller : NULL, &ev->arena);
}

/*
 * What is put off is left to Postfix, whose own lists may still refuse.  It
 * sends access_map_defer_code then, whatever our reply code: where that would
 * be another one, the answer is the reply itself, once all lists have been
 * walked.
 */
static void
answer_pending(struct evaluation *ev)
{
	const struct reply *reply = &ev->walk.defer_if_permit.reply;
	bool is_last =
	    ev->only == STAGE_COUNT && ev->request->state >= STATE_RCPT;
	bool is_same = reply->code == ev->policy->params.access_map_defer_code;

	answer_reply(ev, is_last && !is_same ? NULL : "DEFER_IF_PERMIT", reply);
}

/* The text after `action=` for where the walk has ended. */
static void
answer(struct evaluation *ev)
{
	const struct walk *walk = &ev->walk;

	strbuf_truncate(&ev->answer, 0);
	if (walk->is_refused)
		answer_reply(ev, NULL, &walk->refusal.reply);
	else if (walk->defer_if_permit.reply.code != 0)
		answer_pending(ev);
	else if (walk->effect != EFFECT_NONE)
		effect_add_answer(&ev->answer, walk->effect, walk->effect_text);
	else if (walk->defer_if_reject.reply.code != 0)
		answer_reply(ev, "DEFER_IF_REJECT",
		    &walk->defer_if_reject.reply);
	else
		strbuf_adds(&ev->answer, "DUNNO");
}

static void
log_answer(struct evaluation *ev, const char *action, const char *why)
{
	const struct decision decision = { action, NULL, why };

	log_info("%s ms=%ld",
	    decision_log_line(&decision, ev->request, &ev->arena),
	    ev->began == 0 ? 0 : clock_ms() - ev->began);
}

static void
finish(struct evaluation *ev)
{
	const struct walk *walk = &ev->walk;

	answer(ev);
	if (ev->transaction != NULL)
		transaction_note(ev->transaction, ev->request,
		    !walk->is_refused && walk->defer_if_permit.reply.code == 0);
	if (ev->is_explained)
		return;
	for (struct log_line *line = walk->lines; line != NULL;
	     line = line->next)
		log_info("%s", line->text);
	for (struct hit *hit = walk->hits; hit != NULL; hit = hit->next)
		hit->step->hits++;
	if (walk->is_refused)
		log_answer(ev, "refused", walk->refusal.cause);
	else if (walk->defer_if_permit.reply.code != 0)
		log_answer(ev, "defer_if_permit", walk->defer_if_permit.cause);
	else if (walk->effect != EFFECT_NONE)
		log_answer(ev,
		    arena_lower(&ev->arena, effect_name(walk->effect)),
		    walk->effect_cause);
}

/* Let go of everything but the answer. */
static void
release(struct evaluation *ev)
{
	facts_cancel(ev->facts); /* not all that was asked is needed */
	if (ev->has_slept) {
		event_del(ev->wake);
		event_del(ev->deadline);
	}
	tables_release(ev->snapshot);
	policies_release(ev->policies);
	ev->snapshot = NULL;
	ev->policies = NULL;
	ev->is_busy = false;
}

/*
 * Wait for facts.  The time is that of the whole request; it counts from now,
 * not from the beginning of this turn of the loop: the many that come in one
 * turn do not end in one, too.
 */
static void
sleep_on(struct evaluation *ev)
{
	struct timeval timeout = { .tv_sec = ev->policy->params.dns_timeout };

	ev->has_slept = true;
	if (ev->began == 0)
		ev->began = clock_ms();
	if (event_pending(ev->deadline, EV_TIMEOUT, NULL))
		return;
	event_base_update_cache_time(event_get_base(ev->deadline));
	event_add(ev->deadline, &timeout);
}

/* Walk from the top; answer, or wait.  The evaluation may be gone then. */
static void
walk(struct evaluation *ev)
{
	walk_begin(ev);
	if (ev->is_explained) /* meanwhile all else is only started */
		ev->walk.is_waiting =
		    !client_names_complete(ev, ev->given, &ev->named);
	walk_lists(ev);
	if (ev->walk.is_waiting) {
		sleep_on(ev);
		return;
	}
	finish(ev);
	release(ev);
	ev->done(ev->arg, strbuf_str(&ev->answer));
}

/* All facts that come in one turn of the loop make one walk. */
static void
on_fact(void *arg)
{
	struct evaluation *ev = arg;

	ev->has_slept = true;
	event_active(ev->wake, EV_TIMEOUT, 0);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	walk(arg);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct evaluation *ev = arg;

	(void)fd;
	(void)what;
	facts_expire(ev->facts);
	walk(ev);
}

struct evaluation *
evaluation_new(struct event_base *base, const struct fact_source *source)
{
	struct evaluation *ev = xcalloc(1, sizeof(*ev));

	ev->wake = evtimer_new(base, on_wake, ev);
	ev->deadline = evtimer_new(base, on_deadline, ev);
	if (ev->wake == NULL || ev->deadline == NULL)
		abort();
	ev->facts = facts_new(source, on_fact, ev);
	return ev;
}

void
evaluation_clear(struct evaluation *ev)
{
	facts_begin(ev->facts, NULL);
	arena_reset(&ev->arena);
}

void
evaluation_free(struct evaluation *ev)
{
	if (ev == NULL)
		return;
	evaluation_cancel(ev);
	event_free(ev->wake);
	event_free(ev->deadline);
	facts_free(ev->facts);
	trace_free(&ev->own_trace);
	arena_free(&ev->arena);
	strbuf_free(&ev->answer);
	strbuf_free(&ev->value);
	free(ev);
}

void
evaluation_start(struct evaluation *ev, const struct evaluation_input *input,
    evaluation_done *done, void *arg)
{
	ev->is_busy = true;
	ev->has_slept = false;
	ev->policies = policies_hold(input->policies);
	ev->given = input->request;
	ev->request = input->trace != NULL ? &ev->named : input->request;
	ev->named = *input->request;
	ev->transaction = input->transaction;
	ev->is_explained = input->trace != NULL;
	ev->trace = ev->is_explained ? input->trace : &ev->own_trace;
	if (!policies_find(ev->policies, ev->request, &ev->policy, &ev->only) &&
	    !ev->is_explained)
		policies_note_unknown(ev->policies, "policy_context",
		    ev->request->policy_context,
		    "the lists without a context are evaluated");
	ev->snapshot = tables_hold(ev->policies->tables);
	ev->now = clock_now();
	ev->began = 0;
	ev->done = done;
	ev->arg = arg;
	facts_begin(ev->facts,
	    &(struct facts_input){ ev->snapshot,
		!ev->policy->params.dns_parallel });
	walk(ev);
}

void
evaluation_cancel(struct evaluation *ev)
{
	if (ev->is_busy)
		release(ev);
}

static const void *
look(struct evaluation *ev, const struct fact *fact)
{
	trace_fact(ev->trace, fact);
	return fact->value;
}

const struct dns_answer *
evaluation_dns(struct evaluation *ev, const char *name, enum dns_type type)
{
	return look(ev, facts_dns(ev->facts, name, type));
}

const struct dnsbl_answer *
evaluation_dnsbl(struct evaluation *ev, struct dnsbl_site *site,
    enum dnsbl_kind kind, const char *label)
{
	return look(ev, facts_dnsbl(ev->facts, site, kind, label));
}

enum lookup
evaluation_table(struct evaluation *ev, const struct table *table,
    const char *key, const char **value)
{
	enum lookup result;

	strbuf_truncate(&ev->value, 0);
	result = table_find(&ev->facts->tables, table, key, &ev->value);
	end_of_look(ev);
	if (result == LOOKUP_FOUND && ev->value.len == 0) {
		evaluation_log(ev, "%s: the value is empty", table_word(table));
		result = LOOKUP_TEMPFAIL; /* as in Postfix */
	}
	*value = result == LOOKUP_FOUND
	    ? arena_strdup(&ev->arena, strbuf_str(&ev->value))
	    : NULL;
	if (result != LOOKUP_NOT_FOUND)
		trace_fact(ev->trace,
		    fact_of_table(&ev->arena, table,
			arena_strdup(&ev->arena, key), result, *value));
	return result;
}

struct table_view *
evaluation_tables(struct evaluation *ev)
{
	return &ev->facts->tables;
}

time_t
evaluation_now(const struct evaluation *ev)
{
	return ev->now;
}

const struct request *
evaluation_request(const struct evaluation *ev)
{
	return ev->request;
}

const struct policy *
evaluation_policy(const struct evaluation *ev)
{
	return ev->policy;
}

unsigned
evaluation_passed_recipients(const struct evaluation *ev)
{
	return ev->transaction != NULL
	    ? transaction_passed(ev->transaction, ev->request)
	    : 0;
}

struct arena *
evaluation_arena(struct evaluation *ev)
{
	return &ev->arena;
}

struct subject
evaluation_subject(const struct evaluation *ev)
{
	return ev->walk.subject;
}

enum stage
evaluation_stage(const struct evaluation *ev)
{
	return ev->walk.stage;
}

void
evaluation_log_decision(struct evaluation *ev, const char *action,
    const char *text)
{
	const struct decision decision = { action, text, cause(ev) };

	evaluation_log(ev, "%s",
	    decision_log_line(&decision, ev->request, &ev->arena));
}

struct trace *
evaluation_explained(const struct evaluation *ev)
{
	return ev->is_explained ? ev->trace : NULL;
}

void
evaluation_log(struct evaluation *ev, const char *fmt, ...)
{
	struct log_line *line = arena_alloc(&ev->arena, sizeof(*line));
	struct strbuf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	line->text = arena_strdup(&ev->arena, strbuf_str(&text));
	strbuf_free(&text);
	*ev->walk.next_line = line;
	ev->walk.next_line = &line->next;
	trace_log(ev->trace, line->text);
}
