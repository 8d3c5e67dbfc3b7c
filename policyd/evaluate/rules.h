#ifndef RULES_H
#define RULES_H

#include "strbuf.h"

struct policies;

/*
 * Every restriction of a configuration, and how often it decided: one line, or
 * one object of a JSON array, each.  The lists come first, in each context,
 * then the classes; where $stress is used all of it again as it is under
 * stress.
 */
void rules_add_text(struct strbuf *, const struct policies *);
void rules_add_json(struct strbuf *, const struct policies *);

#endif
