/*
 * The record of one walk.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "mem.h"

struct trace_entry *
trace_add(struct trace *trace, enum trace_kind kind)
{
	struct trace_entry *entry;

	trace->entries = xreallocarray(trace->entries, trace->n + 1,
	    sizeof(*trace->entries));
	entry = &trace->entries[trace->n++];
	*entry = (struct trace_entry){ .kind = kind };
	return entry;
}

const struct trace_entry *
trace_find(const struct trace *trace, enum trace_kind kind, const char *name,
    enum dns_type type, const struct dnsbl_site *site)
{
	for (size_t i = trace->n; i-- > 0;) {
		const struct trace_entry *entry = &trace->entries[i];

		if (entry->kind == TRACE_STEP || entry->kind == TRACE_LIST)
			break;
		if (entry->kind == kind && entry->type == type &&
		    entry->site == site && strcmp(entry->name, name) == 0)
			return entry;
	}
	return NULL;
}

void
trace_clear(struct trace *trace)
{
	trace->n = 0;
}

void
trace_free(struct trace *trace)
{
	free(trace->entries);
	*trace = (struct trace){ 0 };
}
