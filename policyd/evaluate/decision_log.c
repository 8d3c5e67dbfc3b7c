/*
 * Log lines of decisions.
 */
#include <string.h>

#include "decision_log.h"
#include "log.h"
#include "trace_words.h"

#define LINE_USUAL  512 /* bytes */
#define FACTS_SHOWN 5   /* the last ones: what came before did not decide */

static const char *
take(struct strbuf *text, struct arena *arena)
{
	const char *copy = arena_strdup(arena, strbuf_str(text));

	strbuf_free(text);
	return copy;
}

static void
add_step(struct strbuf *out, const char *key, const struct step *step)
{
	struct strbuf text = { 0 };

	trace_words_step(&text, step);
	log_field(out, key, strbuf_str(&text));
	strbuf_free(&text);
}

static void
add_origin(struct strbuf *out, const struct conf_origin *origin)
{
	struct strbuf at = { 0 };

	if (origin->file == NULL)
		return;
	strbuf_adds(&at, origin->file);
	if (origin->line > 0) {
		strbuf_addc(&at, ':');
		strbuf_addu(&at, (unsigned long)origin->line);
	}
	log_field(out, "at", strbuf_str(&at));
	strbuf_free(&at);
}

static bool
is_known_fact(const struct trace_entry *entry)
{
	switch (entry->kind) {
	case TRACE_FACT:
		return entry->fact->value != NULL;
	case TRACE_REMARK:
		return true;
	case TRACE_LOG:
	case TRACE_LIST:
	case TRACE_STEP:
		break;
	}
	return false;
}

/* The facts behind the step at i, up to the next step. */
static void
add_facts(struct strbuf *out, const struct trace *trace, size_t i)
{
	size_t last = i + 1, n = 0;

	while (last < trace->n && trace->entries[last].kind != TRACE_STEP)
		n += is_known_fact(&trace->entries[last++]);
	while (++i < last) {
		struct strbuf text = { 0 };

		if (!is_known_fact(&trace->entries[i]) || n-- > FACTS_SHOWN)
			continue;
		trace_words_fact(&text, &trace->entries[i]);
		log_field(out, "fact", strbuf_str(&text));
		strbuf_free(&text);
	}
}

static size_t
find_last_step(const struct trace *trace)
{
	size_t i = trace->n - 1;

	while (trace->entries[i].kind != TRACE_STEP)
		i--;
	return i;
}

const struct step *
decision_log_step(const struct trace *trace)
{
	return trace->entries[find_last_step(trace)].step;
}

const char *
decision_log_cause(const struct trace *trace, size_t outer, struct arena *arena)
{
	const struct trace_entry *first = &trace->entries[outer], *decider;
	size_t inner = find_last_step(trace);
	struct strbuf out = { 0 };

	decider = &trace->entries[inner];
	strbuf_reserve(&out, LINE_USUAL);
	log_field(&out, "list", first->list);
	add_step(&out, "restriction", decider->step);
	if (inner != outer)
		add_step(&out, "within", first->step);
	add_origin(&out,
	    decider->step->origin.file != NULL ? &decider->step->origin
					       : &first->step->origin);
	add_facts(&out, trace, outer);
	if (inner != outer)
		add_facts(&out, trace, inner);
	return take(&out, arena);
}

static void
add_given(struct strbuf *line, const char *key, const char *value)
{
	if (value[0] != '\0')
		log_field(line, key, value);
}

const char *
decision_log_line(const struct decision_line *decision,
    const struct request *request, struct arena *arena)
{
	struct strbuf line = { 0 };

	strbuf_reserve(&line, LINE_USUAL);
	strbuf_adds(&line, "decision:");
	log_field(&line, "action", decision->action);
	if (decision->text != NULL)
		add_given(&line, "text", decision->text);
	log_field(&line, "protocol_state", request->protocol_state);
	log_field(&line, "client_name", request->client_name);
	log_field(&line, "client_address", request->client_address);
	add_given(&line, "reverse_client_name", request->reverse_client_name);
	add_given(&line, "helo_name", request->helo_name);
	if (request_has_sender(request))
		log_field(&line, "sender", request->sender);
	add_given(&line, "recipient", request->recipient);
	add_given(&line, "sasl_username", request->sasl_username);
	add_given(&line, "etrn_domain", request->etrn_domain);
	add_given(&line, "queue_id", request->queue_id);
	add_given(&line, "policy_context", request->policy_context);
	strbuf_adds(&line, decision->cause);
	return take(&line, arena);
}
