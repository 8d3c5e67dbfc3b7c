/*
 * The record of one walk.
 */
#include <stdlib.h>

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
