/*
 * Which restrictions of a list can move to policyd.  Two rules keep the
 * meaning of the list: nothing moves from behind a restriction that stays and
 * may permit, and (import.c) what may permit is kept in main.cf, too, as long
 * as something that stays stands behind it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_list.h"
#include "conf_text.h"
#include "mem.h"
#include "restriction.h"
#include "table_text.h"

static const struct conf_origin nowhere = { "", 0 };

/* They, and nothing else, keep a relay closed. */
static const char *const guards[] = { "reject_unauth_destination",
	"defer_unauth_destination", "reject", "defer" };

static const struct {
	const char *restriction;
	enum import_need need;
} needs[] = {
	{ "permit_mynetworks", IMPORT_NEED_NETWORKS },
	{ "permit_auth_destination", IMPORT_NEED_DOMAINS },
	{ "reject_unauth_destination", IMPORT_NEED_DOMAINS },
	{ "defer_unauth_destination", IMPORT_NEED_DOMAINS },
	{ "permit_dnswl_client", IMPORT_NEED_DOMAINS },
	{ "permit_rhswl_client", IMPORT_NEED_DOMAINS },
	{ "reject_unknown_sender_domain", IMPORT_NEED_DOMAINS },
	{ "reject_unknown_address", IMPORT_NEED_DOMAINS },
	{ "reject_unknown_recipient_domain", IMPORT_NEED_DOMAINS },
	{ "reject_sender_login_mismatch", IMPORT_NEED_LOGINS },
	{ "reject_authenticated_sender_login_mismatch", IMPORT_NEED_LOGINS },
	{ "reject_unauthenticated_sender_login_mismatch", IMPORT_NEED_LOGINS },
	{ "reject_known_sender_login_mismatch", IMPORT_NEED_LOGINS },
};

static bool
is_guard(const char *word)
{
	for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
		if (strcasecmp(word, guards[i]) == 0)
			return true;
	}
	return false;
}

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

/* Whether policyd can read what is in the table, and not only its name. */
static bool
can_load(const char *word, struct strbuf *why)
{
	struct tables *tables = tables_new();
	struct strbuf err = { 0 };
	bool result;

	result = tables_add(tables, word, nowhere, &err) != NULL &&
	    tables_load(tables, &err) == CONF_OK;
	if (!result)
		add_first_line(why, strbuf_str(&err));
	tables_free(tables);
	strbuf_free(&err);
	return result;
}

char *
import_table(const struct import_context *context, const char *word,
    struct strbuf *why)
{
	struct strbuf err = { 0 };
	char *result = NULL;

	if (strncasecmp(word, "proxy:", 6) == 0)
		word += 6;
	if (tables_add(context->tables, word, nowhere, &err) == NULL)
		add_first_line(why, strbuf_str(&err));
	else if (can_load(word, why))
		result = xstrdup(word);
	strbuf_free(&err);
	return result;
}

/* A word in a table that policyd could not evaluate as a lookup result. */
static bool
value_stays(const struct import_context *context, const char *word)
{
	const struct restriction *row = restriction_find(word);
	const struct import_list *class = find_class(context, word);

	if (class != NULL)
		return !import_list_moves_all(class);
	return row != NULL && row->refusal != NULL;
}

/* Look through what a table answers for names that have to stay. */
static void
check_values(const struct import_context *context, const char *table,
    struct strbuf *why)
{
	struct strbuf err = { 0 };
	struct table_input input = { .name = strchr(table, ':') + 1,
		.err = &err };
	struct table_text text = { 0 };
	char *line, *word, *rest;
	int number;

	if (table_input_is_inline(input.name) ||
	    strncmp(table, "gdbm:", 5) == 0 ||
	    strncmp(table, "static:", 7) == 0)
		return;
	if (table_text_read(&text, &input) == 0) {
		while ((line = table_text_line(&text, &number)) != NULL) {
			rest = line;
			strsep(&rest, " \t");
			while ((word = strsep(&rest, " \t,")) != NULL) {
				if (why->len > 0 || !value_stays(context, word))
					continue;
				strbuf_addf(why,
				    "line %d of the table answers %s, which "
				    "has to stay",
				    number, word);
			}
		}
	}
	table_text_free(&text);
	strbuf_free(&err);
}

/* Reads the words of one restriction. */
struct reader {
	const struct import_context *context;
	struct conf_text text;
	size_t pos;
	struct strbuf err;
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
add_word(struct strbuf *text, const char *word)
{
	if (text->len > 0)
		strbuf_addc(text, ' ');
	strbuf_adds(text, word);
}

static void
check_table(const struct import_context *context, const char *word,
    struct strbuf *text, struct strbuf *why)
{
	char *table = import_table(context, word, why);

	if (table != NULL)
		check_values(context, table, why);
	add_word(text, table != NULL ? table : word);
	free(table);
}

/* What follows the name of a restriction. */
static void
read_argument(struct reader *reader, const struct restriction *row,
    struct strbuf *text, struct strbuf *original, struct strbuf *why)
{
	char *word = next_word(reader);

	if (word == NULL) {
		strbuf_addf(why, "%s has no argument", row->name);
		return;
	}
	add_word(original, word);
	if (row->argument == ARGUMENT_TABLE && row->refusal == NULL)
		check_table(reader->context, word, text, why);
	else
		add_word(text, word);
	free(word);
}

/* Why a restriction that policyd knows cannot move after all. */
static void
check_needs(const struct import_context *context, const char *name,
    struct strbuf *why)
{
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
		if (strcasecmp(name, needs[i].restriction) == 0 &&
		    context->problems[needs[i].need] != NULL)
			strbuf_adds(why, context->problems[needs[i].need]);
	}
}

static void
read_restriction(struct reader *reader, char *word, struct import_item *item)
{
	const struct import_context *context = reader->context;
	struct strbuf text = { 0 }, original = { 0 }, why = { 0 };
	const struct restriction *row = restriction_find(word);
	const struct import_list *class;
	char *name = word;

	while (row != NULL && row->eval == NULL && row->refusal == NULL) {
		add_word(&text, name);
		add_word(&original, name);
		if (name != word)
			free(name);
		name = next_word(reader);
		row = name != NULL ? restriction_find(name) : NULL;
		if (name == NULL)
			goto done;
	}
	add_word(&original, name);
	class = find_class(context, name);
	if (class != NULL) {
		add_word(&text, name);
		item->can_permit = true;
		if (!import_list_moves_all(class))
			strbuf_addf(&why, "the class %s holds what has to stay",
			    name);
	} else if (row == NULL && table_is_word(name)) {
		item->can_permit = true;
		check_table(context, name, &text, &why);
	} else if (row == NULL) {
		add_word(&text, name);
		item->can_permit = true;
		strbuf_adds(&why, "policyd does not know it");
	} else {
		add_word(&text, name);
		item->can_permit = strncasecmp(name, "permit", 6) == 0 ||
		    strncasecmp(name, "check_", 6) == 0;
		item->instead = row->instead;
		item->is_guard = text.len == strlen(name) && is_guard(name);
		if (row->argument != ARGUMENT_NONE)
			read_argument(reader, row, &text, &original, &why);
		if (row->refusal != NULL)
			strbuf_adds(&why, row->refusal);
		else
			check_needs(context, name, &why);
	}
done:
	if (name != word)
		free(name);
	item->text = strbuf_detach(&text);
	item->original = strbuf_detach(&original);
	item->reason = why.len > 0 ? strbuf_detach(&why) : NULL;
	strbuf_free(&why);
}

/* What stands behind a restriction that stays and may permit, stays. */
static void
keep_what_follows(struct import_list *list)
{
	const struct import_item *before = NULL;

	for (size_t i = 0; i < list->n; i++) {
		struct import_item *item = &list->items[i];

		if (before != NULL && item->reason == NULL)
			item->reason =
			    xasprintf("it stands behind %s, which may permit",
				before->original);
		else if (before == NULL && item->reason != NULL &&
		    item->can_permit)
			before = item;
	}
}

static void
item_free(struct import_item *item)
{
	free(item->text);
	free(item->original);
	free(item->reason);
}

void
import_list_parse(struct import_list *list, const char *name, const char *value,
    const struct import_context *context)
{
	struct reader reader = { .context = context };
	struct import_item *item;
	char *word;

	*list = (struct import_list){ .name = name };
	conf_text_set(&reader.text, value, nowhere);
	while ((word = next_word(&reader)) != NULL) {
		list->items = xreallocarray(list->items, list->n + 1,
		    sizeof(*list->items));
		item = &list->items[list->n++];
		*item = (struct import_item){ 0 };
		read_restriction(&reader, word, item);
		free(word);
		/* The call of policyd itself, from an earlier import. */
		if (strstr(item->original, "sekisho-policy") != NULL) {
			item_free(item);
			list->n--;
		}
	}
	keep_what_follows(list);
	conf_text_free(&reader.text);
	strbuf_free(&reader.err);
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
import_list_moves_any(const struct import_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i].reason == NULL)
			return true;
	}
	return false;
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
