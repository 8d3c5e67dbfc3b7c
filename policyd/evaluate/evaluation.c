/*
 * Waiting for facts, and what becomes of notes.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "evaluation.h"
#include "clock.h"
#include "events.h"
#include "guard.h"
#include "log.h"
#include "mem.h"
#include "metric_counts.h"
#include "program.h"
#include "rates.h"
#include "suspensions.h"
#include "trace.h"
#include "watch.h"

struct evaluation {
	struct event *wake;     /* facts have come: decide again */
	struct event *deadline; /* of the whole request */
	struct facts *facts;
	struct decision decision;
	struct trace trace; /* unless explain has its own */
	bool is_busy;
	bool has_slept; /* its events may be set */

	struct policies *policies;        /* held */
	struct tables_snapshot *snapshot; /* held */
	struct transaction *transaction;
	struct decide_input input;
	note_taker *const *takers;
	const char *origin; /* of the client, when the guard has asked for it */
	long began; /* clock_ms, when it was put to sleep; 0: it never was */
	evaluation_done *done;
	void *arg;
};

/* Notes of a request. */

static void
log_line(void *arg, const struct note *note)
{
	(void)arg;
	log_info("%s", note->text);
}

static void
log_fault(void *arg, const struct note *note)
{
	(void)arg;
	if (!*note->is_told)
		log_lines(LOG_LEVEL_ERROR, note->text);
	*note->is_told = true;
}

static void
tell_decision(const struct evaluation *ev, const char *action)
{
	const struct request *request = ev->decision.request;
	struct watch *watch = ev->facts->source->watch;
	struct json *json;

	if (!watch_wants(watch, WATCH_DECISION))
		return;
	json = watch_begin(watch, WATCH_DECISION);
	json_string(json, "action", action);
	json_string(json, "protocol_state", request->protocol_state);
	json_string(json, "client_name", request->client_name);
	json_string(json, "client_address", request->client_address);
	json_string(json, "helo_name", request->helo_name);
	json_string(json, "sender", request->sender);
	json_string(json, "recipient", request->recipient);
	json_string(json, "sasl_username", request->sasl_username);
	json_string(json, "queue_id", request->queue_id);
	watch_end(watch);
}

/* The code is that of the reply; other actions have their first word. */
static void
count_answer(const struct evaluation *ev, const struct note *note)
{
	const char *action = ev->decision.action;
	char *word = xstrndup(action, strcspn(action, " "));
	const char *const values[] = { word, note->judge->restriction->name,
		note->list };

	metric_counts_add(ev->facts->source->answers, values);
	free(word);
}

static void
log_answer(void *arg, const struct note *note)
{
	const struct evaluation *ev = arg;

	log_info("%s ms=%ld", note->text,
	    ev->began == 0 ? 0 : clock_ms() - ev->began);
	tell_decision(ev, ev->decision.action);
	if (ev->facts->source->answers != NULL)
		count_answer(ev, note);
}

static void
tell_aside(void *arg, const struct note *note)
{
	tell_decision(arg, note->text);
}

static void
count_hit(void *arg, const struct note *note)
{
	(void)arg;
	note->step->hits++;
}

static void
remember_recipient(void *arg, const struct note *note)
{
	struct evaluation *ev = arg;

	(void)note;
	if (ev->transaction != NULL)
		transaction_add(ev->transaction, ev->decision.request);
}

static void
take_rates(void *arg, const struct note *note)
{
	struct evaluation *ev = arg;
	struct rates *rates = ev->facts->source->rates;

	if (rates != NULL)
		rates_take(rates, note->order, &ev->transaction->reservation);
}

static void
tell_alarm(void *arg, const struct note *note)
{
	const struct evaluation *ev = arg;
	const struct fact_source *source = ev->facts->source;

	if (source->rates != NULL)
		rates_tell(source->rates, source->watch, note->alarm);
}

static void
end_message(void *arg, const struct note *note)
{
	struct evaluation *ev = arg;
	struct rates *rates = ev->facts->source->rates;

	(void)note;
	if (rates != NULL)
		rates_end(rates, ev->input.request,
		    ev->decision.notes.has_passed);
}

/* What the guard did about a login, for who has to find out. */
static void
remember_act(const struct evaluation *ev, const char *login, const char *text)
{
	struct state *state = ev->facts->source->state;

	if (state != NULL)
		events_add_act(state, login, text, clock_now());
}

/* The log has it, if it was not. */
static void
on_kept(void *arg, const char *failure)
{
	(void)arg;
	(void)failure;
}

/* It is written down at once, not with the next changes: a thief whom a crash
 * lets in again has all his budgets anew. */
static void
suspend(void *arg, const struct note *note)
{
	const struct evaluation *ev = arg;
	const struct fact_source *source = ev->facts->source;
	struct strbuf text = { 0 };

	if (source->suspensions != NULL)
		suspensions_begin(source->suspensions, note->suspension);
	suspension_print(note->suspension, clock_now(), &text);
	remember_act(ev, note->suspension->user, text.bytes);
	if (source->state != NULL)
		state_sync(source->state, on_kept, NULL);
	strbuf_free(&text);
}

static void
take_guarded(void *arg, const struct note *note)
{
	struct evaluation *ev = arg;
	struct guard *guard = ev->facts->source->guard;
	const struct guard_order *order = note->guarded;

	ev->origin = order->origin;
	if (guard != NULL)
		guard_take(guard, order, ev->decision.notes.has_passed,
		    &ev->transaction->reservation);
	if (order->locked_until != 0)
		remember_act(ev, order->request->sasl_username,
		    "locked: places that are not his own");
}

static note_taker *const of_requests[NOTE_KINDS] = {
	[NOTE_LOG] = log_line,
	[NOTE_FAULT] = log_fault,
	[NOTE_ANSWER] = log_answer,
	[NOTE_ASIDE] = tell_aside,
	[NOTE_HIT] = count_hit,
	[NOTE_PASSED] = remember_recipient,
	[NOTE_RATES] = take_rates,
	[NOTE_END] = end_message,
	[NOTE_ALARM] = tell_alarm,
	[NOTE_SUSPEND] = suspend,
	[NOTE_GUARD] = take_guarded,
};

/* What became of a login is remembered for who has to find out. */
static void
remember_answer(struct evaluation *ev)
{
	const struct request *request = ev->decision.request;
	struct state *state = ev->facts->source->state;
	const struct answer_event answer = {
		.request = request,
		.origin = ev->origin,
		.arena = &ev->decision.arena,
		.recipients = ev->transaction != NULL
		    ? transaction_passed(ev->transaction, request)
		    : 0,
		.has_passed = ev->decision.notes.has_passed,
		.action = ev->decision.action,
		.step = ev->decision.notes.decider,
	};

	if (state != NULL && request->sasl_username[0] != '\0')
		events_add_answer(state, &answer, clock_now());
}

/* Explain shows what is logged; its transaction is its own. */
static note_taker *const of_explain[NOTE_KINDS] = {
	[NOTE_PASSED] = remember_recipient,
};

/* What its connection reserved for another message is free again. */
static void
begin_rates(struct evaluation *ev)
{
	struct rates *rates = ev->facts->source->rates;

	if (rates != NULL)
		rates_begin(rates, ev->input.request,
		    ev->transaction->reservation);
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
	struct timeval timeout = {
		.tv_sec = ev->input.policy->params.dns_timeout,
	};

	ev->has_slept = true;
	if (ev->began == 0)
		ev->began = clock_ms();
	if (event_pending(ev->deadline, EV_TIMEOUT, NULL))
		return;
	event_base_update_cache_time(event_get_base(ev->deadline));
	event_add(ev->deadline, &timeout);
}

/* Answer, or wait.  The evaluation may be gone then. */
static void
go_on(struct evaluation *ev)
{
	if (!decide(&ev->decision, &ev->input)) {
		sleep_on(ev);
		return;
	}
	notes_take(&ev->decision.notes, ev->takers, ev);
	if (ev->takers == of_requests)
		remember_answer(ev);
	release(ev);
	ev->done(ev->arg, &ev->decision);
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
	go_on(arg);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct evaluation *ev = arg;

	(void)fd;
	(void)what;
	facts_expire(ev->facts);
	go_on(ev);
}

struct evaluation *
evaluation_new(struct event_base *base, const struct fact_source *source)
{
	struct evaluation *ev = xcalloc(1, sizeof *ev);

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
	decision_clear(&ev->decision);
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
	trace_free(&ev->trace);
	decision_free(&ev->decision);
	free(ev);
}

static void
begin_facts(struct evaluation *ev, const struct policy *policy)
{
	const struct facts_input input = {
		.policy = policy,
		.tables = ev->snapshot,
		.transaction = ev->transaction,
		.now = clock_now(),
		.one_at_a_time = !policy->params.dns_parallel,
	};

	facts_begin(ev->facts, &input);
}

void
evaluation_start(struct evaluation *ev, const struct evaluation_input *input,
    evaluation_done *done, void *arg)
{
	const struct request *request = input->request;
	bool is_explained = input->trace != NULL;

	ev->is_busy = true;
	ev->has_slept = false;
	ev->policies = policies_hold(input->policies);
	ev->snapshot = tables_hold(ev->policies->tables);
	ev->transaction = input->transaction;
	ev->takers = is_explained ? of_explain : of_requests;
	ev->origin = NULL;
	ev->began = 0;
	ev->done = done;
	ev->arg = arg;
	ev->input = (struct decide_input){
		.request = request,
		.finds_names = is_explained,
		.facts = ev->facts,
		.trace = is_explained ? input->trace : &ev->trace,
	};
	if (!policies_find(ev->policies, request, &ev->input.policy,
		&ev->input.only) &&
	    !is_explained)
		policies_note_unknown(ev->policies, "policy_context",
		    request->policy_context,
		    "the lists without a context are evaluated");
	begin_facts(ev, ev->input.policy);
	if (!is_explained)
		begin_rates(ev);
	go_on(ev);
}

void
evaluation_cancel(struct evaluation *ev)
{
	if (ev->is_busy)
		release(ev);
}
