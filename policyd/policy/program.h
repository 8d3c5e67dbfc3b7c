#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_text.h"
#include "restriction.h"
#include "stage.h"
#include "strbuf.h"

struct dnsbls;
struct tables;

/*
 * A list of restrictions, parsed.  The parser knows no restriction by name:
 * all it needs is in the rows.
 */
struct step {
	const struct restriction *restriction;
	struct argument argument;
	bool is_warning; /* a prefix said: only warn of what it refuses */
	struct conf_origin origin;
	unsigned long hits; /* refusals, permits, defers: for `rules` */
};

/* Its argument as people may see it, without the key of a DNS list; NULL: none,
 * or a class. */
const char *step_shown_argument(const struct step *);

struct program {
	size_t nsteps;
	struct step *steps;
};

/* A name for a list (RESTRICTION_CLASS_README). */
struct restriction_class {
	char *name;
	struct program *program; /* NULL while the classes are parsed */
};

struct restriction_classes {
	size_t n;
	struct restriction_class *classes;
};

/* What the words of a list may refer to. */
struct program_context {
	const struct restrictions *restrictions;
	struct tables *tables; /* NULL: tables are not allowed */
	struct dnsbls *dnsbls;
	const struct restriction_classes *classes;
	const struct restriction *bare_table; /* NULL: not allowed */
};

/*
 * Parse a list.  Returns NULL with one line "file:line: ..." per error in err.
 * In the value of a table (no tables allowed) the first error becomes a step
 * that is a configuration error when a request comes to it.
 */
struct program *program_parse(const struct conf_text *,
    const struct program_context *, struct strbuf *err);
void program_free(struct program *);

#endif
