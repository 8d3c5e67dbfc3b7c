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

void
table_list_read(struct table_list *list, const struct conf_text *value,
    struct tables *tables, struct strbuf *err)
{
	struct conf_word word;
	size_t pos = 0;
	char *name;

	while (conf_next_word(value, &pos, &word, err) == 1) {
		name = conf_word_dup(&word);
		add(list, tables_add(tables, name, word.origin, err));
		free(name);
	}
}

void
table_list_read_local(struct table_list *list, const struct conf_text *value,
    struct tables *tables, struct strbuf *err)
{
	struct conf_word word;
	size_t pos = 0;
	char *name, *index;

	while (conf_next_word(value, &pos, &word, err) == 1) {
		name = conf_word_dup(&word);
		index = table_index_word(name);
		add(list,
		    tables_add(tables, index != NULL ? index : name,
			word.origin, err));
		free(index);
		free(name);
	}
}
