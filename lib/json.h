#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * JSON (RFC 8259) that is written piece by piece, on one line:
 *
 *	struct json json = { .out = &out };
 *	json_object(&json, NULL);
 *	json_string(&json, "user", "joe");
 *	json_end(&json);
 *
 * key: NULL in an array and at the top.
 */
#define JSON_DEPTH 16

struct json {
	struct strbuf *out;       /* borrowed */
	char closing[JSON_DEPTH]; /* bracket of each open level */
	unsigned depth;
	bool needs_comma;
};

void json_object(struct json *, const char *key);
void json_array(struct json *, const char *key);
void json_end(struct json *); /* of the innermost object or array */

/* Any bytes; what is not UTF-8 becomes U+FFFD.  NULL: null. */
void json_string(struct json *, const char *key, const char *text);
void json_integer(struct json *, const char *key, long long);
void json_bool(struct json *, const char *key, bool);

#endif
