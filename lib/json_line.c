/*
 * A reader of flat objects.  Strings become shorter when they are decoded, so
 * that happens where they stand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_line.h"
#include "json_plain.h"
#include "utf8.h"

#define DEPTH_MAX 16

static void
skip_blanks(char **at)
{
	while (**at == ' ' || **at == '\t' || **at == '\r' || **at == '\n')
		++*at;
}

/* Take a byte that has to come next. */
static bool
take(char **at, char byte)
{
	if (**at != byte)
		return false;
	++*at;
	return true;
}

/* Four hex digits; -1: there are none. */
static long
read_hex(char **at)
{
	char digits[5] = { 0 };

	for (int i = 0; i < 4; i++) {
		digits[i] = (*at)[i];
		if (strchr("0123456789abcdefABCDEF", digits[i]) == NULL ||
		    digits[i] == '\0')
			return -1;
	}
	*at += 4;
	return strtol(digits, NULL, 16);
}

/* What follows \u; a pair of surrogates is one character. */
static long
read_character(char **at)
{
	long high = read_hex(at), low;

	if (high < 0xD800 || high > 0xDFFF)
		return high;
	if (high > 0xDBFF || !take(at, '\\') || !take(at, 'u'))
		return -1;
	low = read_hex(at);
	if (low < 0xDC00 || low > 0xDFFF)
		return -1;
	return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static void
put_character(char **out, long c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const int first[] = { 0, 0xC0, 0xE0, 0xF0 };

	*(*out)++ = (char)(first[more] | (int)(c >> (6 * more)));
	while (more-- > 0)
		*(*out)++ = (char)(0x80 | (int)((c >> (6 * more)) & 0x3F));
}

/* What stands behind a backslash. */
static bool
read_escape(char **at, char **out)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *name;
	long c;

	if (take(at, 'u')) {
		c = read_character(at);
		if (c <= 0)
			return false;
		put_character(out, c);
		return true;
	}
	name = **at != '\0' ? strchr(names, **at) : NULL;
	if (name == NULL)
		return false;
	*(*out)++ = bytes[name - names];
	++*at;
	return true;
}

/* A string, decoded; NULL: there is none. */
static char *
read_string(char **at)
{
	char *text, *out;

	if (!take(at, '"'))
		return NULL;
	text = *at;
	out = *at = text + json_plain_len(text);
	if (**at == '"') {
		*(*at)++ = '\0';
		return text;
	}
	while (**at != '"') {
		if ((unsigned char)**at < ' ')
			return NULL;
		if (!take(at, '\\'))
			*out++ = *(*at)++;
		else if (!read_escape(at, &out))
			return NULL;
	}
	++*at;
	*out = '\0';
	return utf8_is_valid(text, (size_t)(out - text)) ? text : NULL;
}

/* A number that may be no integer. */
static bool
read_number(char **at, struct json_member *member)
{
	size_t len = strspn(*at, "+-.0123456789eE");
	char *end;

	if (strchr("-0123456789", **at) == NULL || **at == '\0')
		return false;
	errno = 0;
	member->integer = strtoll(*at, &end, 10);
	member->is_integer = errno == 0 && end == *at + len;
	strtod(*at, &end);
	if (end != *at + len)
		return false;
	*at = end;
	return true;
}

static bool
read_word(char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool
read_plain(char **at, struct json_member *member)
{
	if (**at == '"') {
		member->text = read_string(at);
		return member->text != NULL;
	}
	return read_word(at, "true") || read_word(at, "false") ||
	    read_word(at, "null") || read_number(at, member);
}

/* An object or an array, for its end.  Values in it may be so, too. */
static bool
skip_nested(char **at)
{
	char closing[DEPTH_MAX];
	int depth = 0;
	struct json_member ignored;

	do {
		skip_blanks(at);
		if (**at == '{' || **at == '[') {
			if (depth == DEPTH_MAX)
				return false;
			closing[depth++] = *(*at)++ == '{' ? '}' : ']';
		} else if (**at == '}' || **at == ']') {
			if (*(*at)++ != closing[--depth])
				return false;
		} else if (**at == ',' || **at == ':') {
			++*at;
		} else if (!read_plain(at, &ignored)) {
			return false;
		}
	} while (depth > 0);
	return true;
}

static bool
read_member(char **at, struct json_member *member)
{
	*member = (struct json_member){ 0 };
	skip_blanks(at);
	member->name = read_string(at);
	skip_blanks(at);
	if (member->name == NULL || !take(at, ':'))
		return false;
	skip_blanks(at);
	if (**at == '{' || **at == '[')
		return skip_nested(at);
	return read_plain(at, member);
}

int
json_line_read(struct json_line *line, char *text)
{
	char *at = text;

	line->n = 0;
	skip_blanks(&at);
	if (!take(&at, '{'))
		return -1;
	skip_blanks(&at);
	if (*at == '}') {
		at++;
	} else {
		do {
			if (line->n == JSON_MEMBERS_MAX ||
			    !read_member(&at, &line->members[line->n++]))
				return -1;
			skip_blanks(&at);
		} while (take(&at, ','));
		if (!take(&at, '}'))
			return -1;
	}
	skip_blanks(&at);
	return *at == '\0' ? 0 : -1;
}

static const struct json_member *
find(const struct json_line *line, const char *name)
{
	for (size_t i = 0; i < line->n; i++) {
		const struct json_member *member = &line->members[i];

		if (member->name[0] == name[0] &&
		    strcmp(member->name, name) == 0)
			return member;
	}
	return NULL;
}

const char *
json_line_string(const struct json_line *line, const char *name)
{
	const struct json_member *member = find(line, name);

	return member == NULL ? NULL : member->text;
}

bool
json_line_integer(const struct json_line *line, const char *name,
    long long *value)
{
	const struct json_member *member = find(line, name);

	if (member == NULL || !member->is_integer)
		return false;
	*value = member->integer;
	return true;
}
