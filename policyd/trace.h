#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>

#include "action.h"
#include "arena.h"
#include "facts.h"
#include "program.h"
#include "stage.h"

/*
 * The record of one walk: lists, steps and facts in the order in which they
 * came.  Explain keeps all of it; else a step goes as soon as it is over, so
 * that what is left is the way to the present one.  All-zero is an empty one.
 * What it points to lives as long as the evaluation that wrote it.
 */
enum trace_kind {
	TRACE_LIST,
	TRACE_STEP, /* what it looks at comes behind it */
	TRACE_DNS,
	TRACE_DNSBL,
	TRACE_TABLE,
	TRACE_TEXT, /* name: what it is; value */
};

struct trace_entry {
	enum trace_kind kind;
	unsigned depth; /* of lists within lists */
	enum stage stage;
	const struct step *step;
	enum verdict verdict;
	struct action action;
	const char *name; /* domain, label, key */
	enum dns_type type;
	const struct dns_answer *dns;
	struct dnsbl_site *site;
	const struct dnsbl_answer *dnsbl;
	const char *table;
	const char *value; /* NULL: not found */
};

struct trace {
	unsigned depth; /* of what is added next */
	size_t n, size; /* size: allocated */
	struct trace_entry *entries;
};

struct trace_entry *trace_add(struct trace *, enum trace_kind);

/*
 * What the present step looks at, in words that the arena keeps; a second look
 * at the same DNS name or list adds nothing.  answer, value: NULL when it is
 * not there.
 */
void trace_dns(struct trace *, struct arena *, const char *name, enum dns_type,
    const struct dns_answer *);
void trace_dnsbl(struct trace *, struct arena *, struct dnsbl_site *,
    const char *label, const struct dnsbl_answer *);
void trace_table(struct trace *, struct arena *, const char *table,
    const char *key, const char *value);
void trace_text(struct trace *, const char *name, const char *value);
#define TRACE_LOG "log" /* name of a line that is logged at the end */

void trace_truncate(struct trace *, size_t n); /* forget the entries from n */
void trace_free(struct trace *);

#endif
