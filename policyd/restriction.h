#ifndef RESTRICTION_H
#define RESTRICTION_H

#include <stddef.h>

#include "action.h"
#include "strbuf.h"

struct evaluation;
struct table;
struct dnsbl_site;
struct restriction_class;
struct nearest;

/* What follows the name of a restriction in a list. */
enum argument_kind {
	ARGUMENT_NONE,
	ARGUMENT_TABLE,     /* type:name */
	ARGUMENT_BLOCKLIST, /* zone[=filter] of a DNSBL that rejects */
	ARGUMENT_NAME_BLOCKLIST,
	ARGUMENT_ALLOWLIST, /* zone[=filter] of a DNSBL that permits */
	ARGUMENT_NAME_ALLOWLIST,
	ARGUMENT_WORD, /* any word */
};

struct argument {
	char *word; /* as written; NULL: none */
	struct table *table;
	struct dnsbl_site *site;
	const struct restriction_class *class;
};

/* The verdict of one restriction on the request of an evaluation. */
typedef enum verdict restriction_fn(struct evaluation *,
    const struct argument *, struct action *);

/*
 * One row per restriction: the only place that knows its name.  It feeds the
 * parser of lists, explain and the manual.
 */
struct restriction {
	const char *name;
	enum argument_kind argument;
	restriction_fn *eval; /* NULL: see refusal; without one: a prefix */
	const char *doc;      /* sentences, for policyd.cf(5) */
	const char *refusal;  /* why a policy service cannot evaluate it */
	const char *instead;  /* of what Postfix 3.9 took away */
};

/* The row of a name, in any case; NULL: there is none. */
const struct restriction *restriction_find(const char *name);

/* All rows, in the order of the manual; NULL behind the last. */
const struct restriction *restriction_at(size_t i);

/* The rows that a list can hold without naming them: the name of a class,
 * and a table alone in a class (what it means depends on the list then). */
extern const struct restriction restriction_class_name;
extern const struct restriction restriction_fault; /* of a table's value */
extern const struct restriction restriction_bare_table;

/* "WORD" as it is shown for the kind of argument: "TYPE:NAME"; "": none. */
const char *argument_kind_name(enum argument_kind);

/* Every restriction in the mdoc language, for policyd.cf(5). */
void restrictions_print_mdoc(struct strbuf *out);

#endif
