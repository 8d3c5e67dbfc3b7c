#ifndef RESTRICTION_TABLE_H
#define RESTRICTION_TABLE_H

#include "restriction.h"
#include "strbuf.h"

/* Every restriction that policyd knows. */
extern const struct restrictions restriction_table;

/* All of them in the mdoc language, for policyd.cf(5). */
void restrictions_print_mdoc(struct strbuf *out);

#endif
