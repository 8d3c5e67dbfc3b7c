/*
 * The record of one walk.
 */
#include <stdlib.h>

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
		    sizeof *trace->entries);
	}
	entry = &trace->entries[trace->n++];
	*entry = (struct trace_entry){ .kind = kind, .depth = trace->depth };
	return entry;
}

void
trace_end_step(struct trace *trace, size_t n, enum verdict verdict,
    const struct action *action, struct arena *arena)
{
	struct action *copy = arena_alloc(arena, sizeof *copy);

	*copy = *action;
	trace->entries[n].verdict = verdict;
	trace->entries[n].action = copy;
}

/* Whether the present step has looked at it already. */
static bool
is_known(const struct trace *trace, const struct fact *fact)
{
	for (size_t i = trace->n; i-- > 0;) {
		const struct trace_entry *entry = &trace->entries[i];

		if (entry->kind == TRACE_STEP || entry->kind == TRACE_LIST)
			break;
		if (entry->fact == fact)
			return true;
	}
	return false;
}

void
trace_fact(struct trace *trace, const struct fact *fact)
{
	if (!is_known(trace, fact))
		trace_add(trace, TRACE_FACT)->fact = fact;
}

const struct fact **
trace_last_fact(struct trace *trace)
{
	struct trace_entry *last;

	if (trace->n == 0)
		return NULL;
	last = &trace->entries[trace->n - 1];
	return last->kind == TRACE_FACT ? &last->fact : NULL;
}

void
trace_remark(struct trace *trace, const char *name, const char *value)
{
	struct trace_entry *entry = trace_add(trace, TRACE_REMARK);

	entry->name = name;
	entry->value = value;
}

void
trace_log(struct trace *trace, const char *line)
{
	trace_add(trace, TRACE_LOG)->value = line;
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
