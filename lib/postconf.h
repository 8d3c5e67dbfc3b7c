#ifndef POSTCONF_H
#define POSTCONF_H

#include <stddef.h>

#include "strbuf.h"

/*
 * Postfix's own command for questions about its configuration, postconf(1).
 */
#define POSTCONF_OUTPUT_MAX ((size_t)4 << 20)
#define POSTCONF_SECONDS    20

struct postconf_value {
	char *name;
	char *value;
};

struct postconf_values {
	size_t n;
	struct postconf_value *list;
};

/*
 * Run `postconf OPTION -c DIRECTORY [WORD ...]`, words ending with NULL: names,
 * and `-o name=value` as if that stood in main.cf.  directory: NULL: that which
 * postconf takes by itself.
 * Found on PATH, or where packages put it.
 * Returns 0, or -1 with the reason in err.
 */
int postconf_ask(const char *directory, const char *option,
    const char *const words[], struct postconf_values *, struct strbuf *err);
void postconf_values_free(struct postconf_values *);

/* The value of a name; NULL when it was not among the answers. */
const char *postconf_value(const struct postconf_values *, const char *name);

#endif
