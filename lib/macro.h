#ifndef MACRO_H
#define MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

/*
 * Text that takes in values by name, in the syntax of postconf(5): $name,
 * ${name} and $(name); ${name?text} and ${name:text}, for a name with a value
 * and without; ${name?{text}:{text}}; ${{text} == {text} ? {text} : {text}}
 * with == != < <= >= >, which compare numbers as numbers, and the same with
 * "level" behind them for versions (3.10 <level 3.6); $$.
 */
struct macro {
	struct strbuf *out; /* what add_text and add_value append to */
	/* Append bytes; at: where in the text they come from. */
	void (*add_text)(void *ctx, const char *at, const char *bytes,
	    size_t len);
	/* Append the value of a name.  Returns 0, or -1 with the reason told:
	 * there is no such name. */
	int (*add_value)(void *ctx, const char *at, const char *name);
	/* Whether there is such a name, and its value is not empty. */
	bool (*has_value)(void *ctx, const char *name);
	void (*fail)(void *ctx, const char *at, const char *reason);
	void *ctx;
};

#define MACRO_DEPTH_MAX 20 /* of ${ } in ${ } */

/* Returns 0, or -1 with the reason told. */
int macro_expand(const struct macro *, const char *text, size_t len);

#endif
