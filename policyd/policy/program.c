/*
 * Parsing of lists of restrictions: words become steps, each a row of the
 * table and its argument.
 */
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "dnsbl.h"
#include "dnsbl_key.h"
#include "mem.h"
#include "nearest.h"
#include "stage.h"
#include "table.h"

struct parser {
	const struct program_context *context;
	const struct conf_text *text;
	size_t pos;
	struct program *program;
	struct strbuf *err;
	bool failed;
	bool begins_with_key; /* the last word, ${key}.zone */
};

/* Mistakes in the value of a table must not stop policyd: it may have come to
 * be later, and is parsed when it is used. */
static bool
is_table_value(const struct parser *parser)
{
	return parser->context->tables == NULL;
}

static const struct restriction_class *
class_find(const struct restriction_classes *classes, const char *name)
{
	for (size_t i = 0; i < classes->n; i++)
		if (strcmp(classes->classes[i].name, name) == 0)
			return &classes->classes[i];
	return NULL;
}

static struct step *
step_add(struct parser *parser, const struct restriction *restriction,
    struct conf_origin origin)
{
	struct program *program = parser->program;
	struct step *step;

	program->steps = xreallocarray(program->steps, program->nsteps + 1,
	    sizeof *program->steps);
	step = &program->steps[program->nsteps++];
	*step = (struct step){
		.restriction = restriction,
		.argument = { .variant = restriction->variant },
		.origin = origin,
	};
	return step;
}

/* The next word as a string of its own, or NULL at the end. */
static char *
next_word(struct parser *parser, struct conf_origin *origin)
{
	struct conf_word word;
	int got =
	    conf_next_word(parser->text, &parser->pos, &word, parser->err);

	if (got == -1)
		parser->failed = true;
	if (got != 1)
		return NULL;
	*origin = word.origin;
	parser->begins_with_key = dnsbl_key_is_taken_in(parser->text, &word);
	return conf_word_dup(&word);
}

/*
 * An unknown word: name what it may have been meant to be, and leave out what
 * would then be its argument.
 */
static void
unknown_word(struct parser *parser, const char *word, struct conf_origin origin)
{
	const struct restriction_classes *classes = parser->context->classes;
	const struct restrictions *known = parser->context->restrictions;
	const struct restriction *row;
	struct nearest nearest;

	parser->failed = true;
	if (stage_find(word) != STAGE_COUNT) {
		conf_error(parser->err, origin,
		    "%s is a list, not a restriction: $%s stands for what is "
		    "in it",
		    word, word);
		return;
	}
	nearest_init(&nearest, word);
	for (size_t i = 0; i < known->n; i++)
		nearest_offer(&nearest, known->rows[i].name);
	for (size_t i = 0; i < classes->n; i++)
		nearest_offer(&nearest, classes->classes[i].name);
	conf_error(parser->err, origin,
	    "unknown restriction %s%s (policyd.cf(5) lists all)", word,
	    nearest_hint(&nearest));
	row =
	    nearest.best != NULL ? restriction_find(known, nearest.best) : NULL;
	if (row != NULL && row->argument != ARGUMENT_NONE)
		free(next_word(parser, &origin));
}

static void
set_table(struct parser *parser, struct step *step)
{
	if (is_table_value(parser)) {
		conf_error(parser->err, step->origin,
		    "%s: a table cannot name another table",
		    step->argument.word);
		parser->failed = true;
		return;
	}
	step->argument.table = tables_add(parser->context->tables,
	    step->argument.word, step->origin, parser->err);
	if (step->argument.table == NULL)
		parser->failed = true;
}

static void
set_site(struct parser *parser, struct step *step, enum dnsbl_use use)
{
	if (parser->begins_with_key)
		dnsbls_add_key(parser->context->dnsbls, step->argument.word);
	step->argument.site = dnsbl_site_parse(parser->context->dnsbls,
	    step->argument.word, use, step->origin, parser->err);
	if (step->argument.site == NULL)
		parser->failed = true;
}

/* The last step lacks its argument: it is wrong, or, where the value of a
 * table names no zone, skipped as in Postfix. */
static void
miss_argument(struct parser *parser, const struct step *step)
{
	const struct restriction *row = step->restriction;

	conf_error(parser->err, step->origin, "%s: %s is missing behind it",
	    row->name, argument_kind_name(row->argument));
	if (is_table_value(parser) && argument_kind_is_zone(row->argument))
		parser->program->nsteps--;
	else
		parser->failed = true;
}

/* The argument of a restriction; NULL when the next one stands in its place,
 * or nothing.  The value of a table is read as Postfix reads it. */
static char *
argument_word(struct parser *parser)
{
	size_t before = parser->pos;
	struct conf_origin origin;
	char *word = next_word(parser, &origin);

	if (word == NULL || is_table_value(parser) ||
	    restriction_find(parser->context->restrictions, word) == NULL)
		return word;
	free(word);
	parser->pos = before;
	return NULL;
}

/* Take the argument that the step's row wants from the words that follow. */
static void
parse_argument(struct parser *parser, struct step *step)
{
	const struct restriction *row = step->restriction;

	if (row->argument == ARGUMENT_NONE)
		return;
	step->argument.word = argument_word(parser);
	if (step->argument.word == NULL) {
		miss_argument(parser, step);
		return;
	}
	if (row->refusal != NULL)
		return;
	switch (row->argument) {
	case ARGUMENT_TABLE:
		set_table(parser, step);
		break;
	case ARGUMENT_BLOCKLIST:
		set_site(parser, step, DNSBL_BLOCKS);
		break;
	case ARGUMENT_NAME_BLOCKLIST:
		set_site(parser, step, DNSBL_BLOCKS_NAMES);
		break;
	case ARGUMENT_NAME_ALLOWLIST:
		set_site(parser, step, DNSBL_ALLOWS_NAMES);
		break;
	case ARGUMENT_ALLOWLIST:
		set_site(parser, step, DNSBL_ALLOWS);
		break;
	case ARGUMENT_NONE:
	case ARGUMENT_WORD:
		break;
	}
}

/* A word that is no restriction's name: a table alone, or a class. */
static void
parse_other(struct parser *parser, char *word, struct conf_origin origin)
{
	const struct restriction_class *class =
	    class_find(parser->context->classes, word);
	struct step *step;

	if (class != NULL) {
		step = step_add(parser,
		    parser->context->restrictions->class_name, origin);
		step->argument.class = class;
		step->argument.word = word;
		return;
	}
	if (strchr(word, ':') == NULL) {
		unknown_word(parser, word, origin);
		free(word);
		return;
	}
	if (parser->context->bare_table == NULL) {
		conf_error(parser->err, origin,
		    "%s: a table needs a check_*_access before it here", word);
		parser->failed = true;
		free(word);
		return;
	}
	step = step_add(parser, parser->context->bare_table, origin);
	step->argument.word = word;
	set_table(parser, step);
}

static void
parse_restriction(struct parser *parser, const struct restriction *row,
    struct conf_origin origin)
{
	struct step *step = step_add(parser, row, origin);

	parse_argument(parser, step);
	if (row->refusal != NULL) {
		conf_error(parser->err, origin, "%s: %s: keep it in main.cf",
		    row->name, row->refusal);
		parser->failed = true;
	}
}

/*
 * The value of a table is wrong only from here on, as in Postfix; one that
 * names a table is wrong as a whole.
 */
static void
put_fault(struct parser *parser, size_t at)
{
	const struct restriction *fault = parser->context->restrictions->fault;
	struct conf_origin nowhere = { 0 };

	if (strchr(conf_text_str(parser->text), ':') != NULL)
		at = 0;
	if (at == parser->program->nsteps)
		step_add(parser, fault, nowhere);
	else
		parser->program->steps[at].restriction = fault;
}

static void
parse_words(struct parser *parser)
{
	const struct restriction *row;
	struct conf_origin origin;
	bool is_warning = false;
	size_t nsteps;
	char *word;

	while ((word = next_word(parser, &origin)) != NULL) {
		row = restriction_find(parser->context->restrictions, word);
		if (row != NULL && row->eval == NULL && row->refusal == NULL) {
			is_warning = true;
			free(word);
			continue;
		}
		nsteps = parser->program->nsteps;
		if (row != NULL) {
			parse_restriction(parser, row, origin);
			free(word);
		} else {
			parse_other(parser, word, origin);
		}
		if (parser->program->nsteps > nsteps)
			parser->program->steps[nsteps].is_warning = is_warning;
		is_warning = false;
		if (parser->failed && is_table_value(parser)) {
			put_fault(parser, nsteps);
			return;
		}
	}
	if (parser->failed && is_table_value(parser))
		put_fault(parser, parser->program->nsteps);
}

struct program *
program_parse(const struct conf_text *text,
    const struct program_context *context, struct strbuf *err)
{
	struct parser parser = { .context = context, .text = text, .err = err };

	parser.program = xcalloc(1, sizeof *parser.program);
	parse_words(&parser);
	if (parser.failed && !is_table_value(&parser)) {
		program_free(parser.program);
		return NULL;
	}
	return parser.program;
}

const char *
step_shown_argument(const struct step *step)
{
	if (step->argument.class != NULL)
		return NULL;
	if (step->argument.site != NULL)
		return dnsbl_site_shown_word(step->argument.site);
	return step->argument.word;
}

void
program_free(struct program *program)
{
	if (program == NULL)
		return;
	for (size_t i = 0; i < program->nsteps; i++) {
		if (program->steps[i].argument.site != NULL)
			dnsbl_site_release(program->steps[i].argument.site);
		free(program->steps[i].argument.word);
	}
	free(program->steps);
	free(program);
}
