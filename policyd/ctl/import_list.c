/*
 * Which restrictions of a list move to policyd.  Three rules keep the meaning
 * of the list: what moves stands together, and the call in its place; what may
 * permit is kept in main.cf, too, as long as something that stays stands behind
 * it; and so is relay control.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_list.h"
#include "access_action.h"
#include "conf_text.h"
#include "import_recipients.h"
#include "mem.h"
#include "restriction_table.h"
#include "stage.h"

static const struct conf_origin nowhere = { "", 0 };

static const struct import_list *
find_class(const struct import_context *context, const char *name)
{
	for (size_t i = 0; i < context->nclasses; i++) {
		if (strcasecmp(context->classes[i].name, name) == 0)
			return &context->classes[i];
	}
	return NULL;
}

/* The first line of text, without its line end. */
static void
add_first_line(struct strbuf *out, const char *text)
{
	strbuf_add(out, text, strcspn(text, "\n"));
}

/* Returns whether the table could be read. */
static bool
read_table(const char *word, table_see_value *see, void *arg,
    struct strbuf *err)
{
	struct tables *tables = tables_new();
	const struct table *table = tables_add(tables, word, nowhere, err);
	bool is_read = table != NULL && tables_load(tables, err) == CONF_OK;

	if (is_read && see != NULL)
		table_show_values(tables, table, see, arg);
	tables_free(tables);
	return is_read;
}

char *
import_table(const char *word, table_see_value *see, void *arg,
    struct strbuf *why)
{
	struct strbuf err = { 0 };
	char *result = NULL;

	while (strncasecmp(word, "proxy:", 6) == 0)
		word += 6;
	if (read_table(word, see, arg, &err))
		result = xstrdup(word);
	else if ((result = table_proxied_word(word)) == NULL)
		add_first_line(why, strbuf_str(&err));
	strbuf_free(&err);
	return result;
}

/* Reads the words of one list. */
struct reader {
	const struct import_context *context;
	const struct restriction *bare_table;
	enum stage stage; /* STAGE_COUNT: a class */
	struct conf_text text;
	size_t pos;
	bool has_comment;
	struct strbuf err;
};

/* One restriction while it is read: what it is in main.cf, what policyd takes
 * it for, and that with its keys hidden. */
struct reading {
	const struct import_context *context;
	struct import_item *item;
	struct strbuf original, plain, text;
	struct strbuf why; /* it stays; empty: it moves */
};

static char *
next_word(struct reader *reader)
{
	struct conf_word word;

	if (conf_next_word(&reader->text, &reader->pos, &word, &reader->err) !=
	    1)
		return NULL;
	return conf_word_dup(&word);
}

static void
add_blank(struct strbuf *text)
{
	if (text->len > 0)
		strbuf_addc(text, ' ');
}

/* A word, and what policyd takes it for. */
static void
add_words(struct reading *reading, const char *word, const char *taken)
{
	add_blank(&reading->original);
	conf_add_value(&reading->original, word);
	add_blank(&reading->plain);
	strbuf_adds(&reading->plain, taken);
	add_blank(&reading->text);
	conf_add_value(&reading->text, taken);
}

static void
add_to_all(struct reading *reading, const char *word)
{
	add_words(reading, word, word);
}

/* A zone, and in policyd.cf the name of its key. */
static void
add_zone(struct reading *reading, const char *word)
{
	size_t len = reading->text.len;

	add_to_all(reading, word);
	strbuf_truncate(&reading->text, len);
	add_blank(&reading->text);
	import_keys_add_zone(reading->context->keys, reading->context->set,
	    word, &reading->text);
}

/* Why a restriction that policyd knows cannot move after all. */
static void
check_needs(struct reading *reading, const struct restriction *row)
{
	const char *problem = reading->context->problems[row->needs];

	if (reading->why.len == 0 && problem != NULL)
		strbuf_adds(&reading->why, problem);
}

/* Why it cannot move out of the list that is read. */
static void
check_place(const struct reader *reader, struct reading *reading,
    const struct restriction *row)
{
	const char *problem = import_recipients_place(row, reader->stage,
	    reader->context->is_delayed);

	if (reading->why.len == 0 && problem != NULL)
		strbuf_adds(&reading->why, problem);
}

/* A word of a table's value that is a list of restrictions. */
static void
check_value_word(struct reading *reading, const char *word)
{
	const struct restriction *row =
	    restriction_find(&restriction_table, word);
	const struct import_list *class = find_class(reading->context, word);

	if ((row != NULL && row->is_guard) ||
	    (class != NULL && import_list_guards(class)))
		reading->item->is_guard = true;
	if ((class != NULL && !import_list_moves_all(class)) ||
	    (row != NULL &&
		(row->refusal != NULL ||
		    row->needs == RESTRICTION_NEEDS_RECIPIENTS)))
		strbuf_addf(&reading->why,
		    "the table answers %s, which has to stay", word);
	else if (class == NULL && row != NULL)
		check_needs(reading, row);
}

/* What a table answers: names that have to stay, and what it would do. */
static void
check_value(void *arg, const char *value)
{
	struct reading *reading = arg;
	char *copy, *rest, *word;

	switch (access_action_kind(value)) {
	case ACCESS_ACTION:
		return;
	case ACCESS_EFFECT:
		if (reading->why.len == 0)
			strbuf_addf(&reading->why,
			    "the table answers %.*s, which is for Postfix to "
			    "do, and once",
			    (int)strcspn(value, " \t"), value);
		return;
	case ACCESS_LIST:
		rest = copy = xstrdup(value);
		while ((word = strsep(&rest, " \t,")) != NULL)
			if (reading->why.len == 0)
				check_value_word(reading, word);
		free(copy);
		return;
	}
	abort();
}

static void
check_table(struct reading *reading, const char *word)
{
	char *table = import_table(word, check_value, reading, &reading->why);

	add_words(reading, word, table != NULL ? table : word);
	free(table);
}

/* What follows the name of a restriction. */
static void
read_argument(struct reader *reader, struct reading *reading,
    const struct restriction *row)
{
	char *word = next_word(reader);

	if (word == NULL)
		return; /* the parser of policyd will say so */
	if (row->argument == ARGUMENT_TABLE && row->refusal == NULL)
		check_table(reading, word);
	else if (argument_kind_is_zone(row->argument))
		add_zone(reading, word);
	else
		add_to_all(reading, word);
	free(word);
}

/*
 * A "#" within a value begins no comment: Postfix takes it for a restriction
 * that it does not know.  What may have been meant as the comment is told as
 * one thing.  At the beginning of a line it would be a comment, so such a list
 * stays as it is written.
 */
static void
read_comment(struct reader *reader, struct reading *reading)
{
	size_t before = reader->pos;
	char *word;

	reader->has_comment = true;
	while ((word = next_word(reader)) != NULL) {
		bool is_more =
		    restriction_find(&restriction_table, word) == NULL &&
		    find_class(reader->context, word) == NULL &&
		    !table_is_word(word);

		if (is_more)
			add_to_all(reading, word);
		else
			reader->pos = before;
		before = reader->pos;
		free(word);
		if (!is_more)
			break;
	}
	strbuf_adds(&reading->why,
	    "a comment has a line of its own: Postfix takes these words for "
	    "restrictions, and answers 451 here");
}

/* Of a class that moves, and so holds none but those that were known before it.
 */
static void
check_class_places(const struct reader *reader, struct reading *reading,
    const struct import_list *class)
{
	for (size_t i = 0; i < class->n; i++) {
		const struct import_item *item = &class->items[i];
		const struct import_list *inner =
		    find_class(reader->context, item->original);

		if (item->row != NULL)
			check_place(reader, reading, item->row);
		else if (inner != NULL)
			check_class_places(reader, reading, inner);
	}
}

static void
read_class(const struct reader *reader, struct reading *reading,
    const struct import_list *class)
{
	struct import_item *item = reading->item;

	item->can_refuse = true;
	item->is_guard = import_list_guards(class);
	if (import_list_moves_all(class))
		check_class_places(reader, reading, class);
	else
		strbuf_addf(&reading->why,
		    "the class %s holds what has to stay", class->name);
}

static void
read_known(struct reader *reader, struct reading *reading,
    const struct restriction *row, bool has_prefix)
{
	struct import_item *item = reading->item;
	bool is_permit = strncasecmp(row->name, "permit", 6) == 0;

	item->can_permit =
	    is_permit || strncasecmp(row->name, "check_", 6) == 0;
	item->is_guard = !has_prefix && row->is_guard;
	item->can_refuse = !is_permit && !item->is_guard;
	item->asks_dns_list = argument_kind_is_zone(row->argument);
	item->row = row;
	item->instead = row->instead;
	if (row->refusal != NULL)
		strbuf_adds(&reading->why, row->refusal);
	else
		check_needs(reading, row);
	check_place(reader, reading, row);
	if (row->argument != ARGUMENT_NONE)
		read_argument(reader, reading, row);
}

/* What the parser of policyd has against it. */
static void
check_program(const struct reader *reader, struct reading *reading)
{
	struct tables *tables = tables_new();
	const struct program_context context = {
		.restrictions = &restriction_table,
		.tables = tables,
		.dnsbls = reader->context->dnsbls,
		.classes = &reader->context->names,
		.bare_table = reader->bare_table,
	};
	struct conf_text text = { 0 };
	struct strbuf err = { 0 };
	struct program *program;

	conf_text_set(&text, strbuf_str(&reading->plain), nowhere);
	program = program_parse(&text, &context, &err);
	if (program == NULL)
		add_first_line(&reading->why, strbuf_str(&err));
	program_free(program);
	tables_free(tables);
	conf_text_free(&text);
	strbuf_free(&err);
}

static bool
is_prefix(const struct restriction *row)
{
	return row != NULL && row->eval == NULL && row->refusal == NULL;
}

static void
read_restriction(struct reader *reader, struct reading *reading, char *name)
{
	const struct restriction *row =
	    restriction_find(&restriction_table, name);
	const struct import_list *class;
	bool has_prefix = false;

	while (name != NULL && is_prefix(row)) {
		has_prefix = true;
		add_to_all(reading, name);
		free(name);
		name = next_word(reader);
		row = name != NULL ? restriction_find(&restriction_table, name)
				   : NULL;
	}
	class = name != NULL ? find_class(reader->context, name) : NULL;
	reading->item->can_permit = true;
	if (name != NULL && class == NULL && row == NULL &&
	    table_is_word(name)) {
		reading->item->can_refuse = true;
		check_table(reading, name);
	} else if (name != NULL) {
		add_to_all(reading, name);
	}
	if (class != NULL)
		read_class(reader, reading, class);
	else if (row != NULL)
		read_known(reader, reading, row, has_prefix);
	else if (name != NULL && name[0] == '#')
		read_comment(reader, reading);
	free(name);
	if (reading->why.len == 0)
		check_program(reader, reading);
}

/* The first end behind start of items that can move together; how many of them
 * are worth it, DNS lists twice as much. */
static size_t
end_of_run(const struct import_list *list, size_t start, size_t *weight)
{
	size_t end = start;

	for (*weight = 0; end < list->n && list->items[end].reason == NULL;
	     end++)
		*weight += (size_t)list->items[end].can_refuse +
		    list->items[end].asks_dns_list;
	return end;
}

/* One call has one place: what moves is the run with most in it. */
static void
choose_run(struct import_list *list)
{
	size_t most = 0, weight, end;

	for (size_t i = 0; i < list->n; i = end + 1) {
		end = end_of_run(list, i, &weight);
		if (weight > most) {
			most = weight;
			list->first = i;
			list->end = end;
		}
	}
}

static bool
is_in_run(const struct import_list *list, size_t i)
{
	return i >= list->first && i < list->end;
}

/* What can move, but stands apart from what does. */
static void
keep_the_rest(struct import_list *list)
{
	for (size_t i = 0; list->end > 0 && i < list->n; i++)
		if (!is_in_run(list, i) && list->items[i].reason == NULL)
			list->items[i].reason = xasprintf(
			    "a list asks policyd once, here for what begins "
			    "with %s",
			    list->items[list->first].text);
}

static void
item_free(struct import_item *item)
{
	free(item->text);
	free(item->original);
	free(item->reason);
}

/* The next restriction, of which word is the first. */
static void
add_item(struct import_list *list, struct reader *reader, char *word)
{
	struct import_item *item;
	struct reading reading = { .context = reader->context };

	list->items =
	    xreallocarray(list->items, list->n + 1, sizeof *list->items);
	item = reading.item = &list->items[list->n++];
	*item = (struct import_item){ 0 };
	read_restriction(reader, &reading, word);
	item->text = strbuf_detach(&reading.text);
	item->original = strbuf_detach(&reading.original);
	item->reason = reading.why.len > 0 ? strbuf_detach(&reading.why) : NULL;
	strbuf_free(&reading.plain);
}

void
import_list_parse(struct import_list *list, const char *name, const char *value,
    const struct import_context *context)
{
	enum stage stage = stage_find(name);
	const char *check =
	    stage != STAGE_COUNT ? stage_table_check(stage) : NULL;
	struct reader reader = { .context = context, .stage = stage };
	char *word;

	reader.bare_table = stage == STAGE_COUNT ? restriction_table.bare_table
	    : check != NULL ? restriction_find(&restriction_table, check)
			    : NULL;
	*list = (struct import_list){ .name = name };
	conf_text_set(&reader.text, value, nowhere);
	while ((word = next_word(&reader)) != NULL)
		add_item(list, &reader, word);
	if (stage != STAGE_COUNT && !reader.has_comment) {
		choose_run(list);
		keep_the_rest(list);
	} else if (import_list_moves_all(list)) { /* a class */
		list->end = list->n;
	}
	conf_text_free(&reader.text);
	strbuf_free(&reader.err);
}

void
import_list_take_whole(struct import_list *list, const char *name,
    const char *value, const char *reason)
{
	*list = (struct import_list){ .name = name };
	list->items = xcalloc(1, sizeof *list->items);
	list->items[list->n++] = (struct import_item){
		.text = xstrdup(value),
		.original = xstrdup(value),
		.reason = xstrdup(reason),
		.can_permit = true,
	};
}

void
import_list_free(struct import_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		item_free(&list->items[i]);
	free(list->items);
	*list = (struct import_list){ 0 };
}

bool
import_list_moves_all(const struct import_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].reason != NULL)
			return false;
	}
	return true;
}

bool
import_list_is_worth_it(const struct import_list *list)
{
	return list->end > 0;
}

bool
import_list_needs(const struct import_list *list, enum restriction_need need)
{
	for (size_t i = list->first; i < list->end; i++) {
		const struct restriction *row = list->items[i].row;

		if (row != NULL && row->needs == need)
			return true;
	}
	return false;
}

bool
import_list_guards(const struct import_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].is_guard)
			return true;
	}
	return false;
}

/* Whether main.cf needs it, whatever stands behind it. */
static bool
is_needed(const struct import_list *list, size_t i)
{
	return !is_in_run(list, i) || list->items[i].is_guard;
}

char *
import_list_text(const struct import_list *list, const char *call)
{
	struct strbuf text = { 0 };
	size_t last = 0; /* that is needed */

	for (size_t i = 0; i < list->n; i++)
		if (is_needed(list, i))
			last = i;
	for (size_t i = 0; i < list->n; i++) {
		const struct import_item *item = &list->items[i];

		if (import_list_is_worth_it(list) && i == list->first)
			strbuf_addf(&text, "%s\n", call);
		if (is_needed(list, i) || (item->can_permit && i < last))
			strbuf_addf(&text, "%s\n", item->original);
	}
	strbuf_adds(&text, "");
	return strbuf_detach(&text);
}
