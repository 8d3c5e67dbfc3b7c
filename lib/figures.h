#ifndef FIGURES_H
#define FIGURES_H

#include <stdbool.h>

#include "json.h"
#include "strbuf.h"

/*
 * What `stats` answers: figures, one after the other, as lines
 * "GROUP NAME: NUMBER" or as one JSON object, in which each group is an object
 * and the blanks of a name are underscores.
 */
struct figures {
	struct json json;
	struct strbuf prefix; /* the groups that are open */
	bool as_json;
};

void figures_begin(struct figures *, bool as_json, struct strbuf *out);
void figures_group(struct figures *, const char *name); /* one word */
void figures_end_group(struct figures *);
void figures_add(struct figures *, const char *name, long long);
void figures_end(struct figures *);

#endif
