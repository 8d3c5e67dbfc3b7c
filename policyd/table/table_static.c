/*
 * static:VALUE answers every key with VALUE; `static:{ VALUE }` may hold
 * blanks.
 */
#include <stdlib.h>
#include <string.h>

#include "table_type.h"
#include "mem.h"

void *
table_static_read(struct table_input *input)
{
	struct conf_word word = { input->name, strlen(input->name),
		input->origin };

	if (input->name[0] == '{' && !conf_word_unbrace(&word)) {
		table_input_error(input, 0,
		    "text after the last brace of static:%s", input->name);
		return NULL;
	}
	return conf_word_dup(&word);
}

enum lookup
table_static_find(void *content, const char *key, struct strbuf *value)
{
	(void)key;
	strbuf_adds(value, content);
	return LOOKUP_FOUND;
}

void
table_static_show_values(const void *content, table_see_value *see, void *arg)
{
	see(arg, content);
}

void
table_static_free(void *content)
{
	free(content);
}
