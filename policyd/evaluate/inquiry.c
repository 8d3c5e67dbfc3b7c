/*
 * What restrictions ask, and what they leave behind.
 */
#include <stdarg.h>
#include <string.h>

#include "inquiry.h"
#include "decision_log.h"
#include "destination.h"
#include "facts.h"
#include "match_list.h"
#include "notes.h"
#include "policy.h"
#include "providers.h"
#include "rates.h"
#include "trace.h"
#include "walk.h"

/* Show a fact to who explains. */
static const void *
see(struct inquiry *inq, const struct fact *fact)
{
	trace_fact(inq->trace, fact);
	return fact->value;
}

const struct dns_answer *
inquiry_dns(struct inquiry *inq, const char *name, enum dns_type type)
{
	return see(inq, facts_dns(inq->facts, name, type));
}

const struct dnsbl_answer *
inquiry_dnsbl(struct inquiry *inq, struct dnsbl_site *site,
    enum dnsbl_kind kind, const char *label)
{
	return see(inq, facts_dnsbl(inq->facts, site, kind, label));
}

/* What a look into tables leaves behind beside its result. */
static void
end_look(struct inquiry *inq)
{
	struct facts *facts = inq->facts;

	if (facts->misses_table)
		inq->is_waiting = inq->is_missing = true;
	if (facts->failed_table != NULL)
		inquiry_log(inq, "%s: %s", table_word(facts->failed_table),
		    facts->failure);
	facts->misses_table = false;
	facts->failed_table = NULL;
}

/* Keys that a table lacks are no cause of anything by themselves, and many:
 * explain alone shows them, those in a row as one. */
static void
see_miss(struct inquiry *inq, const struct table *table, const char *key)
{
	struct trace *trace = inq->trace;
	const struct fact **last = trace_last_fact(trace);

	if (!trace->keeps_all)
		return;
	if (last != NULL && fact_is_miss(*last, table))
		*last = fact_of_miss(inq->arena, *last, table, key);
	else
		trace_fact(trace, fact_of_miss(inq->arena, NULL, table, key));
}

enum lookup
inquiry_table(struct inquiry *inq, const struct table *table, const char *key,
    const char **value)
{
	struct facts *facts = inq->facts;
	struct strbuf *found = &facts->value;
	enum lookup result;
	const char *failure;

	*value = NULL;
	strbuf_truncate(found, 0);
	result = table_find(&facts->tables, table, key, found);
	failure = facts->failed_table != NULL ? facts->failure : NULL;
	inq->is_for_now = failure != NULL;
	end_look(inq);
	if (result == LOOKUP_NOT_FOUND) {
		see_miss(inq, table, key);
		return result;
	}
	if (result == LOOKUP_FOUND && found->len == 0) {
		inquiry_log(inq, "%s: the value is empty", table_word(table));
		result = LOOKUP_TEMPFAIL; /* as in Postfix */
	}
	if (result == LOOKUP_FOUND)
		*value = arena_strdup(inq->arena, found->bytes);
	see(inq,
	    fact_of_table(inq->arena, table, arena_strdup(inq->arena, key),
		result, result == LOOKUP_TEMPFAIL ? failure : *value));
	return result;
}

enum lookup
inquiry_client_in(struct inquiry *inq, const struct match_list *list,
    const char *list_name)
{
	const struct request *request = inq->request;
	struct match match = match_list_host(list, &inq->facts->tables,
	    request->client_name, &request->client, request->client_address);

	end_look(inq);
	see(inq,
	    fact_of_list(inq->arena, list_name, request->client_address,
		request->client_name, match));
	return match.result;
}

enum lookup
inquiry_domain_in(struct inquiry *inq, const struct match_list *list,
    const char *list_name, const char *domain)
{
	struct match match =
	    match_list_domain(list, &inq->facts->tables, domain);

	end_look(inq);
	see(inq, fact_of_list(inq->arena, list_name, domain, NULL, match));
	return match.result;
}

enum lookup
inquiry_local_domain(struct inquiry *inq, const char *domain)
{
	struct match match = { LOOKUP_NOT_FOUND, NULL };
	int is_local = destination_is_local_domain(inq->policy,
	    &inq->facts->tables, inq->arena, domain);

	if (is_local != 0)
		match.result = is_local == 1 ? LOOKUP_FOUND : LOOKUP_TEMPFAIL;
	inq->is_for_now = match.result == LOOKUP_TEMPFAIL;
	end_look(inq);
	see(inq,
	    fact_of_list(inq->arena, "mydestination", domain, NULL, match));
	return match.result;
}

bool
inquiry_failed_for_now(const struct inquiry *inq)
{
	return inq->is_for_now;
}

const struct destination *
inquiry_destination(struct inquiry *inq, const char *address)
{
	const struct destination_answer *answer =
	    see(inq, facts_destination(inq->facts, address));

	end_look(inq);
	return answer->has_failed ? NULL : &answer->destination;
}

const struct live_client *
inquiry_live_client(struct inquiry *inq)
{
	const struct client_answer *answer =
	    see(inq, fact_of_client(inq->facts, inq->arena, inq->request));

	return answer->is_known ? &answer->client : NULL;
}

const struct app_logins *
inquiry_app_logins(struct inquiry *inq)
{
	return see(inq,
	    fact_of_app_logins(inq->facts, inq->arena, inq->request));
}

const struct rate_answer *
inquiry_rates(struct inquiry *inq, const struct rate_order *order)
{
	const struct rate_answer *answers =
	    facts_rates(inq->facts, inq->arena, order);

	/* The log tells what refuses; explain, of the others, too. */
	for (size_t i = 0; i < order->nlimits; i++)
		if (answers[i].wait > 0 || inquiry_is_explained(inq))
			see(inq, fact_of_rate(inq->arena, &answers[i]));
	return answers;
}

bool
inquiry_was_given(const struct inquiry *inq)
{
	return facts_have_given(inq->facts, inq->request, inq->policy->number);
}

void
inquiry_take(struct inquiry *inq, const struct rate_order *order)
{
	for (const struct note *note = inq->notes->first; note != NULL;
	     note = note->next)
		if (note->kind == NOTE_RATES &&
		    strcmp(note->order->whose, order->whose) == 0)
			return;
	notes_add(inq->notes, inq->arena, NOTE_RATES, NOTE_IF_PASSED)->order =
	    order;
}

void
inquiry_alarm(struct inquiry *inq, const struct rate_alarm *alarm)
{
	struct note *note = notes_add(inq->notes, inq->arena, NOTE_ALARM,
	    alarm->is_refused ? NOTE_IF_ANSWER : NOTE_IF_PASSED);

	note->number = inq->walk->present;
	note->alarm = alarm;
}

const struct suspension *
inquiry_suspension(struct inquiry *inq)
{
	const struct suspension_answer *answer =
	    see(inq, fact_of_suspension(inq->facts, inq->arena, inq->request));

	return answer->is_suspended ? &answer->suspension : NULL;
}

void
inquiry_suspend(struct inquiry *inq, time_t until, const char *reason)
{
	struct suspension *suspension;

	if (inq->walk->is_warning)
		return;
	suspension = arena_alloc(inq->arena, sizeof *suspension);
	suspension->user = inq->request->sasl_username;
	suspension->source = SUSPENSION_GUARD;
	suspension->until = until;
	suspension->reason = reason;
	notes_add(inq->notes, inq->arena, NOTE_SUSPEND, NOTE_ALWAYS)
	    ->suspension = suspension;
}

const struct guard_view *
inquiry_guard_view(struct inquiry *inq)
{
	return see(inq, fact_of_login(inq->facts, inq->arena, inq->request));
}

void
inquiry_guard(struct inquiry *inq, const struct guard_order *order)
{
	if (!notes_have(inq->notes, NOTE_GUARD))
		notes_add(inq->notes, inq->arena, NOTE_GUARD, NOTE_ALWAYS)
		    ->guarded = order;
}

bool
inquiry_only_warns(const struct inquiry *inq)
{
	return inq->walk->is_warning;
}

time_t
inquiry_now(struct inquiry *inq)
{
	const time_t *now = see(inq, fact_of_time(inq->facts, inq->arena));

	return *now;
}

unsigned
inquiry_passed_recipients(struct inquiry *inq)
{
	const unsigned *passed =
	    see(inq, fact_of_transaction(inq->facts, inq->arena, inq->request));

	return *passed;
}

enum verdict
inquiry_run(struct inquiry *inq, const struct program *program,
    struct subject subject, struct action *action)
{
	return walk_program(inq->walk, program, subject, action);
}

void
inquiry_log(struct inquiry *inq, const char *fmt, ...)
{
	struct strbuf text = { 0 };
	const char *line;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	line = arena_strdup(inq->arena, strbuf_str(&text));
	strbuf_free(&text);
	notes_add(inq->notes, inq->arena, NOTE_LOG, NOTE_ALWAYS)->text = line;
	trace_log(inq->trace, line);
}

void
inquiry_log_fault(struct inquiry *inq, const char *lines, bool *is_told)
{
	struct note *note =
	    notes_add(inq->notes, inq->arena, NOTE_FAULT, NOTE_ALWAYS);

	note->text = lines;
	note->is_told = is_told;
	trace_log(inq->trace, lines);
}

void
inquiry_log_decision(struct inquiry *inq, const char *action, const char *text)
{
	const struct decision_line line = { action, text,
		walk_cause(inq->walk) };

	inquiry_log(inq, "%s",
	    decision_log_line(&line, inq->request, inq->arena));
	notes_add(inq->notes, inq->arena, NOTE_ASIDE, NOTE_ALWAYS)->text =
	    arena_printf(inq->arena, "%s: %s", action, text);
}

void
inquiry_warn(struct inquiry *inq, const struct reply *reply)
{
	struct strbuf text = { 0 };

	reply_add_code(&text, reply);
	strbuf_adds(&text, reply_text(reply, NULL, inq->arena));
	inquiry_log_decision(inq, "warned", strbuf_str(&text));
	strbuf_free(&text);
}

bool
inquiry_is_explained(const struct inquiry *inq)
{
	return inq->trace->keeps_all;
}

void
inquiry_remark(struct inquiry *inq, const char *name, const char *value)
{
	if (inquiry_is_explained(inq))
		trace_remark(inq->trace, name, value);
}
