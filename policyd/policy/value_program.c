/*
 * Lists of restrictions in access tables.
 */
#include <stdlib.h>
#include <string.h>

#include "value_program.h"
#include "mem.h"
#include "sorted.h"

struct entry {
	char *value;
	struct value_program *program; /* stays where it is */
};

struct value_programs {
	struct program_context context;
	size_t n;
	struct entry *entries;     /* sorted by value */
	struct value_program full; /* for what is one too many */
};

struct value_programs *
value_programs_new(const struct program_context *context)
{
	struct value_programs *programs = xcalloc(1, sizeof *programs);

	programs->context = *context;
	return programs;
}

static void
program_clear(struct value_program *program)
{
	program_free(program->program);
	free(program->why);
}

void
value_programs_free(struct value_programs *programs)
{
	if (programs == NULL)
		return;
	for (size_t i = 0; i < programs->n; i++) {
		free(programs->entries[i].value);
		program_clear(programs->entries[i].program);
		free(programs->entries[i].program);
	}
	free(programs->entries);
	program_clear(&programs->full);
	free(programs);
}

static struct value_program *
parse(const struct value_programs *programs, const char *table,
    const char *value)
{
	struct value_program *program = xcalloc(1, sizeof *program);
	struct conf_origin origin = { table, 0 };
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };

	conf_text_set(&text, value, origin);
	program->program = program_parse(&text, &programs->context, &err);
	if (err.len > 0)
		program->why = strbuf_detach(&err);
	conf_text_free(&text);
	return program;
}

static int
by_value(const void *value, const void *element)
{
	const struct entry *entry = element;

	return strcmp(value, entry->value);
}

static void
insert(struct value_programs *programs, size_t at, const char *value,
    struct value_program *program)
{
	struct entry *entry;

	programs->entries = xreallocarray(programs->entries, programs->n + 1,
	    sizeof *programs->entries);
	entry = &programs->entries[at];
	memmove(entry + 1, entry, (programs->n - at) * sizeof *entry);
	entry->value = xstrdup(value);
	entry->program = program;
	programs->n++;
}

struct value_program *
value_program(struct value_programs *programs, const char *table,
    const char *value)
{
	size_t at = sorted_place(value, programs->entries, programs->n,
	    sizeof *programs->entries, by_value);

	if (at < programs->n && by_value(value, &programs->entries[at]) == 0)
		return programs->entries[at].program;
	if (programs->n == VALUE_PROGRAMS_MAX) {
		if (programs->full.why == NULL)
			programs->full.why =
			    xasprintf("%s: tables hold more than %d different "
				      "lists of restrictions",
				table, VALUE_PROGRAMS_MAX);
		return &programs->full;
	}
	insert(programs, at, value, parse(programs, table, value));
	return programs->entries[at].program;
}
