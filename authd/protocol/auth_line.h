#ifndef AUTH_LINE_H
#define AUTH_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cidr.h"
#include "strbuf.h"

/*
 * Lines of the Dovecot auth-client protocol: COMMAND and its fields,
 * separated by TAB.  Parsing cuts the line up in place; all pointers are into
 * it.
 */

/* Cut off the next field.  Returns NULL at the end of the line. */
char *auth_line_next(char **rest);

/* A decimal number up to 4294967295, and nothing else. */
bool auth_line_number(const char *field, uint32_t *number);

/* Undo the escaping of a value, in place.  An escaped NUL ends it. */
void auth_line_unescape(char *value);

/* What follows the command word AUTH. */
struct auth_line {
	uint32_t id;
	const char *mechanism; /* "" when it is missing */
	const char *service;   /* "" when none was named */
	struct ip client;      /* rip=; family 0: none, or not an address */
	bool no_penalty;
	bool final_with_data; /* final-resp-ok */
	char *response;       /* base64; NULL: none was given */
};

/*
 * args: the rest of the line.  A parameter that is unknown or has a bad value
 * is passed over; resp= is the last that counts.
 * Returns false when there is no valid id.
 */
bool auth_line_parse(struct auth_line *, char *args);

/*
 * Append the bytes that a response stands for: base64; an initial one may be
 * "=" for the empty one.  Return false when it is neither.
 */
bool auth_line_initial_response(const char *base64, struct strbuf *out);
bool auth_line_response(const char *base64, struct strbuf *out);

#endif
