/*
 * Lists of words.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "word_list.h"
#include "mem.h"
#include "strbuf.h"

bool
word_list_has(const char *list, const char *word)
{
	size_t len;

	for (list += strspn(list, WORD_LIST_SEPARATORS); *list != '\0';
	     list += len + strspn(list + len, WORD_LIST_SEPARATORS)) {
		len = strcspn(list, WORD_LIST_SEPARATORS);
		if (len == strlen(word) && strncasecmp(list, word, len) == 0)
			return true;
	}
	return false;
}

char *
word_list_without(const char *list, const char *word)
{
	struct strbuf rest = { 0 };
	char *copy = xstrdup(list), *next = copy, *item;

	while ((item = strsep(&next, WORD_LIST_SEPARATORS)) != NULL)
		if (*item != '\0' && strcasecmp(item, word) != 0)
			strbuf_addf(&rest, "%s%s", rest.len > 0 ? ", " : "",
			    item);
	free(copy);
	strbuf_adds(&rest, "");
	return strbuf_detach(&rest);
}

char *
word_list_replace(const char *list, size_t start, size_t end, const char *text)
{
	struct strbuf out = { 0 };

	if (*text == '\0')
		end += strspn(list + end, WORD_LIST_SEPARATORS);
	strbuf_add(&out, list, start);
	strbuf_adds(&out, text);
	strbuf_adds(&out, list + end);
	while (out.len > 0 &&
	    strchr(WORD_LIST_SEPARATORS, out.bytes[out.len - 1]) != NULL)
		strbuf_truncate(&out, out.len - 1);
	strbuf_adds(&out, "");
	return strbuf_detach(&out);
}
