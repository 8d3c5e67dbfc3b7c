/*
 * gdbm:FILE, a GDBM file that is replaced by rename when it changes.  Keys
 * are asked for in lower case; records of C strings may end in a NUL or not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table_type.h"
#include "log.h"
#include "utf8_fold.h"

void *
table_gdbm_read(struct table_input *input)
{
	struct strbuf why = { 0 };
	struct store *store;

	input->stamp = table_stamp(input->name);
	store = store_open(input->name, &why);
	if (store == NULL) {
		input->is_unreadable = access(input->name, R_OK) == -1;
		table_input_error(input, 0, "%s", strbuf_str(&why));
	}
	strbuf_free(&why);
	return store;
}

enum lookup
table_gdbm_find(void *content, const char *key, struct strbuf *value)
{
	struct strbuf folded = { 0 }, why = { 0 };
	struct value found = { 0 };
	enum lookup result;

	utf8_fold(key, &folded);
	result =
	    store_find(content, strbuf_str(&folded), folded.len, &found, &why);
	if (result == LOOKUP_NOT_FOUND)
		result = store_find(content, strbuf_str(&folded),
		    folded.len + 1, &found, &why);
	if (result == LOOKUP_FOUND)
		strbuf_adds(value, found.bytes);
	else if (result == LOOKUP_TEMPFAIL)
		log_debug("gdbm: %s", strbuf_str(&why));
	free(found.bytes);
	strbuf_free(&folded);
	strbuf_free(&why);
	return result;
}

void
table_gdbm_free(void *content)
{
	store_close(content);
}
