/*
 * The record of a walk as text for people, and as JSON for programs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "explain_print.h"
#include "json.h"

#define RECORDS_SHOWN 5 /* of a DNS answer */

/* A step as it is written in its list. */
static void
add_step(struct strbuf *out, const struct step *step)
{
	if (step->is_warning)
		strbuf_adds(out, "warn_if_reject ");
	if (step->argument.class != NULL)
		strbuf_adds(out, step->argument.class->name);
	else
		strbuf_adds(out, step->restriction->name);
	if (step->argument.class == NULL && step->argument.word != NULL)
		strbuf_addf(out, " %s", step->argument.word);
}

/* One record of an answer. */
static void
add_record(struct strbuf *out, const struct dns_record *record,
    enum dns_type type)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		ip_print(&record->ip, out);
		break;
	case DNS_MX:
		strbuf_addf(out, "%u %s", record->preference,
		    record->name[0] != '\0' ? record->name : ".");
		break;
	case DNS_NS:
	case DNS_PTR:
		strbuf_adds(out, record->name);
		break;
	case DNS_TXT:
		strbuf_add(out, record->text, record->textlen);
		break;
	}
}

/* What an answer of DNS says. */
static void
add_dns_value(struct strbuf *out, const struct dns_answer *answer,
    enum dns_type type)
{
	size_t n;

	if (answer == NULL) {
		strbuf_adds(out, "not needed");
		return;
	}
	switch (answer->status) {
	case DNS_FOUND:
		n = answer->nrecords < RECORDS_SHOWN ? answer->nrecords
						     : RECORDS_SHOWN;
		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				strbuf_adds(out, ", ");
			add_record(out, &answer->records[i], type);
		}
		if (answer->nrecords > n)
			strbuf_addf(out, " and %zu more", answer->nrecords - n);
		break;
	case DNS_NOT_FOUND:
		strbuf_adds(out,
		    answer->is_nxdomain ? "no such name" : "no such record");
		break;
	case DNS_FAILED:
		strbuf_addf(out, "failed: %s", answer->reason);
		break;
	case DNS_MALFORMED:
		strbuf_addf(out, "malformed: %s", answer->reason);
		break;
	}
}

static void
add_dnsbl_value(struct strbuf *out, const struct dnsbl_answer *answer)
{
	static const char *const results[] = {
		[DNSBL_LISTED] = "listed",
		[DNSBL_NOT_LISTED] = "not listed",
		[DNSBL_FAILED] = "failed",
	};

	if (answer == NULL) {
		strbuf_adds(out, "not needed");
		return;
	}
	strbuf_adds(out, results[answer->result]);
	if (answer->why[0] != '\0')
		strbuf_addf(out, ", %s", answer->why);
	if (answer->text[0] != '\0')
		strbuf_addf(out, " \"%s\"", answer->text);
}

/* A fact: what was asked, and what came. */
struct fact_text {
	struct strbuf name, value;
	bool has_time, from_cache;
	unsigned ms;
};

static void
fact_text_free(struct fact_text *fact)
{
	strbuf_free(&fact->name);
	strbuf_free(&fact->value);
}

/* Returns false when the entry is no fact. */
static bool
fact_text_make(struct fact_text *fact, const struct trace_entry *entry)
{
	switch (entry->kind) {
	case TRACE_DNS:
		strbuf_addf(&fact->name, "%s %s", dns_type_name(entry->type),
		    entry->name);
		add_dns_value(&fact->value, entry->dns, entry->type);
		fact->has_time = entry->dns != NULL;
		if (fact->has_time) {
			fact->ms = entry->dns->ms;
			fact->from_cache = entry->dns->from_cache;
		}
		return true;
	case TRACE_DNSBL:
		strbuf_addf(&fact->name, "%s.%s", entry->name,
		    dnsbl_site_word(entry->site));
		add_dnsbl_value(&fact->value, entry->dnsbl);
		fact->has_time = entry->dnsbl != NULL;
		if (fact->has_time) {
			fact->ms = entry->dnsbl->ms;
			fact->from_cache = entry->dnsbl->from_cache;
		}
		return true;
	case TRACE_TABLE:
		strbuf_addf(&fact->name, "%s in %s", entry->name, entry->table);
		strbuf_adds(&fact->value,
		    entry->value != NULL ? entry->value
					 : "the table cannot be read");
		return true;
	case TRACE_TEXT:
		strbuf_adds(&fact->name, entry->name);
		strbuf_adds(&fact->value, entry->value);
		return true;
	case TRACE_LIST:
	case TRACE_STEP:
		break;
	}
	return false;
}

static void
indent(struct strbuf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		strbuf_adds(out, "  ");
}

/* Outside bytes must not make lines of their own. */
static void
add_clean(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++)
		strbuf_addc(out,
		    (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

static void
print_step_text(const struct trace_entry *entry, struct strbuf *out)
{
	const struct conf_origin *origin = &entry->step->origin;
	struct strbuf step = { 0 };

	add_step(&step, entry->step);
	indent(out, entry->depth);
	add_clean(out, strbuf_str(&step));
	strbuf_free(&step);
	if (origin->line > 0)
		strbuf_addf(out, "  [%s:%d]", origin->file, origin->line);
	else if (origin->file != NULL)
		strbuf_addf(out, "  [%s]", origin->file);
	strbuf_addf(out, "  %s", verdict_name(entry->verdict));
	if (entry->action.reply.code != 0) {
		strbuf_adds(out, ": ");
		reply_add_code(out, &entry->action.reply);
		add_clean(out, entry->action.reply.text);
	}
	if (entry->action.effect != EFFECT_NONE)
		strbuf_addf(out, ": %s", effect_name(entry->action.effect));
	strbuf_addc(out, '\n');
}

static void
print_fact_text(const struct trace_entry *entry, struct strbuf *out)
{
	struct fact_text fact = { 0 };

	if (fact_text_make(&fact, entry)) {
		indent(out, entry->depth + 2);
		add_clean(out, strbuf_str(&fact.name));
		strbuf_adds(out, ": ");
		add_clean(out, strbuf_str(&fact.value));
		if (fact.has_time && fact.from_cache)
			strbuf_adds(out, " (cached)");
		else if (fact.has_time)
			strbuf_addf(out, " (%u ms)", fact.ms);
		strbuf_addc(out, '\n');
	}
	fact_text_free(&fact);
}

void
explain_print_text(const struct trace *trace, const char *action,
    struct strbuf *out)
{
	for (size_t i = 0; i < trace->n; i++) {
		const struct trace_entry *entry = &trace->entries[i];

		if (entry->kind == TRACE_LIST)
			strbuf_addf(out, "%s\n", stage_list_name(entry->stage));
		else if (entry->kind == TRACE_STEP)
			print_step_text(entry, out);
		else
			print_fact_text(entry, out);
	}
	strbuf_addf(out, "action=%s\n", action);
}

static void
print_step_json(const struct trace_entry *entry, struct json *json)
{
	const struct step *step = entry->step;
	struct strbuf text = { 0 };

	add_step(&text, step);
	json_string(json, "restriction", strbuf_str(&text));
	strbuf_free(&text);
	json_integer(json, "depth", entry->depth);
	if (step->origin.file != NULL)
		json_string(json, "file", step->origin.file);
	if (step->origin.line > 0)
		json_integer(json, "line", step->origin.line);
	json_string(json, "verdict", verdict_name(entry->verdict));
	if (entry->action.reply.code != 0) {
		json_integer(json, "code", entry->action.reply.code);
		json_string(json, "status", entry->action.reply.dsn);
		json_string(json, "text", entry->action.reply.text);
	}
	if (entry->action.effect != EFFECT_NONE)
		json_string(json, "effect", effect_name(entry->action.effect));
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
		json_end(json);
	}
	fact_text_free(&fact);
}

/* The step at i with its facts; returns where the next one stands. */
static size_t
print_step_and_facts(const struct trace *trace, size_t i, struct json *json)
{
	json_object(json, NULL);
	print_step_json(&trace->entries[i++], json);
	json_array(json, "facts");
	while (i < trace->n && trace->entries[i].kind != TRACE_LIST &&
	    trace->entries[i].kind != TRACE_STEP)
		print_fact_json(&trace->entries[i++], json);
	json_end(json);
	json_end(json);
	return i;
}

void
explain_print_json(const struct trace *trace, const char *action,
    struct strbuf *out)
{
	struct json json = { .out = out };
	size_t i = 0;

	json_object(&json, NULL);
	json_array(&json, "lists");
	while (i < trace->n) {
		json_object(&json, NULL);
		json_string(&json, "list",
		    stage_list_name(trace->entries[i++].stage));
		json_array(&json, "steps");
		while (i < trace->n && trace->entries[i].kind == TRACE_STEP)
			i = print_step_and_facts(trace, i, &json);
		json_end(&json);
		json_end(&json);
	}
	json_end(&json);
	json_string(&json, "action", action);
	json_end(&json);
	strbuf_addc(out, '\n');
}
