/*
 * Text of configuration values that knows where it was written, and its words
 * (the list syntax of postconf(5)).
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf_text.h"
#include "mem.h"

#define SEPARATORS ", \t\r\n"

const char *
conf_text_str(const struct conf_text *text)
{
	return text->text != NULL ? text->text : "";
}

struct conf_origin
conf_text_origin(const struct conf_text *text, size_t offset)
{
	size_t low = 0, high = text->nmarks;

	/* The last mark that is not behind the offset. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text->marks[middle].offset > offset)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == 0)
		return (struct conf_origin){ .file = "", .line = 0 };
	return text->marks[low - 1].origin;
}

void
conf_text_set(struct conf_text *text, const char *value,
    struct conf_origin origin)
{
	conf_text_free(text);
	text->text = xstrdup(value);
	text->marks = xcalloc(1, sizeof *text->marks);
	text->marks[0].origin = origin;
	text->nmarks = 1;
}

void
conf_text_copy(struct conf_text *to, const struct conf_text *from)
{
	conf_text_free(to);
	if (from->text == NULL)
		return;
	to->text = xstrdup(from->text);
	to->marks = xcalloc(from->nmarks, sizeof *to->marks);
	if (from->nmarks > 0)
		memcpy(to->marks, from->marks,
		    from->nmarks * sizeof *to->marks);
	to->nmarks = from->nmarks;
}

void
conf_text_free(struct conf_text *text)
{
	free(text->text);
	free(text->marks);
	*text = (struct conf_text){ 0 };
}

int
conf_next_word(const struct conf_text *text, size_t *pos,
    struct conf_word *word, struct strbuf *err)
{
	const char *bytes = conf_text_str(text);
	size_t start = *pos + strspn(bytes + *pos, SEPARATORS);
	size_t end = start;
	size_t open = start; /* the outermost brace that is open */
	size_t depth = 0;

	for (; bytes[end] != '\0'; end++) {
		if (depth == 0 && strchr(SEPARATORS, bytes[end]) != NULL)
			break;
		if (bytes[end] == '{' && depth++ == 0)
			open = end;
		if (bytes[end] == '}' && depth-- == 0)
			break;
	}
	*pos = end;
	if (end == start && bytes[end] == '\0')
		return 0;
	if (bytes[end] == '}') {
		conf_error(err, conf_text_origin(text, end),
		    "\"}\" without \"{\" before it");
		*pos = strlen(bytes);
		return -1;
	}
	if (depth > 0) {
		conf_error(err, conf_text_origin(text, open),
		    "\"{\" without its \"}\"");
		return -1;
	}
	word->start = bytes + start;
	word->len = end - start;
	word->origin = conf_text_origin(text, start);
	return 1;
}

char *
conf_word_dup(const struct conf_word *word)
{
	return xstrndup(word->start, word->len);
}

bool
conf_word_is(const struct conf_word *word, const char *name, bool ignore_case)
{
	if (strlen(name) != word->len)
		return false;
	if (ignore_case)
		return strncasecmp(word->start, name, word->len) == 0;
	return strncmp(word->start, name, word->len) == 0;
}

/* The '}' that closes the '{' at the beginning of the word. */
static size_t
closing_brace(const struct conf_word *word)
{
	size_t depth = 0;
	size_t i;

	for (i = 0; i < word->len; i++) {
		if (word->start[i] == '{')
			depth++;
		else if (word->start[i] == '}' && --depth == 0)
			break;
	}
	return i;
}

bool
conf_word_unbrace(struct conf_word *word)
{
	if (word->len < 2 || word->start[0] != '{' ||
	    closing_brace(word) != word->len - 1)
		return false;
	word->start++;
	word->len -= 2;
	while (word->len > 0 && strchr(SEPARATORS, word->start[0]) != NULL) {
		word->start++;
		word->len--;
	}
	while (word->len > 0 &&
	    strchr(SEPARATORS, word->start[word->len - 1]) != NULL)
		word->len--;
	return true;
}

void
conf_error(struct strbuf *err, struct conf_origin origin, const char *fmt, ...)
{
	struct strbuf line = { 0 };
	va_list ap;

	if (err->len >= CONF_ERRORS_MAX)
		return;
	if (origin.line > 0)
		strbuf_addf(&line, "%s:%d: ", origin.file, origin.line);
	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (origin.line == 0 && origin.file != NULL && *origin.file != '\0')
		strbuf_addf(&line, " (from %s)", origin.file);
	strbuf_addc(&line, '\n');
	if (strstr(strbuf_str(err), line.bytes) == NULL)
		strbuf_add(err, line.bytes, line.len);
	if (err->len >= CONF_ERRORS_MAX)
		strbuf_adds(err, "there are more errors\n");
	strbuf_free(&line);
}
