#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>

#include "action.h"
#include "facts.h"
#include "program.h"
#include "stage.h"

/*
 * The record of one walk, for explain: lists, steps and facts in the order in
 * which they came.  All-zero is an empty one.  What it points to lives as
 * long as the evaluation that wrote it.
 */
enum trace_kind {
	TRACE_LIST,
	TRACE_STEP, /* what it looks at comes behind it */
	TRACE_DNS,
	TRACE_DNSBL,
	TRACE_TABLE,
	TRACE_LOG,
};

struct trace_entry {
	enum trace_kind kind;
	unsigned depth; /* of lists within lists */
	enum stage stage;
	const struct step *step;
	enum verdict verdict;
	struct action action;
	const char *name; /* domain, label, key; the line of the log */
	enum dns_type type;
	const struct dns_answer *dns;
	struct dnsbl_site *site;
	const struct dnsbl_answer *dnsbl;
	const char *table;
	const char *value; /* NULL: not found */
};

struct trace {
	size_t n;
	struct trace_entry *entries;
};

struct trace_entry *trace_add(struct trace *, enum trace_kind);

/* The entry of a fact that the present step has looked at already, or NULL. */
const struct trace_entry *trace_find(const struct trace *, enum trace_kind,
    const char *name, enum dns_type, const struct dnsbl_site *);
void trace_clear(struct trace *); /* a new walk begins */
void trace_free(struct trace *);

#endif
