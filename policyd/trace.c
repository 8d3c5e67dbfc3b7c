/*
 * The record of one walk.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "mem.h"

#define ENTRIES_USUAL 16

struct trace_entry *
trace_add(struct trace *trace, enum trace_kind kind)
{
	struct trace_entry *entry;

	if (trace->n == trace->size) {
		trace->size = trace->size > 0 ? trace->size * 2 : ENTRIES_USUAL;
		trace->entries = xreallocarray(trace->entries, trace->size,
		    sizeof(*trace->entries));
	}
	entry = &trace->entries[trace->n++];
	*entry = (struct trace_entry){ .kind = kind, .depth = trace->depth };
	return entry;
}

/* Whether the present step has looked at it already. */
static bool
is_known(const struct trace *trace, enum trace_kind kind, const char *name,
    enum dns_type type, const struct dnsbl_site *site)
{
	for (size_t i = trace->n; i-- > 0;) {
		const struct trace_entry *entry = &trace->entries[i];

		if (entry->kind == TRACE_STEP || entry->kind == TRACE_LIST)
			break;
		if (entry->kind == kind && entry->type == type &&
		    entry->site == site && strcmp(entry->name, name) == 0)
			return true;
	}
	return false;
}

void
trace_dns(struct trace *trace, struct arena *arena, const char *name,
    enum dns_type type, const struct dns_answer *answer)
{
	struct trace_entry *entry;

	if (is_known(trace, TRACE_DNS, name, type, NULL))
		return;
	entry = trace_add(trace, TRACE_DNS);
	entry->name = arena_strdup(arena, name);
	entry->type = type;
	entry->dns = answer;
}

void
trace_dnsbl(struct trace *trace, struct arena *arena, struct dnsbl_site *site,
    const char *label, const struct dnsbl_answer *answer)
{
	struct trace_entry *entry;

	if (is_known(trace, TRACE_DNSBL, label, 0, site))
		return;
	entry = trace_add(trace, TRACE_DNSBL);
	entry->name = arena_strdup(arena, label);
	entry->site = site;
	entry->dnsbl = answer;
}

void
trace_table(struct trace *trace, struct arena *arena, const char *table,
    const char *key, const char *value)
{
	struct trace_entry *entry = trace_add(trace, TRACE_TABLE);

	entry->name = arena_strdup(arena, key);
	entry->table = table;
	entry->value = value;
}

void
trace_text(struct trace *trace, const char *name, const char *value)
{
	struct trace_entry *entry = trace_add(trace, TRACE_TEXT);

	entry->name = name;
	entry->value = value;
}

void
trace_truncate(struct trace *trace, size_t n)
{
	trace->n = n;
}

void
trace_free(struct trace *trace)
{
	free(trace->entries);
	*trace = (struct trace){ 0 };
}
