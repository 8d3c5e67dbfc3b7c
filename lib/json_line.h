#ifndef JSON_LINE_H
#define JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * One object of JSON (RFC 8259) on a line, as a peer wrote it: strings and
 * numbers by their names.  What is deeper in it must be well-formed, and is
 * left out.  All-zero is an empty one.
 */
#define JSON_MEMBERS_MAX 32

struct json_line {
	struct json_member {
		const char *name;
		const char *text; /* of a string; NULL: something else */
		bool is_integer;
		long long integer;
	} members[JSON_MEMBERS_MAX];
	size_t n;
};

/*
 * text: decoded in place, and borrowed as long as the line is used.  Returns 0,
 * or -1 when it is no such object, has more members, or a string that has a NUL
 * or is no UTF-8.
 */
int json_line_read(struct json_line *, char *text);

/* The string of that name; NULL: there is none. */
const char *json_line_string(const struct json_line *, const char *name);

/* Returns false when there is no integer of that name. */
bool json_line_integer(const struct json_line *, const char *name, long long *);

#endif
