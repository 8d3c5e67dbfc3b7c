/*
 * Expansion of $name in reply templates, in the syntax of postconf(5).
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "reply_template.h"
#include "mem.h"

#define DEPTH_MAX 20 /* of ${...} in ${...} */

struct expansion {
	const struct reply_template *template;
	unsigned depth;
	struct strbuf *out, *err;
};

static int expand(struct expansion *, const char *text, size_t len);

static bool
is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The length of ( ) or { } with what is in it, at text; 0: it has no end. */
static size_t
group_len(const char *text, size_t len)
{
	char open = text[0], close = open == '(' ? ')' : '}';
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == open)
			depth++;
		else if (text[i] == close && --depth == 0)
			return i + 1;
	}
	return 0;
}

static void
add_value(struct expansion *expansion, const char *value)
{
	for (; *value != '\0'; value++)
		strbuf_addc(expansion->out,
		    strchr(expansion->template->filter, *value) != NULL ? *value
									: '_');
}

/* The value of a name of len bytes; NULL, and a reason: there is none. */
static const char *
value_of(struct expansion *expansion, const char *name, size_t len)
{
	char *copy = xstrndup(name, len);
	const char *value =
	    expansion->template->lookup(expansion->template->ctx, copy);

	if (value == NULL)
		strbuf_addf(expansion->err, "unknown name \"%s\"", copy);
	free(copy);
	return value;
}

/* Text behind ? or :, { } around it taken off. */
static int
expand_text(struct expansion *expansion, const char *text, size_t len)
{
	size_t blanks;

	for (blanks = 0; blanks < len && text[blanks] == ' ';)
		blanks++;
	if (blanks < len && text[blanks] == '{' &&
	    group_len(text + blanks, len - blanks) == len - blanks)
		return expand(expansion, text + blanks + 1, len - blanks - 2);
	return expand(expansion, text, len);
}

/* name?text, name:text, name?{text}:{text} */
static int
expand_condition(struct expansion *expansion, const char *text, size_t len,
    size_t namelen)
{
	const char *value = value_of(expansion, text, namelen);
	const char *yes = text + namelen + 1, *end = text + len;
	bool is_set = value != NULL && value[0] != '\0';
	size_t group;

	if (value == NULL)
		return -1;
	if (text[namelen] == ':')
		return is_set
		    ? 0
		    : expand_text(expansion, yes, (size_t)(end - yes));
	group =
	    yes < end && *yes == '{' ? group_len(yes, (size_t)(end - yes)) : 0;
	if (group > 0 && yes + group < end && yes[group] == ':') {
		if (is_set)
			return expand(expansion, yes + 1, group - 2);
		yes += group + 1;
		return expand_text(expansion, yes, (size_t)(end - yes));
	}
	return is_set ? expand_text(expansion, yes, (size_t)(end - yes)) : 0;
}

/* What stands in ${ } or $( ). */
static int
expand_group(struct expansion *expansion, const char *text, size_t len)
{
	size_t namelen = 0;
	const char *value;

	while (namelen < len && is_name_char(text[namelen]))
		namelen++;
	if (namelen == 0) {
		strbuf_adds(expansion->err, "a name is missing in ${}");
		return -1;
	}
	if (namelen == len) {
		value = value_of(expansion, text, len);
		if (value == NULL)
			return -1;
		add_value(expansion, value);
		return 0;
	}
	if (text[namelen] == '?' || text[namelen] == ':')
		return expand_condition(expansion, text, len, namelen);
	strbuf_addf(expansion->err, "\"%.*s\" is no name", (int)len, text);
	return -1;
}

/* One reference; text begins behind the $.  Returns its length, or -1. */
static int
expand_reference(struct expansion *expansion, const char *text, size_t len)
{
	size_t used = 0;

	if (len > 0 && text[0] == '$') {
		strbuf_addc(expansion->out, '$');
		return 1;
	}
	if (len > 0 && (text[0] == '{' || text[0] == '(')) {
		used = group_len(text, len);
		if (used == 0) {
			strbuf_adds(expansion->err, "a brace has no partner");
			return -1;
		}
		return expand_group(expansion, text + 1, used - 2) == -1
		    ? -1
		    : (int)used;
	}
	while (used < len && is_name_char(text[used]))
		used++;
	return expand_group(expansion, text, used) == -1 ? -1 : (int)used;
}

static int
expand(struct expansion *expansion, const char *text, size_t len)
{
	size_t i = 0;
	int used;

	if (expansion->depth >= DEPTH_MAX) {
		strbuf_adds(expansion->err, "${} is nested too deep");
		return -1;
	}
	expansion->depth++;
	while (i < len) {
		if (text[i] != '$') {
			strbuf_addc(expansion->out, text[i++]);
			continue;
		}
		used = expand_reference(expansion, text + i + 1, len - i - 1);
		if (used == -1)
			return -1;
		i += 1 + (size_t)used;
	}
	expansion->depth--;
	return 0;
}

int
reply_template_expand(const struct reply_template *template, const char *text,
    struct strbuf *out, struct strbuf *err)
{
	struct expansion expansion = { template, 0, out, err };

	return expand(&expansion, text, strlen(text));
}
