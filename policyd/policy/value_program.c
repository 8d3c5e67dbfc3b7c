/*
 * Lists of restrictions in access tables.
 */
#include <stdlib.h>
#include <string.h>

#include "value_program.h"
#include "log.h"
#include "mem.h"

struct value_program {
	char *value;
	struct program *program; /* NULL: the value is no list */
};

struct value_programs {
	struct program_context context;
	size_t n;
	struct value_program *programs; /* sorted by value */
	bool is_full;
};

struct value_programs *
value_programs_new(const struct program_context *context)
{
	struct value_programs *programs = xcalloc(1, sizeof(*programs));

	programs->context = *context;
	return programs;
}

void
value_programs_free(struct value_programs *programs)
{
	if (programs == NULL)
		return;
	for (size_t i = 0; i < programs->n; i++) {
		free(programs->programs[i].value);
		program_free(programs->programs[i].program);
	}
	free(programs->programs);
	free(programs);
}

static struct program *
parse(const struct value_programs *programs, const char *table,
    const char *value)
{
	struct conf_origin origin = { table, 0 };
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };
	struct program *program;

	conf_text_set(&text, value, origin);
	program = program_parse(&text, &programs->context, &err);
	if (err.len > 0)
		log_lines(LOG_LEVEL_ERROR, strbuf_str(&err));
	conf_text_free(&text);
	strbuf_free(&err);
	return program;
}

/* Where the value stands, or would stand. */
static size_t
find(const struct value_programs *programs, const char *value)
{
	size_t low = 0, high = programs->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(programs->programs[mid].value, value) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
insert(struct value_programs *programs, size_t at, const char *value,
    struct program *program)
{
	struct value_program *slot;

	programs->programs = xreallocarray(programs->programs, programs->n + 1,
	    sizeof(*programs->programs));
	slot = &programs->programs[at];
	memmove(slot + 1, slot, (programs->n - at) * sizeof(*slot));
	slot->value = xstrdup(value);
	slot->program = program;
	programs->n++;
}

struct program *
value_program(struct value_programs *programs, const char *table,
    const char *value)
{
	size_t at = find(programs, value);

	if (at < programs->n &&
	    strcmp(programs->programs[at].value, value) == 0)
		return programs->programs[at].program;
	if (programs->n == VALUE_PROGRAMS_MAX) {
		if (!programs->is_full)
			log_error("%s: tables hold more than %d different "
				  "lists of restrictions",
			    table, VALUE_PROGRAMS_MAX);
		programs->is_full = true;
		return NULL;
	}
	insert(programs, at, value, parse(programs, table, value));
	return programs->programs[at].program;
}
