#ifndef VALUE_PROGRAM_H
#define VALUE_PROGRAM_H

#include "program.h"

/*
 * Values of access tables that are lists of restrictions, parsed when they
 * are first met and kept; a bounded number of them.
 */
struct value_programs;

struct value_program {
	struct program *program; /* NULL: the value is no list */
	char *why;               /* what is wrong with it; NULL: nothing */
	bool is_told;            /* by who was the first to log it */
};

#define VALUE_PROGRAMS_MAX 1000

/* The context is copied; what it points to is borrowed. */
struct value_programs *value_programs_new(const struct program_context *);
void value_programs_free(struct value_programs *);

/* The program of a value; what is wrong is in lines for the log.  table: for
 * them. */
struct value_program *value_program(struct value_programs *, const char *table,
    const char *value);

#endif
