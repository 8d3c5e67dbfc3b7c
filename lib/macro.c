/*
 * Expansion of $name and of conditions on names (postconf(5)).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "macro.h"
#include "mem.h"

/* Text that is left to be read. */
struct span {
	const char *at, *end;
};

#define LEVEL_FIELDS 3 /* of a version: 3.10.1 */

static const struct relation {
	const char *name;
	bool less, equal, greater; /* whether it is true then */
} relations[] = {
	{ "==", false, true, false },
	{ "!=", true, false, true },
	{ "<", true, false, false },
	{ "<=", true, true, false },
	{ ">=", false, true, true },
	{ ">", false, false, true },
};

static int expand(const struct macro *, struct span, unsigned depth);

static int
fail(const struct macro *macro, const char *at, const char *reason)
{
	macro->fail(macro->ctx, at, reason);
	return -1;
}

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void
skip_blanks(struct span *span)
{
	while (span->at < span->end && strchr(" \t\r\n", *span->at) != NULL &&
	    *span->at != '\0')
		span->at++;
}

static bool
begins_with(const struct span *span, char c)
{
	return span->at < span->end && *span->at == c;
}

/* Where the bracket that the span begins with is closed; NULL: nowhere. */
static const char *
find_close(const struct span *span)
{
	char open = *span->at, close = open == '(' ? ')' : '}';
	size_t depth = 0;

	for (const char *p = span->at; p < span->end; p++) {
		if (*p == open)
			depth++;
		else if (*p == close && --depth == 0)
			return p;
	}
	return NULL;
}

/* The inside of { }, with blanks around it.  Returns 1, 0 when there is none,
 * or -1. */
static int
take_group(const struct macro *macro, struct span *from, struct span *inside)
{
	struct span span = *from;
	const char *close;

	skip_blanks(&span);
	if (!begins_with(&span, '{'))
		return 0;
	close = find_close(&span);
	if (close == NULL)
		return fail(macro, span.at, "\"{\" is not closed");
	*inside = (struct span){ span.at + 1, close };
	from->at = close + 1;
	skip_blanks(from);
	return 1;
}

/* The text behind ? or :, without its { }; else all that is left. */
static int
take_result(const struct macro *macro, struct span *from, struct span *result)
{
	int got;

	from->at++;
	got = take_group(macro, from, result);
	if (got == 0) {
		*result = *from;
		from->at = from->end;
	}
	return got == -1 ? -1 : 0;
}

/* rest: from ? or : on. */
static int
expand_choice(const struct macro *macro, bool is_true, struct span rest,
    unsigned depth)
{
	struct span yes = { rest.at, rest.at }, no = yes;

	if (begins_with(&rest, '?') && take_result(macro, &rest, &yes) == -1)
		return -1;
	if (begins_with(&rest, ':') && take_result(macro, &rest, &no) == -1)
		return -1;
	if (rest.at < rest.end)
		return fail(macro, rest.at,
		    "\"?\" or \":\" is missing in ${ }, or there is too much");
	return expand(macro, is_true ? yes : no, depth);
}

/* Expanded, and not in the output; NULL when that fails. */
static char *
operand(const struct macro *macro, struct span text, unsigned depth)
{
	size_t before = macro->out->len;
	char *copy;

	if (expand(macro, text, depth) == -1)
		return NULL;
	copy =
	    xstrndup(strbuf_str(macro->out) + before, macro->out->len - before);
	strbuf_truncate(macro->out, before);
	return copy;
}

static bool
is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int
compare_numbers(long a, long b)
{
	return (a > b) - (a < b);
}

static int
compare_texts(const char *a, const char *b)
{
	if (is_number(a) && is_number(b))
		return compare_numbers(strtol(a, NULL, 10),
		    strtol(b, NULL, 10));
	return strcmp(a, b);
}

/* One to three numbers with dots between.  Returns 0 or -1. */
static int
parse_level(const char *text, long level[LEVEL_FIELDS])
{
	char *end;

	memset(level, 0, LEVEL_FIELDS * sizeof level[0]);
	for (size_t i = 0; i < LEVEL_FIELDS; i++) {
		if (!isdigit((unsigned char)*text))
			return -1;
		level[i] = strtol(text, &end, 10);
		if (*end == '\0')
			return 0;
		if (*end != '.')
			return -1;
		text = end + 1;
	}
	return -1;
}

/* Returns 0 with the order of two versions, or -1. */
static int
compare_levels(const char *a, const char *b, int *order)
{
	long left[LEVEL_FIELDS], right[LEVEL_FIELDS];

	if (parse_level(a, left) == -1 || parse_level(b, right) == -1)
		return -1;
	*order = 0;
	for (size_t i = 0; i < LEVEL_FIELDS && *order == 0; i++)
		*order = compare_numbers(left[i], right[i]);
	return 0;
}

/* The relation at the span, which moves behind it; NULL: none. */
static const struct relation *
take_relation(struct span *span, bool *is_level)
{
	static const char level[] = "level";
	const char *start = span->at;
	size_t len;

	while (span->at < span->end && strchr("<>=!", *span->at) != NULL)
		span->at++;
	len = (size_t)(span->at - start);
	*is_level = (size_t)(span->end - span->at) >= strlen(level) &&
	    memcmp(span->at, level, strlen(level)) == 0;
	if (*is_level)
		span->at += strlen(level);
	for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
		if (strlen(relations[i].name) == len &&
		    memcmp(relations[i].name, start, len) == 0)
			return &relations[i];
	}
	return NULL;
}

/* {text} == {text}, which the span moves behind.  Returns 1, 0 or -1. */
static int
take_comparison(const struct macro *macro, struct span *span, unsigned depth)
{
	const struct relation *relation;
	struct span left, right;
	char *a = NULL, *b = NULL;
	int result = -1, order;
	const char *at;
	bool is_level;

	if (take_group(macro, span, &left) != 1)
		return -1;
	at = span->at;
	relation = take_relation(span, &is_level);
	if (relation == NULL || take_group(macro, span, &right) != 1)
		return fail(macro, at,
		    "a comparison is {text} OPERATOR {text}, with one of "
		    "== != < <= >= >");
	a = operand(macro, left, depth);
	b = a != NULL ? operand(macro, right, depth) : NULL;
	if (b == NULL)
		goto done;
	order = compare_texts(a, b);
	if (is_level && compare_levels(a, b, &order) == -1) {
		fail(macro, at, "a level is a version number, as 3.6");
		goto done;
	}
	result = order < 0 ? relation->less
	    : order == 0   ? relation->equal
			   : relation->greater;
done:
	free(a);
	free(b);
	return result;
}

static int
expand_comparison(const struct macro *macro, struct span span, unsigned depth)
{
	const char *at = span.at;
	int is_true = take_comparison(macro, &span, depth);

	if (is_true == -1)
		return -1;
	if (span.at < span.end)
		return expand_choice(macro, is_true, span, depth);
	if (is_true)
		macro->add_text(macro->ctx, at, "true", strlen("true"));
	return 0;
}

static int
expand_name(const struct macro *macro, struct span span, unsigned depth)
{
	const char *at = span.at;
	int result;
	char *name;

	while (span.at < span.end && is_name_byte(*span.at))
		span.at++;
	if (span.at == at)
		return fail(macro, at,
		    "\"$\" wants a name; \"$$\" stands for the character "
		    "itself");
	name = xstrndup(at, (size_t)(span.at - at));
	skip_blanks(&span);
	if (span.at == span.end) {
		result = macro->add_value(macro->ctx, at, name);
	} else if (*span.at != '?' && *span.at != ':') {
		result = fail(macro, span.at,
		    "a name has letters, digits and \"_\", then comes \"?\" "
		    "or \":\"");
	} else {
		result = expand_choice(macro,
		    macro->has_value(macro->ctx, name), span, depth);
	}
	free(name);
	return result;
}

/* One reference; span begins behind its $, and moves behind it. */
static int
expand_reference(const struct macro *macro, struct span *span, unsigned depth)
{
	struct span inside = { span->at, span->at };

	if (begins_with(span, '$')) {
		macro->add_text(macro->ctx, span->at++, "$", 1);
		return 0;
	}
	if (begins_with(span, '{') || begins_with(span, '(')) {
		inside = (struct span){ span->at + 1, find_close(span) };
		if (inside.end == NULL)
			return fail(macro, span->at, "a bracket is not closed");
		span->at = inside.end + 1;
		skip_blanks(&inside);
		return begins_with(&inside, '{')
		    ? expand_comparison(macro, inside, depth)
		    : expand_name(macro, inside, depth);
	}
	while (inside.end < span->end && is_name_byte(*inside.end))
		inside.end++;
	span->at = inside.end;
	return expand_name(macro, inside, depth);
}

static int
expand(const struct macro *macro, struct span span, unsigned depth)
{
	const char *start;

	if (depth > MACRO_DEPTH_MAX)
		return fail(macro, span.at, "${ } is nested too deep");
	while (span.at < span.end) {
		start = span.at;
		while (span.at < span.end && *span.at != '$')
			span.at++;
		if (span.at > start)
			macro->add_text(macro->ctx, start, start,
			    (size_t)(span.at - start));
		if (span.at == span.end)
			break;
		span.at++;
		if (expand_reference(macro, &span, depth + 1) == -1)
			return -1;
	}
	return 0;
}

int
macro_expand(const struct macro *macro, const char *text, size_t len)
{
	return expand(macro, (struct span){ text, text + len }, 0);
}
