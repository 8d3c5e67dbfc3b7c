/*
 * Parameters that name tables.
 */
#include <stdlib.h>

#include "table_list.h"
#include "mem.h"
#include "table.h"

static void
add(struct table_list *list, struct table *table)
{
	if (table == NULL)
		return;
	list->tables =
	    xreallocarray(list->tables, list->n + 1, sizeof(struct table *));
	list->tables[list->n++] = table;
}

/* as: how Postfix reads the table for us, or NULL. */
static void
read_words(struct table_list *list, const struct conf_text *value,
    char *as(const char *word), struct tables *tables, struct strbuf *err)
{
	struct conf_word word;
	size_t pos = 0;
	char *name, *other;

	while (conf_next_word(value, &pos, &word, err) == 1) {
		name = conf_word_dup(&word);
		other = as != NULL ? as(name) : NULL;
		add(list,
		    tables_add(tables, other != NULL ? other : name,
			word.origin, err));
		free(other);
		free(name);
	}
}

void
table_list_read(struct table_list *list, const struct conf_text *value,
    struct tables *tables, struct strbuf *err)
{
	read_words(list, value, NULL, tables, err);
}

void
table_list_read_local(struct table_list *list, const struct conf_text *value,
    struct tables *tables, struct strbuf *err)
{
	read_words(list, value, table_index_word, tables, err);
}
