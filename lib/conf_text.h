#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Text of a configuration value whose every byte can say where it was
 * written: values run over several lines and take in other values by $name.
 */
struct conf_origin {
	const char *file; /* lives as long as the process */
	int line;         /* 0: the file as a whole, as "(from main.cf)" */
};

struct conf_mark {
	size_t offset; /* from here to the next mark */
	struct conf_origin origin;
};

struct conf_text {  /* all-zero: the empty text */
	char *text; /* owned; NULL is empty */
	struct conf_mark *marks;
	size_t nmarks;
};

/* One word, borrowed from the text: not NUL-terminated. */
struct conf_word {
	const char *start;
	size_t len;
	struct conf_origin origin;
};

/* The text, never NULL. */
const char *conf_text_str(const struct conf_text *);

struct conf_origin conf_text_origin(const struct conf_text *, size_t offset);

/* A text with one origin, for what does not come from a file. */
void conf_text_set(struct conf_text *, const char *text,
    struct conf_origin origin);
void conf_text_copy(struct conf_text *to, const struct conf_text *from);
void conf_text_free(struct conf_text *); /* back to all-zero */

/*
 * The next word from *pos on, as Postfix splits lists: words are separated by
 * commas and white space, but not inside of balanced { }, which stay part of
 * the word.  *pos (0 at first) moves behind the word.
 * Returns 1, or 0 at the end, or -1 with a line "file:line: ..." in err when
 * a brace has no partner (the text is used up then).
 */
int conf_next_word(const struct conf_text *, size_t *pos, struct conf_word *,
    struct strbuf *err);

/* A copy of the word; the caller frees it. */
char *conf_word_dup(const struct conf_word *);
bool conf_word_is(const struct conf_word *, const char *, bool ignore_case);

/* When the word is one { } group, make it its inside, trimmed; else false. */
bool conf_word_unbrace(struct conf_word *);

/* Append "file:line: text\n" to err, or "text (from main.cf)\n" (line 0).
 * What stands there already is not said again: a value is read once for each
 * context.  Behind CONF_ERRORS_MAX bytes nothing is, but that there is more. */
#define CONF_ERRORS_MAX 65536
void conf_error(struct strbuf *err, struct conf_origin, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
