/*
 * The record of a walk as text for people, and as JSON for programs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "explain_print.h"
#include "json.h"
#include "printable.h"
#include "trace_words.h"

static void
indent(struct strbuf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		strbuf_adds(out, "  ");
}

static void
print_step_text(const struct trace_entry *entry, struct strbuf *out)
{
	const struct conf_origin *origin = &entry->step->origin;
	struct strbuf step = { 0 };

	trace_words_step(&step, entry->step);
	indent(out, entry->depth);
	printable_add(out, step.bytes, step.len);
	strbuf_free(&step);
	if (origin->line > 0)
		strbuf_addf(out, "  [%s:%d]", origin->file, origin->line);
	else if (origin->file != NULL)
		strbuf_addf(out, "  [%s]", origin->file);
	strbuf_addf(out, "  %s", verdict_name(entry->verdict));
	if (entry->action->reply.code != 0) {
		strbuf_adds(out, ": ");
		reply_add_code(out, &entry->action->reply);
		printable_add(out, entry->action->reply.text,
		    strlen(entry->action->reply.text));
	}
	if (entry->action->effect != EFFECT_NONE)
		strbuf_addf(out, ": %s", effect_name(entry->action->effect));
	strbuf_addc(out, '\n');
}

static void
print_fact_text(const struct trace_entry *entry, struct strbuf *out)
{
	struct strbuf fact = { 0 };

	trace_words_fact(&fact, entry);
	indent(out, entry->depth + 2);
	printable_add(out, fact.bytes, fact.len);
	strbuf_addc(out, '\n');
	strbuf_free(&fact);
}

void
explain_print_text(const struct trace *trace, const char *action,
    const char *reply, struct strbuf *out)
{
	for (size_t i = 0; i < trace->n; i++) {
		const struct trace_entry *entry = &trace->entries[i];

		if (i == 0 && entry->kind != TRACE_LIST)
			strbuf_adds(out, "client\n");
		if (entry->kind == TRACE_LIST)
			strbuf_addf(out, "%s\n", entry->list);
		else if (entry->kind == TRACE_STEP)
			print_step_text(entry, out);
		else
			print_fact_text(entry, out);
	}
	if (reply[0] != '\0')
		strbuf_addf(out, "reply=%s\n", reply);
	strbuf_addf(out, "action=%s\n", action);
}

static void
print_step_json(const struct trace_entry *entry, struct json *json)
{
	const struct step *step = entry->step;
	struct strbuf text = { 0 };

	trace_words_step(&text, step);
	json_string(json, "restriction", strbuf_str(&text));
	strbuf_free(&text);
	json_integer(json, "depth", entry->depth);
	if (step->origin.file != NULL)
		json_string(json, "file", step->origin.file);
	if (step->origin.line > 0)
		json_integer(json, "line", step->origin.line);
	json_string(json, "verdict", verdict_name(entry->verdict));
	if (entry->action->reply.code != 0) {
		json_integer(json, "code", entry->action->reply.code);
		json_string(json, "status", entry->action->reply.dsn);
		json_string(json, "text", entry->action->reply.text);
	}
	if (entry->action->effect != EFFECT_NONE)
		json_string(json, "effect", effect_name(entry->action->effect));
}

static void
print_fact_json(const struct trace_entry *entry, struct json *json)
{
	struct fact_text fact = { 0 };

	if (fact_text_make(&fact, entry)) {
		json_object(json, NULL);
		json_string(json, "fact", strbuf_str(&fact.name));
		json_string(json, "value", strbuf_str(&fact.value));
		if (fact.has_time) {
			json_integer(json, "ms", fact.ms);
			json_bool(json, "cached", fact.from_cache);
		}
		if (fact.kind != NULL)
			json_string(json, "kind", fact.kind);
		json_end(json);
	}
	fact_text_free(&fact);
}

/* The facts from i on; returns where something else stands. */
static size_t
print_facts(const struct trace *trace, size_t i, const char *name,
    struct json *json)
{
	json_array(json, name);
	while (i < trace->n && trace->entries[i].kind != TRACE_LIST &&
	    trace->entries[i].kind != TRACE_STEP)
		print_fact_json(&trace->entries[i++], json);
	json_end(json);
	return i;
}

/* The step at i with its facts; returns where the next one stands. */
static size_t
print_step_and_facts(const struct trace *trace, size_t i, struct json *json)
{
	json_object(json, NULL);
	print_step_json(&trace->entries[i++], json);
	i = print_facts(trace, i, "facts", json);
	json_end(json);
	return i;
}

void
explain_print_json(const struct trace *trace, const char *action,
    const char *reply, struct strbuf *out)
{
	struct json json = { .out = out };
	size_t i = 0;

	json_object(&json, NULL);
	if (trace->n > 0 && trace->entries[0].kind != TRACE_LIST)
		i = print_facts(trace, 0, "client", &json);
	json_array(&json, "lists");
	while (i < trace->n) {
		json_object(&json, NULL);
		json_string(&json, "list", trace->entries[i++].list);
		json_array(&json, "steps");
		while (i < trace->n && trace->entries[i].kind == TRACE_STEP)
			i = print_step_and_facts(trace, i, &json);
		json_end(&json);
		json_end(&json);
	}
	json_end(&json);
	if (reply[0] != '\0')
		json_string(&json, "reply", reply);
	json_string(&json, "action", action);
	json_end(&json);
	strbuf_addc(out, '\n');
}
